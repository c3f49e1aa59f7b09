/// A format that is often given by mistake.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Foreign {
    /// What it is called, with its article.
    pub name: &'static str,
    /// What to do about it.
    pub hint: &'static str,
    magic: &'static [u8],
}

const INDEX: &str = "give the data file; its index is found beside it";
const UNPACK: &str = "decompress it first, or recompress it with bgzip";
const TEXT_TABLE: &str = "it keeps no types; Parquet, Arrow, SQLite and JSON Lines lead back to records";
const FASTA: &str =
    "sequences without positions have no rows; give the alignments or variants made from them";

static FOREIGN: [Foreign; 28] = [
    foreign(b"CRAM", "a CRAM file", UNPACK),
    foreign(b"BAI\x01", "a BAI index", INDEX),
    foreign(b"CSI\x01", "a CSI index", INDEX),
    foreign(b"TBI\x01", "a tabix index", INDEX),
    foreign(b"BCF\x04", "a BCF1 file", "convert it with an old bcftools (0.1.19) to VCF"),
    foreign(b"#CHROM\t", "a VCF without its `##fileformat` line", "put `##fileformat=VCFv4.2` before it"),
    foreign(b"\xef\xbb\xbf", "text with a byte order mark", "remove its first three bytes"),
    foreign(b"##gff-version", "a GFF file", "only alignments and variants are read"),
    foreign(b"track ", "a BED file", "give it as regions, with the file that they belong to"),
    foreign(b"browser ", "a BED file", "give it as regions, with the file that they belong to"),
    foreign(b">", "a FASTA file", FASTA),
    foreign(b"PAR1", "a Parquet file", UNPACK),
    foreign(b"ARROW1", "an Arrow file", UNPACK),
    foreign(b"SQLite format 3\0", "an SQLite database", UNPACK),
    foreign(b"{\"record_no\"", "a compressed table of JSON Lines", UNPACK),
    foreign(b"[{", "a JSON array", "JSON Lines have an object a line: jq -c '.[]' FILE"),
    foreign(b"record_no,", "a CSV table", TEXT_TABLE),
    foreign(b"record_no\t", "a TSV table", TEXT_TABLE),
    foreign(b"crypt4gh", "a Crypt4GH container", UNPACK),
    foreign(b"NCBI.sra", "an SRA archive", "convert it first: sam-dump FILE"),
    foreign(b"\x89HDF\r\n\x1a\n", "an HDF5 file", "base-call and align it first"),
    foreign(b"PK\x03\x04", "a zip archive", UNPACK),
    foreign(b"\xfd7zXZ\0", "an xz file", UNPACK),
    foreign(b"\x28\xb5\x2f\xfd", "a Zstandard file", UNPACK),
    foreign(b"BZh", "a bzip2 file", UNPACK),
    foreign(b"<!DOCTYPE", "an HTML page", "the download may have ended on a web page"),
    foreign(b"<html", "an HTML page", "the download may have ended on a web page"),
    foreign(b"{\"htsget\"", "an htsget ticket", "download what its URLs name, one after the other"),
];

static FASTQ: Foreign = foreign(b"@", "a FASTQ file", FASTA);

const fn foreign(magic: &'static [u8], name: &'static str, hint: &'static str) -> Foreign {
    Foreign { name, hint, magic }
}

/// The format whose magic the content starts with.
pub(super) fn starting(head: &[u8]) -> Option<&'static Foreign> {
    FOREIGN.iter().find(|foreign| head.starts_with(foreign.magic))
}

/// The format that only a closer look tells from one that is read: FASTQ starts with `@` as SAM does.
pub(super) fn resembling(head: &[u8]) -> Option<&'static Foreign> {
    let mut lines = head.split(|b| *b == b'\n');
    let is_header = matches!(lines.next(), Some([b'@', a, b, b'\t', ..]) if is_type(*a, *b));
    let separator = lines.nth(1);
    let has_separator = separator.is_none_or(|line| line.is_empty() || line.starts_with(b"+"));
    (head.starts_with(FASTQ.magic) && !is_header && has_separator).then_some(&FASTQ)
}

fn is_type(a: u8, b: u8) -> bool {
    a.is_ascii_alphabetic() && b.is_ascii_alphabetic()
}
