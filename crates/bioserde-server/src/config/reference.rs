use std::fmt::{self, Write};

use super::keys::{Key, Keys};
use super::variable;

const INTRODUCTION: &str = include_str!("introduction.md");

/// docs/config.md: how a server is configured, and every key.
pub fn reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    // A text takes whatever is written to it.
    let _ = write(&mut text, &Keys::new());
    text
}

fn write(out: &mut String, keys: &Keys) -> fmt::Result {
    let is_top = |name: &str| !name.contains('.');
    out.push_str("\n## Keys outside of sections\n");
    for (name, key) in keys.0.iter().filter(|(name, key)| is_top(name) && is_leaf(key)) {
        write_key(out, name, key)?;
    }
    for (section, of) in keys.0.iter().filter(|(_, key)| key.kind.is_empty() || is_list(key)) {
        let heading = if is_list(of) { format!("[[{section}]]") } else { format!("[{section}]") };
        write!(out, "\n## `{heading}`\n")?;
        if is_list(of) {
            write!(out, "\n{}; `{}`\n", of.kind, variable::name(section))?;
        }
        write!(out, "\n{}\n", of.description)?;
        let is_inside = |name: &str| name.rsplit_once('.').is_some_and(|(parent, _)| parent == section);
        for (name, key) in keys.0.iter().filter(|(name, key)| is_inside(name) && is_leaf(key)) {
            write_key(out, name, key)?;
        }
    }
    Ok(())
}

fn is_list(key: &Key) -> bool {
    key.kind == "list of tables"
}

fn is_leaf(key: &Key) -> bool {
    !key.kind.is_empty() && !is_list(key)
}

fn write_key(out: &mut String, name: &str, key: &Key) -> fmt::Result {
    write!(out, "\n### `{name}`\n\n{}", key.kind)?;
    match &key.default {
        Some(default) => write!(out, "; default `{default}`")?,
        None if key.is_required => write!(out, "; required")?,
        None => write!(out, "; optional")?,
    }
    if !key.is_of_list {
        write!(out, "; `{}`", variable::name(name))?;
    }
    write!(out, "\n\n{}\n", key.description)?;
    if !key.values.is_empty() {
        out.push('\n');
    }
    key.values.iter().try_for_each(|(value, meaning)| writeln!(out, "- `{value}`: {meaning}"))
}
