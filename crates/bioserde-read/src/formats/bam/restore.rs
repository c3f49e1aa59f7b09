//! BAM records of rows.

mod tags;
mod values;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use bioserde_core::sam::Header;
use bioserde_schema::{Origin, TableSchema};

use crate::formats::sam::encode::{Parts, append_parts};
use crate::formats::sam::fault::LineError;
use crate::formats::sam::fields::Fixed;
use crate::formats::sam::references::References;
use crate::restore::cells::{Integers, Texts, typed};
use crate::restore::{NewRestore, Restore, RestoreError};
use tags::TagCells;

/// Makes BAM records for a table of alignments.
#[derive(Debug)]
pub(crate) struct NewAlignmentRestore {
    table: Arc<TableSchema>,
    references: Arc<References>,
}

impl NewAlignmentRestore {
    pub(crate) fn new(table: &TableSchema, header: &Header) -> Self {
        Self { table: Arc::new(table.clone()), references: Arc::new(References::new(header)) }
    }

    pub(crate) fn alignment_restore(&self) -> AlignmentRestore {
        AlignmentRestore {
            table: Arc::clone(&self.table),
            references: Arc::clone(&self.references),
            columns: None,
            tags: TagCells::new(&self.table),
            names: HashMap::new(),
        }
    }
}

impl NewRestore for NewAlignmentRestore {
    fn restore(&self) -> Box<dyn Restore> {
        Box::new(self.alignment_restore())
    }
}

/// Makes a BAM record of a row.
pub(crate) struct AlignmentRestore {
    table: Arc<TableSchema>,
    references: Arc<References>,
    columns: Option<Columns>,
    tags: TagCells,
    /// The ids of names that occurred.
    names: HashMap<Box<str>, i32>,
}

/// The columns of a batch. What a table lacks, its records lack.
#[derive(Debug)]
struct Columns {
    qname: Option<Texts>,
    flag: Integers,
    rname: Names,
    pos: Integers,
    mapq: Option<Integers>,
    cigar: Option<Texts>,
    rnext: Option<Names>,
    pnext: Option<Integers>,
    tlen: Option<Integers>,
    seq: Option<Texts>,
    qual: Option<Texts>,
}

/// Names of reference sequences, with the ids of those in the dictionary.
#[derive(Debug)]
struct Names {
    texts: Texts,
    ids: Vec<i32>,
}

/// The id of a name that the header does not have.
const UNKNOWN: i32 = i32::MIN;

impl Names {
    fn new(texts: Texts, references: &References) -> Self {
        let ids = match &texts {
            Texts::Plain(_) => Vec::new(),
            Texts::Repeated { values, .. } => {
                let id = |name: Option<&str>| references.id(name.unwrap_or_default().as_bytes());
                values.iter().map(|name| id(name).unwrap_or(UNKNOWN)).collect()
            }
        };
        Self { texts, ids }
    }

    /// -1 for none.
    fn id(
        &self,
        column: &str,
        row: usize,
        known: &mut HashMap<Box<str>, i32>,
        references: &References,
    ) -> Result<i32, RestoreError> {
        let id = match self.texts.key(row) {
            Some(key) => self.ids.get(key).copied().unwrap_or(UNKNOWN),
            None => match self.texts.get(row) {
                None => return Ok(-1),
                Some(name) => match known.get(name) {
                    Some(id) => *id,
                    None => {
                        let id = references.id(name.as_bytes()).unwrap_or(UNKNOWN);
                        known.insert(name.into(), id);
                        id
                    }
                },
            },
        };
        if id != UNKNOWN {
            return Ok(id);
        }
        let name = self.texts.get(row).unwrap_or_default();
        Err(RestoreError::column(
            column,
            format!("is `{name}`, which is not the SN of an @SQ line of the header"),
        ))
    }
}

