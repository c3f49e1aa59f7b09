//! Positions as numbers, 1-based.

use bioserde_core::Position;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn serialize<S: Serializer>(position: &Position, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u32(position.get())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Position, D::Error> {
    if deserializer.is_human_readable() {
        position(u64::deserialize(deserializer)?)
    } else {
        position(u32::deserialize(deserializer)?.into())
    }
}

fn position<E: Error>(one_based: u64) -> Result<Position, E> {
    Position::new(one_based)
        .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(one_based), &"a position from 0 to 2147483647"))
}

/// Positions that may be absent.
pub(crate) mod option {
    use serde::Serialize;

    use super::{Deserialize, Deserializer, Position, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        position: &Option<Position>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        position.map(Position::get).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Position>, D::Error> {
        if deserializer.is_human_readable() {
            Option::<u64>::deserialize(deserializer)?.map(super::position).transpose()
        } else {
            Option::<u32>::deserialize(deserializer)?.map(|p| super::position(p.into())).transpose()
        }
    }
}
