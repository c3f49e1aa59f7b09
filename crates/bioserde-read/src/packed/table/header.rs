//! The header of a table's records: its metadata tell it, or another file.

use std::collections::BTreeMap;

use bioserde_core::RecordForm;
use bioserde_crypt4gh::Keyring;
use bioserde_schema::alignments::{self, TagColumn};
use bioserde_schema::variants::{self, Genotypes, Selection};
use bioserde_schema::{TableSchema, metadata};

use crate::dataset::{Dataset, open_source};
use crate::error::{Error, ErrorKind, Result};
use crate::formats::{bam, bcf};
use crate::input::{Input, Opening, Options};
use crate::registry::{self, Header, InputFormat};

/// Where the records of a table come from.
pub(super) struct Origin {
    pub(super) format: &'static dyn InputFormat,
    pub(super) header: Header,
    /// As it stood there.
    pub(super) header_bytes: Vec<u8>,
    /// Of a file that was named: the tags that a table of it has.
    tags: Vec<TagColumn>,
}

impl Origin {
    /// The columns of a table of the records, for a table that does not tell its own.
    pub(super) fn table(&self, is_long: bool) -> TableSchema {
        let genotypes = if is_long { Genotypes::Long } else { Genotypes::Nested };
        match &self.header {
            Header::Sam(header) => alignments::table(header, &alignments::tag_columns(&self.tags, &[])),
            Header::Vcf(header) => variants::table(header, &Selection { genotypes, ..Selection::default() }),
        }
    }
}

/// The file that was named counts more than the metadata.
pub(super) fn origin(
    name: &str,
    entries: &BTreeMap<String, String>,
    opening: &Opening,
    keys: &Keyring,
) -> Result<Origin> {
    if let Some(path) = &opening.header_from {
        let opening = Opening { header_from: None, ..opening.clone() };
        let options = Options { opening, keys: keys.clone(), ..Options::default() };
        let path = path.to_string_lossy();
        let mut tags = Vec::new();
        let given = match Input::open(&path, &options) {
            Ok(input) => {
                input.observe_tags(&mut tags);
                input.dataset
            }
            // The records of a CRAM may need a reference; its header needs none.
            Err(e) if matches!(e.kind(), ErrorKind::Cram { .. }) => {
                Dataset::of(open_source(&path, keys, false)?, &options.opening)?
            }
            Err(e) => return Err(e),
        };
        let (header, header_bytes) = (given.header().clone(), given.header_bytes().to_vec());
        return Ok(Origin { format: given.format, header, header_bytes, tags });
    }
    let told = entries.get(metadata::SOURCE_FORMAT).zip(entries.get(metadata::HEADER));
    let (format, text) = told.ok_or_else(|| Error::new(name, ErrorKind::NoHeader))?;
    // CRAM has the records of BAM.
    let format = if format == "cram" { "bam" } else { format };
    let fault = |what: String| Error::new(name, ErrorKind::Header(what));
    let format = registry::by_name(format)
        .ok_or_else(|| fault(format!("its metadata name the format `{format}`, which is not known")))?;
    let padding = entries.get(metadata::HEADER_PADDING).map(|hex| {
        metadata::from_hex(hex).ok_or_else(|| fault("its header's padding is not hexadecimal".to_owned()))
    });
    let padding = padding.transpose()?;
    let header_bytes = match format.form() {
        RecordForm::Bam => {
            let references = metadata::read_reference_sequences(
                entries.get(metadata::REFERENCE_SEQUENCES).map_or("", |t| t),
            );
            let references = references
                .ok_or_else(|| fault("its metadata do not tell the reference sequences".to_owned()))?;
            bam::header::bytes(text.as_bytes(), padding.as_deref(), &references)
        }
        RecordForm::Bcf => bcf::header_bytes(text.as_bytes(), padding.as_deref()),
        RecordForm::Sam | RecordForm::Vcf => text.clone().into_bytes(),
    };
    let parsed = format.header(&header_bytes, true).map_err(|e| fault(e.to_string()))?;
    let (header, _) = parsed.ok_or_else(|| fault("the header in its metadata is cut off".to_owned()))?;
    Ok(Origin { format, header, header_bytes, tags: Vec::new() })
}

/// A header as a form of records has it, from its first byte to the first record, not compressed.
///
/// That of a family other than the form's is its text.
pub fn bytes(form: RecordForm, header: &Header) -> Vec<u8> {
    match (form, header) {
        (RecordForm::Bam, Header::Sam(header)) => {
            bam::header::bytes(&header.text, None, &header.reference_sequences)
        }
        (RecordForm::Bcf, header) => bcf::header_bytes(header.text(), None),
        (_, header) => header.text().to_vec(),
    }
}
