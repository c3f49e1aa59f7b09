//! The codec rANS 4x8 (CRAMcodecs §2).

/// Frequencies are of 12 bits. As htslib does, they sum up to one less.
const BITS: u32 = 12;
const TOTAL: u32 = (1 << BITS) - 1;
const LOWER_BOUND: u32 = 1 << 23;

/// How often each symbol comes, and before it in all, of 2^12.
type Frequencies = [u32; 256];

#[derive(Clone)]
struct Table {
    symbols: [Symbol; 256],
}

#[derive(Clone, Copy, Default)]
struct Symbol {
    frequency: u32,
    /// Of the symbols before it.
    start: u32,
}

/// Encodes with the frequencies of the symbols; nothing where there are too few, or too many.
pub(super) fn order_0(content: &[u8]) -> Option<Vec<u8>> {
    let mut counts = [0; 256];
    for byte in content {
        *counts.get_mut(usize::from(*byte))? += 1;
    }
    let table = Table::of(&counts)?;
    let mut states = States::default();
    for (at, byte) in content.iter().enumerate().rev() {
        states.put(at & 3, *table.symbols.get(usize::from(*byte))?)?;
    }
    let mut tables = Vec::new();
    table.put(&mut tables);
    states.finish(0, &tables, content.len())
}

/// Encodes with the frequencies of the symbols after each other.
pub(super) fn order_1(content: &[u8]) -> Option<Vec<u8>> {
    let quarter = content.len() / 4;
    if quarter == 0 {
        return None;
    }
    let before = |at: usize, is_first: bool| {
        if is_first { Some(0) } else { content.get(at.checked_sub(1)?).map(|byte| usize::from(*byte)) }
    };
    let mut counts = vec![[0; 256]; 256];
    let mut last = 0;
    for (at, byte) in content.iter().enumerate() {
        // Each of the four begins after a zero.
        let context = if at % quarter == 0 && at / quarter < 4 { 0 } else { last };
        last = usize::from(*byte);
        *counts.get_mut(context)?.get_mut(last)? += 1;
    }
    let tables: Vec<Option<Table>> = counts.iter().map(Table::of).collect();
    let mut states = States::default();
    let mut put = |state: usize, at: usize, is_first: bool| {
        let table = tables.get(before(at, is_first)?)?.as_ref()?;
        states.put(state, *table.symbols.get(usize::from(*content.get(at)?))?)
    };
    for at in (quarter * 4..content.len()).rev() {
        put(3, at, false)?;
    }
    for offset in (0..quarter).rev() {
        for state in (0..4).rev() {
            put(state, state * quarter + offset, offset == 0)?;
        }
    }
    let mut bytes = Vec::new();
    put_runs(
        &mut bytes,
        |at| tables.get(at).is_some_and(Option::is_some),
        |at, bytes| {
            if let Some(Some(table)) = tables.get(at) {
                table.put(bytes);
            }
        },
    );
    states.finish(1, &bytes, content.len())
}

/// Four coders that take turns.
#[derive(Default)]
struct States {
    states: Option<[u32; 4]>,
    /// Last byte first.
    bytes: Vec<u8>,
}

impl States {
    #[inline]
    fn put(&mut self, state: usize, symbol: Symbol) -> Option<()> {
        let x = self.states.get_or_insert([LOWER_BOUND; 4]).get_mut(state)?;
        let limit = (LOWER_BOUND >> BITS << 8) * symbol.frequency;
        while *x >= limit {
            let [low, ..] = x.to_le_bytes();
            self.bytes.push(low);
            *x >>= 8;
        }
        *x = (x.checked_div(symbol.frequency)? << BITS) + x.checked_rem(symbol.frequency)? + symbol.start;
        Some(())
    }

    /// Order, two sizes, the tables, the states, and what they gave.
    fn finish(self, order: u8, tables: &[u8], len: usize) -> Option<Vec<u8>> {
        let states = self.states?;
        let size = u32::try_from(tables.len() + 16 + self.bytes.len()).ok()?;
        let mut out = vec![order];
        out.extend(size.to_le_bytes());
        out.extend(u32::try_from(len).ok()?.to_le_bytes());
        out.extend(tables);
        out.extend(states.iter().flat_map(|state| state.to_le_bytes()));
        out.extend(self.bytes.iter().rev());
        Some(out)
    }
}

