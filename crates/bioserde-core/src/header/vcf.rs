//! The VCF header (VCF 4.1–4.5 §1.4), as far as columns, regions and metadata need it.

pub mod reserved;

use thiserror::Error;

/// How many values a key holds (`Number`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Exactly this many.
    Count(u32),
    /// One for each alternate allele (`A`).
    Alternates,
    /// One for each allele (`R`).
    Alleles,
    /// One for each genotype (`G`).
    Genotypes,
    /// Unknown or unbounded (`.`), and the counts that VCF 4.4 and later add (`LA`, `LR`, `LG`, `P`, `M`).
    Unknown,
}

impl Number {
    /// Reads `Number` as written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "A" => Self::Alternates,
            "R" => Self::Alleles,
            "G" => Self::Genotypes,
            "." | "LA" | "LR" | "LG" | "P" | "M" => Self::Unknown,
            count => Self::Count(count.parse().ok()?),
        })
    }
}

/// What kind of value a key holds (`Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// 32-bit signed integer.
    Integer,
    /// 32-bit IEEE 754.
    Float,
    /// Present or absent.
    Flag,
    /// One character.
    Character,
    /// Text.
    String,
}

/// An `INFO` or `FORMAT` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// `ID`, with its case.
    pub id: String,
    /// `Number`.
    pub number: Number,
    /// `Number` as written.
    pub number_text: String,
    /// `Type`.
    pub kind: Type,
    /// `Description`, unescaped quotes removed.
    pub description: String,
}

/// A `contig` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contig {
    /// `ID`.
    pub name: String,
    /// `length`, in bases, where given.
    pub length: Option<u64>,
}

/// A VCF header: its exact text, and what was read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The header's bytes as they stand in the source, `#CHROM` line included, every line ended.
    pub text: Vec<u8>,
    /// What follows `fileformat=`, such as `VCFv4.3`.
    pub version: String,
    /// In the order of the header; for BCF, the order that `CHROM` counts.
    pub contigs: Vec<Contig>,
    /// `INFO` lines in order, the first of each id.
    pub infos: Vec<Definition>,
    /// `FORMAT` lines in order, the first of each id.
    pub formats: Vec<Definition>,
    /// `FILTER` ids in order.
    pub filters: Vec<String>,
    /// Sample names in order.
    pub samples: Vec<String>,
    /// Whether the `#CHROM` line has a `FORMAT` column.
    pub has_format: bool,
    /// The dictionary of strings by `IDX` (VCF §6.2.1): `FILTER`, `INFO` and `FORMAT` ids.
    pub strings: Vec<Option<String>>,
    /// The dictionary of contigs by `IDX` (VCF §6.2.2).
    pub contig_strings: Vec<Option<String>>,
    /// Lines that were kept in `text` but not understood, with the reason.
    pub oddities: Vec<String>,
}

/// Why a VCF header cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseHeaderError {
    /// The first line is not `##fileformat=VCFv4.x`.
    #[error("the first line is not `##fileformat=VCFv4.x`: `{text}`")]
    NoFileFormat {
        /// The line, shortened.
        text: String,
    },
    /// A line is neither `##...` nor the `#CHROM` line.
    #[error("header line {line} is neither `##...` nor the `#CHROM` line: `{text}`")]
    InvalidLine {
        /// 1-based.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// The text ends before the `#CHROM` line.
    #[error("the header has no `#CHROM` line")]
    NoChromLine,
    /// The `#CHROM` line lacks a column or names it differently.
    #[error(
        "header line {line}: the `#CHROM` line must read `#CHROM POS ID REF ALT QUAL FILTER INFO [FORMAT sample...]`, separated by tabs"
    )]
    InvalidChromLine {
        /// 1-based.
        line: usize,
    },
    /// Two samples share a name.
    #[error("header line {line}: sample `{name}` stands twice")]
    DuplicateSample {
        /// 1-based.
        line: usize,
        /// The name.
        name: String,
    },
    /// The text is not UTF-8.
    #[error("header line {line} is not UTF-8")]
    NotUtf8 {
        /// 1-based.
        line: usize,
    },
    /// An `IDX` is out of range.
    #[error("header line {line}: IDX={idx} is too large")]
    InvalidIdx {
        /// 1-based.
        line: usize,
        /// The value.
        idx: usize,
    },
}

/// More strings than any header holds; a larger `IDX` is a fault, not a table to allocate.
const MAX_IDX: usize = 1 << 24;

