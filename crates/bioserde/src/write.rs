//! Files out: structs as rows, models as records.

mod feed;
mod records;
mod rows;

use std::path::Path;

use bioserde_convert::Plan;
use bioserde_core::{Family, sam, vcf};
use bioserde_crypt4gh::PublicKey;
use bioserde_read::Options;
use bioserde_schema::variants::Genotypes;
use bioserde_storage::Target;
use bioserde_write::{OutputFormat, SinkOptions, WriteIndex, by_name, by_path};

pub use records::{AlignmentWriter, VariantWriter};
pub use rows::RowWriter;

use crate::{Error, Result};

/// An output that is to be written: its path and what was chosen about it; made by [`crate::writer`].
///
/// Nothing appears under the path until the `finish` of what it becomes, and nothing at all if that is not
/// called.
#[derive(Clone, Debug)]
pub struct Writer {
    path: String,
    format: Option<String>,
    options: SinkOptions,
    genotypes: Genotypes,
    overwrite: bool,
    threads: Option<usize>,
    recipients: Vec<PublicKey>,
}

impl Writer {
    pub(crate) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            format: None,
            options: SinkOptions::default(),
            genotypes: Genotypes::Nested,
            overwrite: false,
            threads: None,
            recipients: Vec::new(),
        }
    }

    /// The format, by a name such as `parquet`, in place of the one that the path's ending names.
    #[must_use]
    pub fn format(mut self, name: &str) -> Self {
        self.format = Some(name.to_owned());
        self
    }

    /// The compression, as `zstd` or `zstd:6`; each format has its own names and its usual one.
    #[must_use]
    pub fn compression(mut self, compression: &str) -> Self {
        self.options.compression = Some(compression.to_owned());
        self
    }

    /// Whether an index is written beside records.
    #[must_use]
    pub fn index(mut self, index: WriteIndex) -> Self {
        self.options.index = index;
        self
    }

    /// The reference sequences that a CRAM stores differences to: a FASTA file with its FAI beside it.
    #[must_use]
    pub fn reference(mut self, path: impl AsRef<Path>) -> Self {
        self.options.reference = Some(path.as_ref().to_owned());
        self
    }

    /// How the genotypes of variants become columns, where the output is a table.
    #[must_use]
    pub fn genotypes(mut self, genotypes: Genotypes) -> Self {
        self.genotypes = genotypes;
        self
    }

    /// Replaces the file of this name, if there is one; otherwise that is an error.
    #[must_use]
    pub fn overwrite(mut self) -> Self {
        self.overwrite = true;
        self
    }

    /// How many threads encode records; as many as there are processors without it. Rows are encoded by the
    /// caller's.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Encrypts the output (Crypt4GH) for whoever has the secret key to one of these.
    #[must_use]
    pub fn recipients(mut self, keys: impl IntoIterator<Item = PublicKey>) -> Self {
        self.recipients.extend(keys);
        self
    }

    /// Begins a table of rows that are structs of yours: Parquet, Arrow, SQLite, CSV, TSV or JSON Lines.
    ///
    /// # Errors
    ///
    /// The format is not known or is none of rows, or the output cannot be created.
    pub fn rows(self) -> Result<RowWriter> {
        let format = match self.output_format()? {
            OutputFormat::Table(format) => format,
            OutputFormat::Records(format) => {
                let format = format.spec().name;
                return Err(Error::WrongFormat { path: self.path, format, holds: "records, not rows" });
            }
        };
        let target = Target::create(&self.path, self.overwrite).map_err(bioserde_write::Error::from)?;
        let target = match self.recipients.as_slice() {
            [] => target,
            keys => target.encrypted(keys).map_err(bioserde_write::Error::from)?,
        };
        Ok(RowWriter::new(self.path, format, target, self.options))
    }

    /// Begins an output of alignments under a header: BAM, SAM, CRAM or any table.
    ///
    /// # Errors
    ///
    /// The format is not known or has variants. That the output cannot be created is told by a later call.
    pub fn alignments(self, header: &sam::Header) -> Result<AlignmentWriter> {
        let (path, plan) = self.plan(Family::Alignments)?;
        AlignmentWriter::new(path, plan, header)
    }

    /// Begins an output of variants under a header: VCF, BCF or any table.
    ///
    /// # Errors
    ///
    /// The format is not known or has alignments. That the output cannot be created is told by a later call.
    pub fn variants(self, header: &vcf::Header) -> Result<VariantWriter> {
        let (path, plan) = self.plan(Family::Variants)?;
        VariantWriter::new(path, plan, header)
    }

    fn output_format(&self) -> Result<OutputFormat> {
        let found = match &self.format {
            Some(name) => by_name(name),
            None => by_path(&self.path),
        };
        found.ok_or_else(|| match &self.format {
            Some(name) => Error::NoFormat { path: self.path.clone(), name: name.clone() },
            None => Error::UnknownFormat { path: self.path.clone() },
        })
    }

    /// The work without its input.
    fn plan(self, family: Family) -> Result<(String, Plan)> {
        let format = self.output_format()?;
        if let OutputFormat::Records(records) = format
            && records.family() != family
        {
            let holds = if family == Family::Alignments { "variants" } else { "alignments" };
            return Err(Error::WrongFormat { path: self.path, format: format.spec().name, holds });
        }
        let plan = Plan {
            inputs: Vec::new(),
            output: self.path.clone(),
            format,
            options: Options { genotypes: self.genotypes, ..Options::default() },
            sink_options: self.options,
            threads: self.threads,
            overwrite: self.overwrite,
            recipients: self.recipients,
        };
        Ok((self.path, plan))
    }
}
