use std::collections::HashMap;
use std::fmt;

use arrow_schema::Schema;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::{Column, Value};

/// What the members of a row are for.
#[derive(Debug)]
pub(super) struct Members {
    /// The columns of the whole table, in order, and their place among those that are read.
    positions: HashMap<String, (usize, Option<usize>)>,
}

impl Members {
    /// Of a table with the columns `table`, of which `wanted` are read.
    pub(super) fn new(table: &Schema, wanted: &Schema) -> Self {
        let names = table.fields().iter().map(|f| f.name());
        let position = |name: &String| wanted.index_of(name).ok();
        Self { positions: (0..).zip(names).map(|(i, n)| (n.clone(), (i, position(n)))).collect() }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.positions.keys().map(String::as_str)
    }
}

/// Why a row was refused, beyond what serde says.
#[derive(Debug)]
pub(super) enum Fault {
    Unknown(String),
    Repeated(String),
    Value(String),
}

/// Reads an object to the ends of the columns.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) members: &'a Members,
    pub(super) columns: &'a mut [Column],
    /// The row in which each member of the table stood last; rows count from 1.
    pub(super) last: &'a mut [usize],
    pub(super) number: usize,
    pub(super) fault: &'a mut Option<Fault>,
}

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { members, columns, last, number, fault } = self;
        while let Some(key) = map.next_key_seed(Key(members))? {
            let (at, column) = match key {
                Ok(found) => found,
                Err(name) => return Err(refuse(fault, Fault::Unknown(name))),
            };
            let last = last.get_mut(at);
            if last.is_some_and(|last| std::mem::replace(last, number) == number) {
                let name = members.positions.iter().find(|(_, (i, _))| *i == at).map(|(n, _)| n.clone());
                return Err(refuse(fault, Fault::Repeated(name.unwrap_or_default())));
            }
            let Some(column) = column.and_then(|i| columns.get_mut(i)) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            map.next_value_seed(Value(column)).inspect_err(|_| {
                let name = members.positions.iter().find(|(_, (i, _))| *i == at).map(|(n, _)| n.clone());
                *fault = Some(Fault::Value(name.unwrap_or_default()));
            })?;
        }
        Ok(())
    }
}

fn refuse<E: Error>(fault: &mut Option<Fault>, why: Fault) -> E {
    *fault = Some(why);
    E::custom("a member that is not foreseen")
}

/// The position of a member, or the name of one that there is no column for.
struct Key<'a>(&'a Members);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Result<(usize, Option<usize>), String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Result<(usize, Option<usize>), String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.positions.get(name).copied().ok_or_else(|| name.to_owned()))
    }
}
