use std::collections::{HashMap, HashSet};

use bioserde_core::vcf::{Definition, Header, Type};

use super::fault::{EncodeError, Part, shown};

/// A declared key: its number in the dictionary of strings, and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) number: i32,
    pub(super) kind: Type,
}

/// What a header declares, by name.
#[derive(Debug)]
pub(super) struct Keys {
    contigs: HashMap<Box<[u8]>, i32>,
    strings: HashMap<Box<[u8]>, i32>,
    infos: HashMap<Box<[u8]>, Key>,
    formats: HashMap<Box<[u8]>, Key>,
    /// The contig of the last line.
    last: (Vec<u8>, i32),
}

impl Keys {
    pub(super) fn new(header: &Header) -> Self {
        let numbers = |entries: &std::collections::BTreeMap<usize, String>| {
            let number =
                |(idx, id): (&usize, &String)| Some((id.as_bytes().into(), i32::try_from(*idx).ok()?));
            // Of several numbers of an id the lowest counts.
            entries.iter().rev().filter_map(number).collect::<HashMap<Box<[u8]>, i32>>()
        };
        let strings = numbers(&header.strings);
        let declared: HashSet<&str> = header
            .infos
            .iter()
            .chain(&header.formats)
            .map(|d| d.id.as_str())
            .chain(header.filters.iter().map(String::as_str))
            .collect();
        let keys = |definitions: &[Definition]| -> HashMap<Box<[u8]>, Key> {
            let key = |id: &str, kind| {
                Some((id.as_bytes().into(), Key { number: *strings.get(id.as_bytes())?, kind }))
            };
            let defined = definitions.iter().filter_map(|d| key(&d.id, d.kind));
            // A line that lacks its Type declares text, as htslib has it.
            let untyped = header.strings.values().filter(|id| !declared.contains(id.as_str()));
            defined.chain(untyped.filter_map(|id| key(id, Type::String))).collect()
        };
        let (infos, formats) = (keys(&header.infos), keys(&header.formats));
        let contigs = numbers(&header.contig_strings);
        Self { contigs, strings, infos, formats, last: (Vec::new(), 0) }
    }

    pub(super) fn contig(&mut self, name: &[u8]) -> Result<i32, EncodeError> {
        if self.last.0 != name {
            let number = self.contigs.get(name).ok_or_else(|| EncodeError::Contig(shown(name)))?;
            self.last = (name.to_vec(), *number);
        }
        Ok(self.last.1)
    }

    pub(super) fn filter(&self, id: &[u8]) -> Result<i32, EncodeError> {
        self.strings.get(id).copied().ok_or_else(|| EncodeError::undeclared(Part::Filter, id))
    }

    pub(super) fn info(&self, id: &[u8]) -> Result<Key, EncodeError> {
        self.infos.get(id).copied().ok_or_else(|| EncodeError::undeclared(Part::Info, id))
    }

    pub(super) fn format(&self, id: &[u8]) -> Result<Key, EncodeError> {
        self.formats.get(id).copied().ok_or_else(|| EncodeError::undeclared(Part::Format, id))
    }
}
