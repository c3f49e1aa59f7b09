use toml::{Table, Value};

use super::error::Fault;
use super::keys::Keys;
use super::{ConfigError, Layer, layers};

/// What the names of environment variables for a server begin with. The key follows in upper case, with
/// `__` between its section and itself: `BIOSERDE_SERVE_TICKETS__LIFETIME`.
pub const VARIABLE_PREFIX: &str = "BIOSERDE_SERVE_";

/// The name of the variable for a key.
pub(super) fn name(key: &str) -> String {
    format!("{VARIABLE_PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// What the variables for the server say, those of sections before those of their keys.
pub(super) fn read(
    environment: impl IntoIterator<Item = (String, String)>,
    keys: &Keys,
) -> Result<Vec<Table>, ConfigError> {
    let mut own: Vec<_> =
        environment.into_iter().filter(|(name, _)| name.starts_with(VARIABLE_PREFIX)).collect();
    own.sort();
    own.into_iter()
        .map(|(name, text)| table(&name, &text, keys).map_err(|fault| fault.at(Layer::Variable { name })))
        .collect()
}

/// What a variable says: a value of TOML where it is one that its key can have, or else a text.
fn table(name: &str, text: &str, keys: &Keys) -> Result<Table, Fault> {
    let key = name.strip_prefix(VARIABLE_PREFIX).unwrap_or_default().to_lowercase();
    let checked = |value: Value| match layers::nested(&key, "__", value) {
        Value::Table(table) => layers::check(&table, keys).map(|()| table),
        _ => Ok(Table::new()),
    };
    let as_text = checked(Value::String(text.to_owned()));
    match text.parse::<Value>() {
        Ok(value) => checked(value).or_else(|fault| as_text.map_err(|_| fault)),
        Err(_) => as_text,
    }
}