impl Header {
    /// Reads a header's text, from `##fileformat` to the `#CHROM` line.
    ///
    /// Definitions that cannot be understood are kept in [`Header::text`] and named in
    /// [`Header::oddities`]; their keys then count as undeclared.
    pub fn parse(text: &[u8]) -> Result<Self, ParseHeaderError> {
        let mut header = Self { text: text.to_vec(), ..Self::default() };
        // VCF §6.2.1: PASS is always entry 0.
        header.filters.push("PASS".to_owned());
        header.strings.push(Some("PASS".to_owned()));
        let mut ended = false;
        for (i, raw) in text.split(|b| *b == b'\n').enumerate() {
            let line = i + 1;
            let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
            if raw.is_empty() && ended {
                continue;
            }
            let content = std::str::from_utf8(raw).map_err(|_| ParseHeaderError::NotUtf8 { line })?;
            let short = || content.chars().take(60).collect::<String>();
            if line == 1 {
                let version = content.strip_prefix("##fileformat=").filter(|v| v.starts_with("VCFv4."));
                header.version =
                    version.ok_or_else(|| ParseHeaderError::NoFileFormat { text: short() })?.to_owned();
            } else if ended {
                return Err(ParseHeaderError::InvalidLine { line, text: short() });
            } else if let Some(meta) = content.strip_prefix("##") {
                header.push_meta(meta, line)?;
            } else if content.starts_with("#CHROM") {
                header.set_columns(content, line)?;
                ended = true;
            } else {
                return Err(ParseHeaderError::InvalidLine { line, text: short() });
            }
        }
        if ended { Ok(header) } else { Err(ParseHeaderError::NoChromLine) }
    }

    /// The names of the contigs, in order.
    pub fn names(&self) -> Vec<&str> {
        self.contigs.iter().map(|c| c.name.as_str()).collect()
    }

    fn push_meta(&mut self, meta: &str, line: usize) -> Result<(), ParseHeaderError> {
        let Some((kind, value)) = meta.split_once('=') else {
            self.oddities.push(format!("line {line} has no `=`"));
            return Ok(());
        };
        if !matches!(kind, "INFO" | "FORMAT" | "FILTER" | "contig") {
            return Ok(());
        }
        let Some(fields) = parse_structured(value) else {
            self.oddities.push(format!("line {line}: `{kind}` is not `<key=value,...>`"));
            return Ok(());
        };
        let get = |key: &str| fields.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
        let Some(id) = get("ID").filter(|id| !id.is_empty()) else {
            self.oddities.push(format!("line {line}: `{kind}` has no ID"));
            return Ok(());
        };
        let idx = get("IDX").and_then(|t| t.parse::<usize>().ok());
        if let Some(idx) = idx.filter(|idx| *idx > MAX_IDX) {
            return Err(ParseHeaderError::InvalidIdx { line, idx });
        }
        if kind == "contig" {
            insert(&mut self.contig_strings, id, idx);
            if self.contigs.iter().any(|c| c.name == id) {
                self.oddities.push(format!("line {line}: contig `{id}` is declared twice"));
            } else {
                let length = get("length").and_then(|t| t.parse().ok());
                self.contigs.push(Contig { name: id.to_owned(), length });
            }
            return Ok(());
        }
        insert(&mut self.strings, id, idx);
        if kind == "FILTER" {
            if !self.filters.iter().any(|f| f == id) {
                self.filters.push(id.to_owned());
            }
            return Ok(());
        }
        let definition = definition(id, get("Number"), get("Type"), get("Description"));
        let list = if kind == "INFO" { &mut self.infos } else { &mut self.formats };
        match definition {
            Ok(_) if list.iter().any(|d| d.id == id) => {
                self.oddities.push(format!("line {line}: {kind} `{id}` is declared twice; the first counts"));
            }
            Ok(definition) => list.push(definition),
            Err(what) => self.oddities.push(format!("line {line}: {kind} `{id}` {what}")),
        }
        Ok(())
    }

    fn set_columns(&mut self, content: &str, line: usize) -> Result<(), ParseHeaderError> {
        const FIXED: [&str; 8] = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];
        let mut columns = content.split('\t');
        if !FIXED.iter().all(|name| columns.next() == Some(name)) {
            return Err(ParseHeaderError::InvalidChromLine { line });
        }
        match columns.next() {
            None => return Ok(()),
            Some("FORMAT") => self.has_format = true,
            Some(_) => return Err(ParseHeaderError::InvalidChromLine { line }),
        }
        let mut seen = std::collections::HashSet::new();
        for name in columns {
            if !seen.insert(name) {
                return Err(ParseHeaderError::DuplicateSample { line, name: name.to_owned() });
            }
            self.samples.push(name.to_owned());
        }
        Ok(())
    }
}

fn insert(strings: &mut Vec<Option<String>>, id: &str, idx: Option<usize>) {
    let known = strings.iter().any(|s| s.as_deref() == Some(id));
    let at = match idx {
        Some(at) => at,
        None if known => return,
        None => strings.len(),
    };
    if strings.len() <= at {
        strings.resize(at + 1, None);
    }
    if let Some(slot) = strings.get_mut(at) {
        *slot = Some(id.to_owned());
    }
}

