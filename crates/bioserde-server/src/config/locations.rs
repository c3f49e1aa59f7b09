use std::path::PathBuf;

use bioserde_resolve::Location as Place;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place where the files of ids are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct Location(pub Place);

/// A place where the files of ids are: a folder below which every id is the path of a file without its
/// suffix; or, with `id`, one file; or, with `regex`, a folder and what becomes of an id.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "Location")]
#[serde(deny_unknown_fields)]
struct Keys {
    /// A folder; or, with `id`, a file.
    #[schemars(title = "path")]
    path: PathBuf,
    /// Whole segments that the ids begin with and the paths lack, such as `study1/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    /// The one id that `path` is the file of.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// With `id`: the index, where it does not lie beside the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(title = "path")]
    index: Option<PathBuf>,
    /// A regular expression, in the syntax of the Rust crate `regex`. It has to match the whole id.
    #[serde(skip_serializing_if = "Option::is_none")]
    regex: Option<String>,
    /// With `regex`: the path of the file below `path`, without its suffix. `$1`, `${1}` and `${name}`
    /// stand for groups, `$$` for a dollar sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    substitution: Option<String>,
}

impl TryFrom<Keys> for Location {
    type Error = &'static str;

    fn try_from(keys: Keys) -> Result<Self, Self::Error> {
        let Keys { path, prefix, id, index, regex, substitution } = keys;
        Ok(Self(match (prefix, id, index, regex, substitution) {
            (prefix, None, None, None, None) => Place::Folder { path, prefix: prefix.unwrap_or_default() },
            (None, Some(id), index, None, None) => Place::File { id, path, index },
            (None, None, None, Some(regex), Some(substitution)) => {
                Place::Pattern { path, regex, substitution }
            }
            (_, None, Some(_), _, _) => return Err("`index` needs an `id`"),
            (_, _, _, Some(_), None) => return Err("`regex` needs a `substitution`"),
            (_, _, _, None, Some(_)) => return Err("`substitution` needs a `regex`"),
            _ => return Err("of `prefix`, `id` and `regex` a location has one at most"),
        }))
    }
}

impl From<Location> for Keys {
    fn from(Location(place): Location) -> Self {
        let bare = |path| Self { path, prefix: None, id: None, index: None, regex: None, substitution: None };
        match place {
            Place::Folder { path, prefix } => {
                Self { prefix: Some(prefix).filter(|prefix| !prefix.is_empty()), ..bare(path) }
            }
            Place::File { id, path, index } => Self { id: Some(id), index, ..bare(path) },
            Place::Pattern { path, regex, substitution } => {
                Self { regex: Some(regex), substitution: Some(substitution), ..bare(path) }
            }
        }
    }
}
