use std::collections::BTreeMap;

use bioserde_core::nearest;
use schemars::schema_for;
use serde_json::Value as Json;
use toml::{Table, Value};

use super::Config;
use super::error::Fault;

/// Every key, by its name with those of its sections and dots between them.
#[derive(Debug)]
pub(super) struct Keys(pub(super) BTreeMap<String, Key>);

/// What the schema says of a key.
#[derive(Debug, Default)]
pub(super) struct Key {
    pub(super) description: String,
    /// In words; empty for a section.
    pub(super) kind: String,
    /// As TOML.
    pub(super) default: Option<String>,
    /// The values that it may have, with their meanings, where they are few.
    pub(super) values: Vec<(String, String)>,
    /// Whether its table has to have it.
    pub(super) is_required: bool,
    /// Whether it is a key of the tables of a list.
    pub(super) is_of_list: bool,
}

impl Keys {
    pub(super) fn new() -> Self {
        let schema = schema_for!(Config).to_value();
        let mut keys = Self(BTreeMap::new());
        keys.add(&schema, &schema, "", false);
        keys
    }

    /// Adds the properties of an object.
    fn add(&mut self, root: &Json, object: &Json, parent: &str, is_of_list: bool) {
        for (name, property) in object.get("properties").and_then(Json::as_object).into_iter().flatten() {
            let path = joined(parent, name);
            let resolved = resolve(root, property);
            let items = resolve(root, resolved.get("items").unwrap_or(&Json::Null));
            if items.get("properties").is_some() {
                self.add(root, items, &path, true);
            } else {
                self.add(root, resolved, &path, is_of_list);
            }
            let is_required = object
                .get("required")
                .and_then(Json::as_array)
                .is_some_and(|r| r.contains(&name.as_str().into()));
            let key = Key { is_required, is_of_list, ..Key::new(property, resolved, items) };
            self.0.insert(path, key);
        }
    }

    /// Refuses a key that does not exist, anywhere in a table.
    pub(super) fn check(&self, table: &Table) -> Result<(), Fault> {
        self.check_below(table, "")
    }

    fn check_below(&self, table: &Table, parent: &str) -> Result<(), Fault> {
        for (name, value) in table {
            let path = joined(parent, name);
            if !self.0.contains_key(&path) {
                return Err(Fault::UnknownKey { nearest: self.nearest(parent, name), key: path });
            }
            if !self.is_section(&path) {
                continue;
            }
            let items = value.as_array().into_iter().flatten().filter_map(Value::as_table);
            for table in value.as_table().into_iter().chain(items) {
                self.check_below(table, &path)?;
            }
        }
        Ok(())
    }

    /// Whether the keys below one are known. A table with names of any kind, such as the claims of a
    /// rule, is checked by its type alone.
    fn is_section(&self, path: &str) -> bool {
        let below = joined(path, "");
        self.0.range(below.clone()..).next().is_some_and(|(key, _)| key.starts_with(&below))
    }

    /// Keys like that of the same section, or else of that name in others.
    fn nearest(&self, parent: &str, name: &str) -> Vec<String> {
        let siblings = self.0.keys().map(|path| split(path)).filter(|(section, _)| *section == parent);
        let like: Vec<_> = nearest(name, siblings.map(|(_, last)| last));
        if !like.is_empty() {
            return like.into_iter().map(|last| joined(parent, last)).collect();
        }
        let elsewhere = self.0.keys().filter(|path| split(path).1 == name);
        elsewhere.cloned().collect()
    }
}

/// The section and the last name of a key.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

pub(super) fn joined(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}

/// The schema that a property refers to, or itself; that of an optional one is the one beside null.
fn resolve<'a>(root: &'a Json, property: &'a Json) -> &'a Json {
    let present = property.get("anyOf").and_then(Json::as_array).and_then(|any| match any.as_slice() {
        [present, null] if null.get("type").is_some_and(|t| t == "null") => Some(present),
        _ => None,
    });
    let property = present.unwrap_or(property);
    let pointer = property.get("$ref").and_then(Json::as_str).and_then(|r| r.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(property)
}

impl Key {
    fn new(property: &Json, resolved: &Json, items: &Json) -> Self {
        let values = values(resolved);
        Self {
            description: text(property, "description").or(text(resolved, "description")).unwrap_or_default(),
            kind: kind(resolved, items, &values),
            default: property.get("default").filter(|default| !default.is_null()).map(Json::to_string),
            values,
            ..Self::default()
        }
    }
}

fn text(schema: &Json, key: &str) -> Option<String> {
    // The lines of a comment are one sentence after the other.
    schema.get(key).and_then(Json::as_str).map(|text| text.replace('\n', " "))
}

/// The constants that a value is one of.
fn values(schema: &Json) -> Vec<(String, String)> {
    let value = |one: &Json| Some((one.get("const")?.to_string(), text(one, "description")?));
    schema.get("oneOf").and_then(Json::as_array).into_iter().flatten().filter_map(value).collect()
}

fn kind(schema: &Json, items: &Json, values: &[(String, String)]) -> String {
    if let Some(title) = text(schema, "title") {
        return title;
    }
    if !values.is_empty() {
        return alternatives(values);
    }
    let name = match schema.get("type") {
        Some(Json::Array(names)) => names.iter().find(|name| *name != "null").and_then(Json::as_str),
        name => name.and_then(Json::as_str),
    };
    match name {
        Some("object") | None => String::new(),
        Some("array") if items.get("properties").is_some() => "list of tables".to_owned(),
        Some("array") => format!("list of {}s", text(items, "type").unwrap_or_default()),
        Some(name) => name.to_owned(),
    }
}

/// Values in words: `a`, `b` or `c`.
fn alternatives(values: &[(String, String)]) -> String {
    let quoted: Vec<_> = values.iter().map(|(value, _)| format!("`{value}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
