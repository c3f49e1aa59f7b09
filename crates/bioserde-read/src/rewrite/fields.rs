use std::fmt;

use bioserde_core::Field;

/// A set of fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fields(u16);

impl Fields {
    /// Every field.
    pub const ALL: Self = Self((1 << Field::ALL.len()) - 1);

    /// No field.
    pub const NONE: Self = Self(0);

    /// Whether the set has a field.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// The fields, in the order of SAM.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.contains(*field))
    }

    /// The set without a field.
    #[must_use]
    pub const fn without(self, field: Field) -> Self {
        Self(self.0 & !field.bit())
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Self(fields.into_iter().fold(0, |bits, field| bits | field.bit()))
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

    #[test]
    fn a_set_has_what_was_put_into_it() {
        assert!(Fields::ALL.iter().eq(Field::ALL));
        assert_eq!(Fields::ALL, Field::ALL.into_iter().collect());
        assert_eq!(Fields::NONE.iter().count(), 0);
        let some: Fields = [Field::Qual, Field::Qname, Field::Qual].into_iter().collect();
        assert!(some.iter().eq([Field::Qname, Field::Qual]));
        assert!(Fields::ALL.without(Field::Seq).iter().all(|field| field != Field::Seq));
        assert_eq!(Fields::ALL.without(Field::Seq).iter().count(), 10);
    }
}