impl Columns {
    fn new(table: &TableSchema, batch: &RecordBatch, references: &References) -> Result<Self, RestoreError> {
        let array = |name: &str| {
            let is_it = |c: &bioserde_schema::Column| c.name == name && matches!(c.origin, Origin::Record(_));
            Some(batch.column(table.columns.iter().position(is_it)?))
        };
        let texts = |name: &str| array(name).map(|a| typed(name, a, "text", Texts::new)).transpose();
        let integers =
            |name: &str| array(name).map(|a| typed(name, a, "an integer", Integers::whole)).transpose();
        let missing = |name: &str| RestoreError::column(name, "is missing, and no record is without it");
        Ok(Self {
            qname: texts("qname")?,
            flag: integers("flag")?.ok_or_else(|| missing("flag"))?,
            rname: Names::new(texts("rname")?.ok_or_else(|| missing("rname"))?, references),
            pos: integers("pos")?.ok_or_else(|| missing("pos"))?,
            mapq: integers("mapq")?,
            cigar: texts("cigar")?,
            rnext: texts("rnext")?.map(|texts| Names::new(texts, references)),
            pnext: integers("pnext")?,
            tlen: integers("tlen")?,
            seq: texts("seq")?,
            qual: texts("qual")?,
        })
    }

    fn fixed(
        &self,
        row: usize,
        known: &mut HashMap<Box<str>, i32>,
        references: &References,
    ) -> Result<Fixed, RestoreError> {
        let out_of_range =
            |name: &str, value: i64| RestoreError::column(name, format!("is {value}, which is out of range"));
        let position = |name: &str, value: Option<i64>| match value {
            None => Ok(-1),
            Some(value) => i32::try_from(value)
                .ok()
                .filter(|pos| *pos >= 0)
                .map(|pos| pos - 1)
                .ok_or_else(|| out_of_range(name, value)),
        };
        let of = |column: &Option<Integers>| column.as_ref().and_then(|c| c.get(row));
        let flag = self.flag.get(row).ok_or_else(|| RestoreError::column("flag", "is null"))?;
        let mapq = of(&self.mapq).unwrap_or(255);
        let tlen = of(&self.tlen).unwrap_or(0);
        let next_ref_id = match &self.rnext {
            Some(names) => names.id("rnext", row, known, references)?,
            None => -1,
        };
        Ok(Fixed {
            ref_id: self.rname.id("rname", row, known, references)?,
            pos: position("pos", self.pos.get(row))?,
            mapq: u8::try_from(mapq).map_err(|_| out_of_range("mapq", mapq))?,
            flag: u16::try_from(flag).map_err(|_| out_of_range("flag", flag))?,
            next_ref_id,
            next_pos: position("pnext", of(&self.pnext))?,
            tlen: i32::try_from(tlen).map_err(|_| out_of_range("tlen", tlen))?,
        })
    }
}

impl Restore for AlignmentRestore {
    fn open(&mut self, batch: &RecordBatch) -> Result<(), RestoreError> {
        self.columns = Some(Columns::new(&self.table, batch, &self.references)?);
        self.tags.open(batch)
    }

    fn append(&mut self, row: usize, out: &mut Vec<u8>) -> Result<(), RestoreError> {
        let Some(columns) = &self.columns else { return Ok(()) };
        let parts = Parts {
            fixed: columns.fixed(row, &mut self.names, &self.references)?,
            qname: text(&columns.qname, row),
            cigar: text(&columns.cigar, row),
            seq: text(&columns.seq, row),
            qual: text(&columns.qual, row),
        };
        let tags = &mut self.tags;
        append_parts(&parts, out, |long_cigar, out| tags.append(row, long_cigar, out)).map(drop)
    }
}

/// `*` for none.
fn text(column: &Option<Texts>, row: usize) -> &[u8] {
    column.as_ref().and_then(|c| c.get(row)).map_or(b"*", str::as_bytes)
}

impl From<LineError> for RestoreError {
    fn from(e: LineError) -> Self {
        Self::Record(Box::new(e))
    }
}
