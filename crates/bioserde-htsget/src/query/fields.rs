use std::fmt;

use bioserde_core::Field;

use crate::Error;
use crate::error::excerpt;

/// A set of columns of reads, never empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields(u16);

impl Fields {
    /// The set of the given columns, or nothing when there is none.
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Option<Self> {
        let bits = fields.into_iter().fold(0, |bits, field| bits | field.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Whether the column was asked for.
    pub fn contains(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// The columns, in the order of SAM.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.contains(*field))
    }

    /// The columns that a valid record has to keep so that it can have those asked for: QUAL cannot be
    /// there without SEQ.
    #[must_use]
    pub fn effective(self) -> Self {
        if self.contains(Field::Qual) { Self(self.0 | Field::Seq.bit()) } else { self }
    }

    /// Reads the items of a request's `fields`.
    pub(super) fn parse<'a>(items: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let find = |item: &str| {
            let field = Field::ALL.into_iter().find(|field| field.name() == item);
            field.ok_or_else(|| {
                let names = Field::ALL.map(Field::name).join(", ");
                Error::input(format!("`fields` has `{}`, which is not a column of SAM", excerpt(item)))
                    .with_hint(format!("the columns are {names}, in upper case"))
            })
        };
        let fields: Vec<_> = items.into_iter().map(find).collect::<Result<_, _>>()?;
        Self::new(fields).ok_or_else(|| {
            Error::input("`fields` is empty, and a read without columns is no read")
                .with_hint("leave `fields` out for all columns")
        })
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn parse(text: &str) -> Result<Fields, Error> {
        Fields::parse(text.split_terminator(','))
    }

    #[test]
    fn p12_fields_are_the_columns_of_sam() {
        let names = Field::ALL.map(Field::name).join(",");
        assert_eq!(names, "QNAME,FLAG,RNAME,POS,MAPQ,CIGAR,RNEXT,PNEXT,TLEN,SEQ,QUAL");
        assert!(parse(&names).unwrap().iter().eq(Field::ALL));
        assert!(parse("POS,FLAG,POS").unwrap().iter().eq([Field::Flag, Field::Pos]));
    }

    #[test]
    fn p12_unknown_fields_are_invalid_input() {
        for text in ["qname", "QNAME,CHROM", "", "QNAME,,POS"] {
            assert_eq!(parse(text).unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
        }
    }

    #[test]
    fn p12_qual_keeps_seq() {
        let effective = |text| parse(text).unwrap().effective().iter().map(Field::name).collect::<Vec<_>>();
        assert_eq!(effective("QUAL"), ["SEQ", "QUAL"]);
        assert_eq!(effective("SEQ"), ["SEQ"]);
        assert_eq!(effective("FLAG"), ["FLAG"]);
    }
}
