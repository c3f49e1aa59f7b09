use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::line::Line;
use super::number::integer;

/// The last reference base that a record covers, 1-based: `END` where it is given (VCF 4.3 §1.6.1), else
/// the longest of the symbolic alleles' `SVLEN` (VCF 4.4 §3), of the `<*>` block's `LEN` (VCF 4.5), and
/// of `REF`. An `END` before `POS` does not count, as htslib has it.
pub(crate) fn end_position(line: &Line<'_>) -> i32 {
    let pos = line.pos;
    let length = i32::try_from(line.reference.len()).unwrap_or(i32::MAX);
    let of_reference = pos.saturating_add(length.saturating_sub(1));
    if let Some(end) = info_value(line.info, &END).and_then(integer).filter(|end| *end >= pos) {
        return end;
    }
    if !line.alt.contains(&b'<') {
        return of_reference;
    }
    let mut last = of_reference;
    if let Some(lengths) = info_value(line.info, &SVLEN) {
        for (alt, length) in line.alt.split(|b| *b == b',').zip(lengths.split(|b| *b == b',')) {
            // An insertion covers no reference base beyond REF (VCF 4.4 §3).
            let covers = [&b"<DEL"[..], b"<DUP", b"<INV", b"<CNV"].iter().any(|kind| alt.starts_with(kind));
            if let Some(length) = integer(length).filter(|_| covers) {
                // SVLEN does not count the base before the event, which POS is.
                last = last.max(pos.saturating_add(length.saturating_abs()));
            }
        }
    }
    if line.alt.split(|b| *b == b',').any(|alt| alt == b"<*>") {
        for length in format_values(line, b"LEN") {
            last = last.max(pos.saturating_add(length.saturating_sub(1)));
        }
    }
    last
}

static END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("END="));
static SVLEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("SVLEN="));

/// The value of a key in an `INFO` column.
fn info_value<'a>(info: &'a [u8], key: &Finder<'_>) -> Option<&'a [u8]> {
    for at in key.find_iter(info) {
        let is_start = at == 0 || info.get(at - 1) == Some(&b';');
        if is_start {
            let value = info.get(at + key.needle().len()..).unwrap_or_default();
            let end = memchr::memchr(b';', value).unwrap_or(value.len());
            return value.get(..end);
        }
    }
    None
}

fn format_values<'a>(line: &Line<'a>, key: &'a [u8]) -> impl Iterator<Item = i32> + use<'a> {
    let at = line.format.and_then(|format| format.split(|b| *b == b':').position(|k| k == key));
    let samples = line.samples;
    at.into_iter().flat_map(move |at| {
        samples
            .split(|b| *b == b'\t')
            .filter_map(move |sample| sample.split(|b| *b == b':').nth(at).and_then(integer))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> i32 {
        end_position(&Line::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn each_rule_gives_its_end() {
        assert_eq!(end("1\t10\t.\tACG\tA\t.\t.\t."), 12);
        assert_eq!(end("1\t10\t.\tA\t<NON_REF>\t.\t.\tDP=1;END=99"), 99);
        assert_eq!(end("1\t10\t.\tA\t<NON_REF>\t.\t.\tCIEND=5;XEND=3"), 10);
        assert_eq!(end("1\t10\t.\tAC\tA\t.\t.\tEND=9"), 11);
        assert_eq!(end("1\t10\t.\tA\t<DEL>\t.\t.\tSVLEN=-100"), 110);
        assert_eq!(end("1\t10\t.\tA\t<INS>\t.\t.\tSVLEN=100"), 10);
        assert_eq!(end("1\t10\t.\tA\t<DEL>,<DUP:TANDEM>\t.\t.\tSVLEN=5,7"), 17);
        assert_eq!(end("1\t10\t.\tA\t<*>\t.\t.\t.\tGT:LEN\t0/0:20\t0/0:30"), 39);
    }
}