fn definition(
    id: &str,
    number: Option<&str>,
    kind: Option<&str>,
    description: Option<&str>,
) -> Result<Definition, &'static str> {
    let number_text = number.ok_or("has no Number")?;
    let number = Number::parse(number_text).ok_or("has a Number that VCF does not know")?;
    let kind = match kind.ok_or("has no Type")? {
        "Integer" => Type::Integer,
        "Float" => Type::Float,
        "Flag" => Type::Flag,
        "Character" => Type::Character,
        "String" => Type::String,
        _ => return Err("has a Type that VCF does not know"),
    };
    let description = description.unwrap_or_default().to_owned();
    Ok(Definition { id: id.to_owned(), number, number_text: number_text.to_owned(), kind, description })
}

/// Splits `<key=value,key="quoted, value">` into its fields; quotes are removed and `\"` and `\\`
/// unescaped. Nothing when brackets or quotes do not close.
fn parse_structured(value: &str) -> Option<Vec<(String, String)>> {
    let mut rest = value.strip_prefix('<')?;
    let mut fields = Vec::new();
    loop {
        let (key, after) = rest.split_once('=')?;
        let (text, after) = match after.strip_prefix('"') {
            Some(quoted) => parse_quoted(quoted)?,
            None => {
                let end = unquoted_len(after)?;
                let (text, after) = after.split_at(end);
                (text.to_owned(), after)
            }
        };
        fields.push((key.trim().to_owned(), text));
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return after.starts_with('>').then_some(fields),
        }
    }
}

/// The length of a value without quotes, which may have brackets in pairs: htslib writes
/// `##contig=<ID=<1>,IDX=0>` for a contig of an assembly file (VCF §1.6.1, `CHROM`).
fn unquoted_len(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' | ',' if depth == 0 => return Some(i),
            '>' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn parse_quoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = quoted.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Some((text, quoted.get(i + 1..)?)),
            '\\' => match chars.next()?.1 {
                c @ ('"' | '\\') => text.push(c),
                c => text.extend(['\\', c]),
            },
            c => text.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"##fileformat=VCFv4.3\n##contig=<ID=20,length=62435964>\n\
        ##INFO=<ID=AF,Number=A,Type=Float,Description=\"a, \\\"b\\\" > c\">\n\
        ##INFO=<ID=XX,Number=q,Type=Float,Description=\"\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\n";

    #[test]
    fn reads_what_columns_need() {
        let h = Header::parse(TEXT).unwrap();
        assert_eq!(h.version, "VCFv4.3");
        assert_eq!(h.contigs, [Contig { name: "20".into(), length: Some(62_435_964) }]);
        assert_eq!(h.infos.len(), 1);
        assert_eq!(h.infos[0].description, "a, \"b\" > c");
        assert_eq!(h.infos[0].number, Number::Alternates);
        assert_eq!(h.samples, ["s1", "s2"]);
        assert_eq!(h.oddities, ["line 4: INFO `XX` has a Number that VCF does not know"]);
        let strings: Vec<_> = h.strings.iter().map(|s| s.as_deref().unwrap()).collect();
        assert_eq!(strings, ["PASS", "AF", "XX", "GT"]);
    }

    #[test]
    fn idx_places_strings() {
        let text = b"##fileformat=VCFv4.2\n##INFO=<ID=B,Number=1,Type=Integer,Description=\"\",IDX=3>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let h = Header::parse(text).unwrap();
        assert_eq!(h.strings.len(), 4);
        assert_eq!(h.strings[3].as_deref(), Some("B"));
    }

    #[test]
    fn a_name_may_have_brackets() {
        let text = b"##fileformat=VCFv4.2\n##contig=<ID=<1>,length=9,IDX=0>\n##contig=<ID=<b>>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
        let h = Header::parse(text).unwrap();
        assert_eq!(h.names(), ["<1>", "<b>"]);
        assert_eq!(h.contigs[0].length, Some(9));
    }

    #[test]
    fn refuses_each_kind_of_fault() {
        let e = |text: &[u8]| Header::parse(text).unwrap_err();
        assert!(matches!(e(b"#CHROM\n"), ParseHeaderError::NoFileFormat { .. }));
        assert!(matches!(
            e(b"##fileformat=VCFv4.3\n"),
            ParseHeaderError::InvalidLine { .. } | ParseHeaderError::NoChromLine
        ));
        assert!(matches!(
            e(b"##fileformat=VCFv4.3\n#CHROM\tPOS\n"),
            ParseHeaderError::InvalidChromLine { line: 2 }
        ));
        let twice = b"##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\ta\n";
        assert!(matches!(e(twice), ParseHeaderError::DuplicateSample { .. }));
    }
}
