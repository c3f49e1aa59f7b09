use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Error};
use toml::{Spanned, Table, Value};

use super::error::Fault;
use super::keys::{Keys, joined};
use super::layers::nested;
use super::{Config, ConfigError, Layer};

/// The table that a file holds, once every key and value in it was found to be usable.
pub(super) fn read(path: &Path, text: &str, keys: &Keys) -> Result<Table, ConfigError> {
    let at = |offset: usize| {
        let (line, column) = position(text, offset);
        Layer::File { path: path.to_owned(), line, column }
    };
    let start = |e: &Error| e.span().map_or(0, |span| span.start);
    let syntax = |e: Error| ConfigError::Syntax { layer: at(start(&e)), message: e.message().to_owned() };
    let document = DeTable::parse(text).map_err(syntax)?.into_inner();
    let table: Table = toml::from_str(text).map_err(syntax)?;
    let located = |fault: Fault| {
        let offset = place(&document, fault.key()).map_or(0, |span| span.start);
        fault.at(at(offset))
    };
    keys.check(&table).map_err(located)?;
    let config: Config = toml::from_str(text).map_err(|e| {
        let key = key_at(&document, start(&e)).unwrap_or_default();
        let offset = faulty_item(&document, &table, &key).unwrap_or_else(|| start(&e));
        Fault::value(key, e.message()).at(at(offset))
    })?;
    config.check().map_err(located)?;
    Ok(table)
}

/// The line and column of an offset, 1-based, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

type Entry<'a, 'b> = (String, &'a Spanned<DeValue<'b>>, Range<usize>);

/// The values of a table and of the tables in it, with their keys and where these stand.
fn entries<'a, 'b>(parent: &str, table: &'a DeTable<'b>) -> Vec<Entry<'a, 'b>> {
    let mut all = Vec::new();
    for (name, value) in table {
        let key = joined(parent, name.get_ref());
        all.push((key.clone(), value, name.span()));
        let items = value.get_ref().as_array().into_iter().flat_map(|list| list.iter());
        let inner = items.filter_map(|item| item.get_ref().as_table()).chain(value.get_ref().as_table());
        all.extend(inner.flat_map(|table| entries(&key, table)));
    }
    all
}

/// Where a key stands first.
fn place(document: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    entries("", document).into_iter().find(|(k, _, _)| k == key).map(|(_, _, span)| span)
}

/// Where the first item of a list that cannot be used begins: errors are placed at the whole list.
fn faulty_item(document: &DeTable<'_>, table: &Table, key: &str) -> Option<usize> {
    let mut names = key.split('.');
    let first = table.get(names.next()?)?;
    let list = names.try_fold(first, |value, name| value.get(name))?;
    let alone = |item: &Value| nested(key, ".", Value::Array(vec![item.clone()]));
    let at = list.as_array()?.iter().position(|item| Config::deserialize(alone(item)).is_err())?;
    let (_, value, _) = entries("", document).into_iter().find(|(k, _, _)| k == key)?;
    value.get_ref().as_array()?.get(at).map(|item| item.span().start)
}

/// The key with the narrowest entry that an offset lies in.
fn key_at(document: &DeTable<'_>, offset: usize) -> Option<String> {
    let holds = |(_, value, name): &Entry<'_, '_>| name.contains(&offset) || value.span().contains(&offset);
    let inside = entries("", document).into_iter().filter(holds);
    inside.min_by_key(|(_, value, _)| value.span().len()).map(|(key, _, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("é = 1\nb", 6), (1, 6));
        assert_eq!(position("a\nbc", 3), (2, 2));
    }
}
