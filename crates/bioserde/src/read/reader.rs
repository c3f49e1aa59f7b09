use bioserde_core::{Family, Header};
use bioserde_read::{Bed, Input, Model, Options, Table};
use bioserde_schema::alignments::{TagColumn, TagKind};
use bioserde_schema::variants::Genotypes;
use bioserde_table::TableReader;
use serde::de::DeserializeOwned;

use super::batches::Source;
use super::{Alignments, Batches, Deserialized, Records, Variants};
use crate::de::wanted;
use crate::{Error, Result, SchemaRef};

/// An opened file, and what is wanted of it; made by [`crate::open`].
#[derive(Debug)]
pub struct Reader {
    path: String,
    content: Content,
    options: Options,
    /// Fields that may have no column.
    optional: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Content {
    /// Records, in whatever they are stored.
    Records(Box<Input>),
    /// A table that does not tell of which records it is.
    Rows(Box<TableReader>),
}

impl Reader {
    pub(super) fn new(path: &str, content: Content, options: Options) -> Self {
        Self { path: path.to_owned(), content, options, optional: Vec::new() }
    }

    /// The name of the format of its records, such as `bam`, or of the table that holds none.
    pub fn format(&self) -> &'static str {
        match &self.content {
            Content::Records(input) => input.spec().name,
            Content::Rows(table) => table.format().name(),
        }
    }

    /// The header; nothing for a table that tells none.
    pub fn header(&self) -> Option<&Header> {
        match &self.content {
            Content::Records(input) => Some(input.header()),
            Content::Rows(_) => None,
        }
    }

    /// What the user should know and what is no error, such as a missing index.
    pub fn notices(&self) -> &[String] {
        match &self.content {
            Content::Records(input) => input.notices(),
            Content::Rows(_) => &[],
        }
    }

    /// Wants the records that overlap a region, besides those of other calls: `chr20`, `chr20:1-1000000`,
    /// `*` for those without a position. Both ends are 1-based and belong to it. With an index only the
    /// region is read; without, the whole file.
    ///
    /// # Errors
    ///
    /// The text is no region of the header's sequences, the index is faulty, or there are no records.
    pub fn region(mut self, region: &str) -> Result<Self> {
        self.options.regions.push(region.to_owned());
        self.limited()
    }

    /// Wants the records that overlap the intervals of a BED file besides.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is no BED file, otherwise as [`Self::region`].
    pub fn regions_file(mut self, path: &str) -> Result<Self> {
        let fault = |source| Error::RegionsFile { path: path.to_owned(), source };
        let mut text = std::fs::read_to_string(path).map_err(fault)?;
        if let Some(before) = &self.options.bed {
            text = format!("{}\n{text}", before.text);
        }
        self.options.bed = Some(Bed { path: path.to_owned(), text });
        self.limited()
    }

    fn limited(mut self) -> Result<Self> {
        match &mut self.content {
            Content::Records(input) => input.limit(&self.options)?,
            Content::Rows(_) => return Err(Error::NotRecords { path: self.path }),
        }
        Ok(self)
    }

    /// Wants these columns only, in this order. Structs choose their columns by their fields without it;
    /// tuples and maps, and [`Self::batches`], take what is named here.
    #[must_use]
    pub fn columns<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.options.columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Fields that need have no column: then serde's rules for a field that is not there apply, by which an
    /// `Option` is `None`.
    #[must_use]
    pub fn optional<S: Into<String>>(mut self, fields: impl IntoIterator<Item = S>) -> Self {
        self.optional.extend(fields.into_iter().map(Into::into));
        self
    }

    /// Gives a tag of alignments the column `tag_xx` of this type, seen or not.
    #[must_use]
    pub fn tag(mut self, tag: [u8; 2], kind: TagKind) -> Self {
        self.options.tags.push(TagColumn { tag, kind });
        self
    }

    /// How genotypes become columns and rows.
    #[must_use]
    pub fn genotypes(mut self, genotypes: Genotypes) -> Self {
        self.options.genotypes = genotypes;
        self
    }