impl Table {
    /// Nothing where there are no symbols.
    fn of(counts: &Frequencies) -> Option<Self> {
        let frequencies = normalized(counts)?;
        let mut symbols = [Symbol::default(); 256];
        let mut start = 0;
        for (symbol, frequency) in symbols.iter_mut().zip(frequencies) {
            *symbol = Symbol { frequency, start };
            start += frequency;
        }
        Some(Self { symbols })
    }

    fn put(&self, out: &mut Vec<u8>) {
        let frequency = |at: usize| self.symbols.get(at).map_or(0, |symbol| symbol.frequency);
        put_runs(
            out,
            |at| frequency(at) > 0,
            |at, out| {
                let [low, high, ..] = frequency(at).to_le_bytes();
                if frequency(at) < 0x80 { out.push(low) } else { out.extend([0x80 | high, low]) }
            },
        );
    }
}

/// The symbols that there are, in order, each with what belongs to it. A symbol that follows the one before
/// it tells how many more follow, which are then not told.
fn put_runs(out: &mut Vec<u8>, is_there: impl Fn(usize) -> bool, put: impl Fn(usize, &mut Vec<u8>)) {
    let mut told = 0;
    for (at, symbol) in (0..=255_u8).enumerate().filter(|(at, _)| is_there(*at)) {
        if told > 0 {
            told -= 1;
        } else {
            out.push(symbol);
            if at > 0 && is_there(at - 1) {
                told = (at + 1..256).take_while(|next| is_there(*next)).count();
                out.push(u8::try_from(told).unwrap_or(u8::MAX));
            }
        }
        put(at, out);
    }
    out.push(0);
}

/// Frequencies that sum up to [`TOTAL`]; none is lost.
fn normalized(counts: &Frequencies) -> Option<Frequencies> {
    let sum: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let mut frequencies = [0; 256];
    for (frequency, count) in frequencies.iter_mut().zip(counts) {
        let scaled = u32::try_from((u64::from(*count) * u64::from(TOTAL)).checked_div(sum)?).ok()?;
        *frequency = if *count > 0 { scaled.max(1) } else { 0 };
    }
    loop {
        let sum: u32 = frequencies.iter().sum();
        let most = frequencies.iter_mut().max()?;
        match sum.checked_sub(TOTAL) {
            Some(0) => return Some(frequencies),
            None => *most += TOTAL - sum,
            // The most frequent has at least 4096 / 256: half of it is left, others give the rest.
            Some(over) => *most -= over.min(*most / 2).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::block::Block;
    use crate::codec::decompress;

    fn decoded(data: &[u8], size: usize) -> Vec<u8> {
        let block = Block { method: 4, content_type: 4, content_id: 1, size, data };
        decompress(&block).unwrap().into_owned()
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            symbols in 1_usize..=256,
            content in proptest::collection::vec(any::<u8>(), 1..3000),
            skew in any::<bool>(),
        ) {
            let content: Vec<u8> = content
                .iter()
                .map(|byte| usize::from(*byte) % symbols)
                .map(|at| if skew { at * at / 256 } else { at } as u8)
                .collect();
            prop_assert_eq!(decoded(&order_0(&content).unwrap(), content.len()), content.clone());
            if content.len() >= 4 {
                prop_assert_eq!(decoded(&order_1(&content).unwrap(), content.len()), content);
            }
        }
    }

    #[test]
    fn frequencies_keep_every_symbol() {
        let mut counts = [1; 256];
        counts[7] = 1 << 30;
        let frequencies = normalized(&counts).unwrap();
        assert!(frequencies.iter().all(|frequency| *frequency > 0));
        assert_eq!(frequencies.iter().sum::<u32>(), TOTAL);
        assert!(normalized(&[0; 256]).is_none());
    }
}
