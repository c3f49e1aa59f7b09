use bioserde_core::Compression;
use bioserde_read::{Header, Input, Opening, Options};
use serde_json::{Value, json};

use crate::args::InspectArgs;
use crate::inputs::{Sources, Wish};
use crate::{keys, ui};

pub(crate) fn run(args: &InspectArgs) -> anyhow::Result<()> {
    // A truncated file is something to report here, not to fail on.
    let keys = keys::keyring(&args.sources.keys)?;
    let opening = Opening { header_only: true, ..Opening::default() };
    let options = Options { opening, allow_truncated: true, keys, ..Options::default() };
    let sources = Sources::new(&args.sources, false)?;
    let mut input = sources.find(&args.input, Wish::Header, &options)?.open(&options)?;
    input.load_index()?;
    let has_index = input.has_index();
    let contigs = contigs(&input);
    let unplaced = input.index().and_then(bioserde_resolve::Index::unplaced_count);
    let facts = facts(&input, has_index);
    if args.json {
        let mut object: serde_json::Map<String, Value> =
            facts.into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect();
        object.insert("reference_sequences".to_owned(), contigs.iter().map(Contig::json).collect());
        object.insert("unplaced_records".to_owned(), json!(unplaced));
        object.insert("header_oddities".to_owned(), json!(input.header_oddities()));
        if args.header {
            object.insert("header".to_owned(), json!(String::from_utf8_lossy(input.header().text())));
        }
        return super::print(&format!("{}\n", Value::Object(object)));
    }
    let mut text = String::new();
    for (name, value) in facts {
        text.push_str(&format!("{:<15}{value}\n", name.replace('_', " ")));
    }
    if !input.header_oddities().is_empty() {
        text.push_str("header oddities\n");
    }
    for oddity in input.header_oddities() {
        text.push_str(&format!("  {oddity}\n"));
    }
    if !contigs.is_empty() {
        text.push_str(&table(&contigs));
    }
    if let Some(n) = unplaced {
        text.push_str(&format!("unplaced records: {}\n", ui::thousands(n)));
    }
    if args.header {
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(input.header().text()));
    }
    super::print(&text)
}

/// A reference sequence and what the index knows of it.
struct Contig {
    name: String,
    length: Option<u64>,
    counts: Option<(u64, u64)>,
}

impl Contig {
    fn json(&self) -> Value {
        let (mapped, unmapped) = self.counts.unzip();
        json!({"name": self.name, "length": self.length, "mapped": mapped, "unmapped": unmapped})
    }
}

fn contigs(input: &Input) -> Vec<Contig> {
    let index = input.index();
    let numbered = input.header().reference_sequences().into_iter().enumerate();
    let has_counts = |i: &bioserde_resolve::Index| (0..i.reference_count()).any(|n| i.counts(n).is_some());
    let none = index.filter(|i| has_counts(i)).map(|_| (0, 0));
    let contig = |(i, (name, length)): (usize, (String, Option<u64>))| {
        let number = match index.and_then(bioserde_resolve::Index::names) {
            Some(names) => names.iter().position(|n| *n == name),
            None => Some(i),
        };
        let counts = number.and_then(|n| index?.counts(n)).map(|c| (c.mapped, c.unmapped)).or(none);
        Contig { name, length, counts }
    };
    numbered.map(contig).collect()
}

fn facts(input: &Input, has_index: bool) -> Vec<(&'static str, String)> {
    let compression = match input.compression() {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Bgzf => "BGZF",
    };
    let mut facts = vec![("format", input.spec().name.to_owned()), ("compression", compression.to_owned())];
    facts.extend(input.packing().map(|packing| ("packed_as", packing)));
    if input.is_encrypted() {
        facts.push(("encryption", "Crypt4GH".to_owned()));
    }
    if let Some(size) = input.size() {
        facts.push(("bytes", ui::thousands(size)));
    }
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "not told".to_owned());
    match input.header() {
        Header::Sam(h) => {
            facts.push(("version", or_unknown(&h.version)));
            facts.push(("sort_order", or_unknown(&h.sort_order)));
            facts.push(("read_groups", h.read_groups.len().to_string()));
        }
        Header::Vcf(h) => {
            facts.push(("version", h.version.clone()));
            facts.push(("samples", h.samples.len().to_string()));
            facts.push(("info_keys", h.infos.len().to_string()));
            facts.push(("format_keys", h.formats.len().to_string()));
        }
    }
    facts.push(("contigs", input.header().reference_sequences().len().to_string()));
    if input.shows_its_end() {
        let marker =
            if input.progress().is_truncated() { "missing: the file is truncated" } else { "present" };
        facts.push(("end_marker", marker.to_owned()));
    }
    facts.push(("index", if has_index { "present" } else { "none" }.to_owned()));
    facts
}

fn table(contigs: &[Contig]) -> String {
    let name = contigs.iter().map(|c| c.name.chars().count()).max().unwrap_or(0).max("contig".len());
    let mut text = format!("\n{:name$}  {:>13}  {:>13}  {:>13}\n", "contig", "length", "mapped", "unmapped");
    let number = |n: Option<u64>| n.map_or_else(|| "-".to_owned(), ui::thousands);
    for c in contigs {
        let (mapped, unmapped) = c.counts.unzip();
        let numbers = [number(c.length), number(mapped), number(unmapped)];
        text.push_str(&format!(
            "{:name$}  {:>13}  {:>13}  {:>13}\n",
            c.name, numbers[0], numbers[1], numbers[2]
        ));
    }
    text
}