    /// Wants the columns of these samples only, in this order.
    #[must_use]
    pub fn samples<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.options.samples = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// The columns, with their Arrow types.
    ///
    /// # Errors
    ///
    /// A column, tag or sample that was asked for is not there.
    pub fn schema(&mut self) -> Result<SchemaRef> {
        match &mut self.content {
            Content::Records(input) => Ok(Table::of_one(input, &self.options)?.schema().arrow()),
            Content::Rows(table) => Ok(std::sync::Arc::clone(table.schema())),
        }
    }

    /// Reads each row as a struct of yours, whose fields are named like columns; only these are decoded.
    ///
    /// `#[serde(rename)]` and `alias` are followed. A field that is named like no column is an error, unless
    /// it is `#[serde(default)]` and no `Option`, or one of [`Self::optional`]. A struct with a flattened
    /// field, a map and a tuple take all columns, or those of [`Self::columns`].
    ///
    /// Integers have to fit the field's type. A 64-bit float is rounded to a field of 32 bits.
    ///
    /// # Errors
    ///
    /// A field without a column. Each item may be an error: after a row that does not fit the struct the
    /// next one follows, after a fault of the file nothing does.
    pub fn deserialize<T: DeserializeOwned>(mut self) -> Result<Deserialized<T>> {
        let schema = self.schema()?;
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let wanted = wanted::<T>(&names, &self.optional, &self.path)?;
        let mut columns = wanted.names();
        if columns.is_empty() {
            // Without any column nobody could tell how many rows there are.
            columns.extend(names.first().map(|name| (*name).to_owned()));
        }
        self.options.columns = Some(columns);
        Ok(Deserialized::new(self.batches()?, wanted))
    }

    /// Reads the rows as Arrow record batches.
    ///
    /// # Errors
    ///
    /// A column, tag or sample that was asked for is not there. Each item may be an error, after which
    /// nothing follows.
    pub fn batches(self) -> Result<Batches> {
        let source = match self.content {
            Content::Records(input) => Source::Records(Box::new(input.batches(&self.options)?)),
            Content::Rows(mut table) => {
                if let Some(option) = chosen(&self.options).filter(|option| *option != "columns") {
                    return Err(Error::OptionForRows { path: self.path, option });
                }
                if let Some(columns) = &self.options.columns {
                    table.project(&columns.iter().map(String::as_str).collect::<Vec<_>>())?;
                }
                Source::Rows { table, columns: self.options.columns }
            }
        };
        Ok(Batches::new(self.path, source))
    }

    /// Reads each alignment as a model that holds all that SAM says of it.
    ///
    /// # Errors
    ///
    /// The file has no alignments, or columns were chosen. Each item may be an error: after a faulty record
    /// the next one follows, after a fault of the file nothing does.
    pub fn alignments(self) -> Result<Alignments> {
        self.models(Some(Family::Alignments), |model| match model {
            Model::Alignment(alignment) => Some(alignment),
            Model::Variant(_) => None,
        })
    }

    /// Reads each variant as a model that holds all that VCF says of it.
    ///
    /// # Errors
    ///
    /// As [`Self::alignments`].
    pub fn variants(self) -> Result<Variants> {
        self.models(Some(Family::Variants), |model| match model {
            Model::Variant(variant) => Some(variant),
            Model::Alignment(_) => None,
        })
    }

    /// Reads each record of either family as a model.
    ///
    /// # Errors
    ///
    /// As [`Self::alignments`], but for the family.
    pub fn records(self) -> Result<Records<Model>> {
        self.models(None, Some)
    }

    fn models<M>(self, family: Option<Family>, take: fn(Model) -> Option<M>) -> Result<Records<M>> {
        let path = self.path;
        if let Some(option) = chosen(&self.options) {
            return Err(Error::OptionForRecords { path, option });
        }
        let Content::Records(input) = self.content else { return Err(Error::NotRecords { path }) };
        let found = input.spec().family;
        match family {
            Some(wanted) if wanted != found => {
                Err(Error::OtherFamily { path, found: found.name(), wanted: wanted.name() })
            }
            _ => Ok(Records::new(input.records(), take)),
        }
    }
}

/// The method by which columns were chosen.
fn chosen(options: &Options) -> Option<&'static str> {
    let given = [
        ("columns", options.columns.is_some()),
        ("tag", !options.tags.is_empty()),
        ("genotypes", options.genotypes != Genotypes::Nested),
        ("samples", options.samples.is_some()),
    ];
    given.iter().find(|(_, given)| *given).map(|(option, _)| *option)
}
