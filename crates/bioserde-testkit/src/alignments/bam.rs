use super::{Alignment, Header, Value};

const OPERATIONS: &[u8] = b"MIDNSHP=X";
const BASES: &[u8] = b"=ACMGRSVTWYHKDBN";
/// More operations than this go to the tag `CG` (SAMv1 §4.2.2).
const MAX_OPERATIONS: usize = 65_535;

/// A whole BAM file before compression (SAMv1 §4.2).
pub fn bam_bytes(header: &Header, records: &[Alignment]) -> Vec<u8> {
    let mut out = bam_header_bytes(header);
    for record in records {
        out.extend(bam_record_bytes(record));
    }
    out
}

/// The magic, the header's text and the list of reference sequences.
pub fn bam_header_bytes(header: &Header) -> Vec<u8> {
    let mut out = b"BAM\x01".to_vec();
    out.extend(length(header.text.len()));
    out.extend(header.text.bytes());
    out.extend(length(header.contigs.len()));
    for (name, bases) in &header.contigs {
        out.extend(length(name.len() + 1));
        out.extend(name.bytes());
        out.push(0);
        out.extend(bases.to_le_bytes());
    }
    out
}

/// One record, `block_size` included.
pub fn bam_record_bytes(record: &Alignment) -> Vec<u8> {
    let name = record.qname.as_deref().unwrap_or("*");
    let l_seq = record.seq.len();
    let is_long = record.cigar.len() > MAX_OPERATIONS;
    let placeholder = [(to_u32(l_seq), b'S'), (to_u32(usize::try_from(record.span()).unwrap_or(0)), b'N')];
    let cigar = if is_long { &placeholder[..] } else { &record.cigar[..] };

    let mut out = vec![0; 4];
    out.extend(reference(record.rname));
    out.extend((record.pos - 1).to_le_bytes());
    out.push(u8::try_from(name.len() + 1).expect("a name has at most 254 letters"));
    out.push(record.mapq);
    out.extend(bin(record).to_le_bytes());
    out.extend(u16::try_from(cigar.len()).expect("longer ones are in CG").to_le_bytes());
    out.extend(record.flag.to_le_bytes());
    out.extend(length(l_seq));
    out.extend(reference(record.rnext));
    out.extend((record.pnext - 1).to_le_bytes());
    out.extend(record.tlen.to_le_bytes());
    out.extend(name.bytes());
    out.push(0);
    cigar.iter().for_each(|op| out.extend(operation(*op).to_le_bytes()));
    for pair in record.seq.chunks(2) {
        let low = pair.get(1).map_or(0, |b| base(*b));
        out.push(base(pair[0]) << 4 | low);
    }
    match &record.qual {
        Some(qual) => out.extend(qual),
        None => out.extend(std::iter::repeat_n(0xff, l_seq)),
    }
    for (tag, value) in &record.tags {
        out.extend(tag);
        push_value(&mut out, value);
    }
    if is_long {
        out.extend(b"CG");
        push_value(&mut out, &Value::UInt32s(record.cigar.iter().map(|op| operation(*op)).collect()));
    }
    let block_size = length(out.len() - 4);
    out[..4].copy_from_slice(&block_size);
    out
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).expect("lengths of fixtures are small")
}

fn length(n: usize) -> [u8; 4] {
    to_u32(n).to_le_bytes()
}

fn reference(index: Option<usize>) -> [u8; 4] {
    index.map_or(-1, |i| i32::try_from(i).expect("there are few contigs")).to_le_bytes()
}

fn operation((n, op): (u32, u8)) -> u32 {
    n << 4 | to_u32(OPERATIONS.iter().position(|o| *o == op).expect("one of MIDNSHP=X"))
}

fn base(letter: u8) -> u8 {
    let code = BASES.iter().position(|b| *b == letter).unwrap_or(15);
    u8::try_from(code).unwrap_or(15)
}

/// `reg2bin` of SAMv1 §5.3, of which the field keeps 16 bits.
fn bin(record: &Alignment) -> u16 {
    let start = i64::from(record.pos) - 1;
    let end = start + record.span().max(1) - 1;
    let levels = [(14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)];
    let level = levels.iter().find(|(shift, _)| start >> shift == end >> shift);
    let bin = level.map_or(0, |(shift, offset)| offset + (start >> shift));
    u16::try_from(bin & 0xffff).unwrap_or(0)
}

fn push_value(out: &mut Vec<u8>, value: &Value) {
    macro_rules! array {
        ($code:literal, $list:expr) => {{
            out.extend([b'B', $code]);
            out.extend(length($list.len()));
            $list.iter().for_each(|x| out.extend(x.to_le_bytes()));
        }};
    }
    let mut scalar = |code: u8, bytes: &[u8]| {
        out.push(code);
        out.extend(bytes);
    };
    match value {
        Value::Character(x) => scalar(b'A', &[*x]),
        Value::Int8(x) => scalar(b'c', &x.to_le_bytes()),
        Value::UInt8(x) => scalar(b'C', &[*x]),
        Value::Int16(x) => scalar(b's', &x.to_le_bytes()),
        Value::UInt16(x) => scalar(b'S', &x.to_le_bytes()),
        Value::Int32(x) => scalar(b'i', &x.to_le_bytes()),
        Value::UInt32(x) => scalar(b'I', &x.to_le_bytes()),
        Value::Float(x) => scalar(b'f', &x.to_le_bytes()),
        Value::Text(x) => scalar(b'Z', &[x.as_bytes(), b"\0"].concat()),
        Value::Hex(x) => scalar(b'H', &[x.as_bytes(), b"\0"].concat()),
        Value::Int8s(list) => array!(b'c', list),
        Value::UInt8s(list) => array!(b'C', list),
        Value::Int16s(list) => array!(b's', list),
        Value::UInt16s(list) => array!(b'S', list),
        Value::Int32s(list) => array!(b'i', list),
        Value::UInt32s(list) => array!(b'I', list),
        Value::Floats(list) => array!(b'f', list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_cigars_go_to_cg() {
        let cigar = [(1, b'M'), (1, b'I')].repeat(40_000);
        let record = Alignment { cigar, seq: vec![b'A'; 80_000], pos: 1, ..Alignment::default() };
        let bytes = bam_record_bytes(&record);
        assert_eq!(bytes[16..18], [2, 0]);
        let cg = bytes.len() - 4 * 80_000 - 8;
        assert_eq!(&bytes[cg..cg + 4], b"CGBI");
        assert_eq!(
            bytes.len() - 4,
            usize::try_from(u32::from_le_bytes(*bytes.first_chunk().unwrap())).unwrap()
        );
    }

    #[test]
    fn bins_follow_the_specification() {
        let at = |pos, n| Alignment { pos, cigar: vec![(n, b'M')], ..Alignment::default() };
        assert_eq!(bin(&Alignment::default()), 4680);
        assert_eq!(bin(&at(1, 16_384)), 4681);
        assert_eq!(bin(&at(1, 16_385)), 585);
        assert_eq!(bin(&at(1, 1 << 27)), 0);
    }
}
