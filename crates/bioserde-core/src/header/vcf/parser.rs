use std::collections::HashSet;

use super::oddities::Checks;
use super::strings::Strings;
use super::structured::{self, Broken, Structured};
use super::{Contig, Definition, Header, Number, ParseHeaderError, Type};

/// More strings than any header holds.
const MAX_IDX: usize = 1 << 24;

/// Reads a header's text. See [`Header::parse`].
pub(super) fn parse(text: &[u8]) -> Result<Header, ParseHeaderError> {
    let mut parser = Parser::default();
    // VCF §6.2.1: PASS is always entry 0.
    parser.header.filters.push("PASS".to_owned());
    parser.strings.insert("PASS", None);
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
            let version = version.ok_or_else(|| ParseHeaderError::NoFileFormat { text: short() })?;
            version.clone_into(&mut parser.header.version);
            parser.checks.set_version(version, line);
        } else if ended {
            return Err(ParseHeaderError::InvalidLine { line, text: short() });
        } else if let Some(meta) = content.strip_prefix("##") {
            parser.push_meta(meta, line)?;
        } else if content.starts_with("#CHROM") {
            parser.set_columns(content, line)?;
            ended = true;
        } else {
            return Err(ParseHeaderError::InvalidLine { line, text: short() });
        }
    }
    if ended { Ok(parser.finish(text)) } else { Err(ParseHeaderError::NoChromLine) }
}

/// A header that is being read.
#[derive(Default)]
struct Parser {
    header: Header,
    checks: Checks,
    strings: Strings,
    contig_strings: Strings,
    contigs: HashSet<String>,
    filters: HashSet<String>,
    infos: HashSet<String>,
    formats: HashSet<String>,
}

impl Parser {
    fn push_meta(&mut self, meta: &str, line: usize) -> Result<(), ParseHeaderError> {
        let Some((kind, value)) = meta.split_once('=') else {
            self.checks.push(line, "has no `=`");
            return Ok(());
        };
        if !self.checks.is_structured(kind, value) {
            self.checks.check_unstructured(kind, value, line);
            return Ok(());
        }
        let fields = match structured::parse(value) {
            Ok(fields) => fields,
            Err(Broken { id, what }) => {
                let id = id.map(|id| format!(" `{id}`")).unwrap_or_default();
                self.checks.push(line, format_args!("{kind}{id} is not `<key=value,...>`: it {what}"));
                return Ok(());
            }
        };
        self.checks.check_structured(kind, &fields, line);
        let Some(id) = fields.get("ID").filter(|id| !id.is_empty()) else { return Ok(()) };
        if matches!(kind, "INFO" | "FORMAT" | "FILTER" | "contig") {
            self.push_string(kind, id, fields.get("IDX"), line)?;
        }
        match kind {
            "contig" if self.contigs.insert(id.to_owned()) => {
                let length = fields.get("length").and_then(|t| t.parse().ok());
                self.header.contigs.push(Contig { name: id.to_owned(), length });
            }
            "FILTER" if id != "PASS" && self.filters.insert(id.to_owned()) => {
                self.header.filters.push(id.to_owned());
            }
            "INFO" | "FORMAT" => match definition(id, &fields) {
                Ok(definition) => self.push_definition(kind, definition, line),
                Err(what) => self.checks.push(line, format_args!("{kind} `{id}` {what}")),
            },
            _ => {}
        }
        Ok(())
    }

    fn push_string(
        &mut self,
        kind: &str,
        id: &str,
        idx: Option<&str>,
        line: usize,
    ) -> Result<(), ParseHeaderError> {
        let number = idx.and_then(|text| text.parse::<usize>().ok());
        if let (Some(text), None) = (idx, number) {
            self.checks.push(line, format_args!("{kind} `{id}` has IDX={text}, which is no number"));
        }
        if let Some(idx) = number.filter(|idx| *idx > MAX_IDX) {
            return Err(ParseHeaderError::InvalidIdx { line, idx });
        }
        let strings = if kind == "contig" { &mut self.contig_strings } else { &mut self.strings };
        if let Some(other) = strings.insert(id, number).filter(|other| other != id) {
            self.checks.push(line, format_args!("{kind} `{id}` takes the IDX of `{other}`"));
        }
        Ok(())
    }

    fn push_definition(&mut self, kind: &str, definition: Definition, line: usize) {
        self.checks.check_definition(kind, &definition, line);
        let (list, ids) = match kind {
            "INFO" => (&mut self.header.infos, &mut self.infos),
            _ => (&mut self.header.formats, &mut self.formats),
        };
        if ids.insert(definition.id.clone()) {
            list.push(definition);
        } else {
            let id = definition.id;
            self.checks.push(line, format_args!("{kind} `{id}` is declared twice; the first counts"));
        }
    }

    fn set_columns(&mut self, content: &str, line: usize) -> Result<(), ParseHeaderError> {
        const FIXED: [&str; 8] = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"];
        let mut columns = content.split('\t');
        if !FIXED.iter().all(|name| columns.next() == Some(name)) {
            return Err(ParseHeaderError::InvalidChromLine { line });
        }
        match columns.next() {
            None => return Ok(()),
            Some("FORMAT") => self.header.has_format = true,
            Some(_) => return Err(ParseHeaderError::InvalidChromLine { line }),
        }
        let mut seen = HashSet::new();
        for name in columns {
            if !seen.insert(name) {
                return Err(ParseHeaderError::DuplicateSample { line, name: name.to_owned() });
            }
            self.header.samples.push(name.to_owned());
        }
        if seen.is_empty() {
            // VCF 4.1 §1.3, VCF 4.3 §1.5.
            self.checks.push(line, "the `#CHROM` line has FORMAT, and no sample after it");
        }
        Ok(())
    }

    fn finish(self, text: &[u8]) -> Header {
        Header {
            text: text.to_vec(),
            strings: self.strings.entries,
            contig_strings: self.contig_strings.entries,
            oddities: self.checks.finish(),
            ..self.header
        }
    }
}

fn definition(id: &str, fields: &Structured<'_>) -> Result<Definition, &'static str> {
    let number_text = fields.get("Number").ok_or("has no Number")?.to_owned();
    let number = Number::parse(&number_text).ok_or("has a Number that VCF does not know")?;
    let kind = fields.get("Type").ok_or("has no Type")?;
    let kind = Type::parse(kind).ok_or("has a Type that VCF does not know")?;
    let description = fields.get("Description").unwrap_or_default().to_owned();
    Ok(Definition { id: id.to_owned(), number, number_text, kind, description })
}
