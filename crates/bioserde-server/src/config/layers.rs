use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::error::Fault;
use super::keys::{Keys, joined};
use super::{Config, ConfigError, Layer, file, variable};

pub(super) fn load(
    file: Option<(&Path, &str)>,
    environment: impl IntoIterator<Item = (String, String)>,
    overrides: Table,
) -> Result<Config, ConfigError> {
    let keys = Keys::new();
    let mut merged = match file {
        Some((path, text)) => file::read(path, text, &keys)?,
        None => Table::new(),
    };
    for table in variable::read(environment, &keys)? {
        merge(&mut merged, table);
    }
    check(&overrides, &keys).map_err(|fault| fault.at(Layer::CommandLine))?;
    merge(&mut merged, overrides);
    // Each layer passed alone, so what is wrong now is in none of them.
    let config = Config::deserialize(merged)
        .map_err(|e| Fault::value("", e.message()))
        .and_then(|config: Config| config.check().map(|()| config));
    config.map_err(|fault| fault.at(Layer::Together))
}

/// Refuses a table with an unknown key or a value that is wrong whatever other layers have.
pub(super) fn check(table: &Table, keys: &Keys) -> Result<(), Fault> {
    keys.check(table)?;
    leaves("", table).into_iter().try_for_each(|(key, value)| {
        let alone = nested(&key, ".", value.clone());
        let config = Config::deserialize(alone).map_err(|e| Fault::value(&key, e.message()))?;
        config.check()
    })
}

/// A value in the tables that its key stands in, and nothing else.
pub(super) fn nested(key: &str, separator: &str, value: Value) -> Value {
    let within = |value, name: &str| Value::Table(Table::from_iter([(name.to_owned(), value)]));
    key.rsplit(separator).fold(value, within)
}

/// The values that are no tables, with their keys.
fn leaves<'a>(parent: &str, table: &'a Table) -> Vec<(String, &'a Value)> {
    let below = |(name, value): (&String, &'a Value)| match value {
        Value::Table(table) => leaves(&joined(parent, name), table),
        _ => vec![(joined(parent, name), value)],
    };
    table.iter().flat_map(below).collect()
}

/// Puts a table over another. Both were checked, so where one has a table, so has the other.
fn merge(under: &mut Table, over: Table) {
    for (name, value) in over {
        match (under.get_mut(&name), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(name, value);
            }
        }
    }
}
