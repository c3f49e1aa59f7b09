mod error;
mod file;
mod folder;
mod id;
mod list;
mod pattern;

use std::path::PathBuf;

use crate::Result;
use file::NamedFile;
use folder::Folder;
use pattern::Pattern;

pub use error::InvalidLocation;
pub use list::{Listed, Listing};

/// A place where a server looks for the file of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Every id is the path of a file below a folder, without its suffix.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Whole segments that the ids begin with and the paths lack, such as `study1/`; or empty.
        prefix: String,
    },
    /// One id is one file, wherever it lies.
    File {
        /// The id.
        id: String,
        /// The file. A symbolic link may lead anywhere: it was named.
        path: PathBuf,
        /// Its index, where that does not lie beside it.
        index: Option<PathBuf>,
    },
    /// Every id that matches a regular expression as a whole becomes a path below a folder, without
    /// its suffix.
    Pattern {
        /// The folder.
        path: PathBuf,
        /// The regular expression, in the syntax of the crate `regex`.
        regex: String,
        /// The path, in which `$1`, `${1}` and `${name}` stand for groups and `$$` for a dollar sign.
        substitution: String,
    },
}

/// The file that belongs to an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The file, absolute. The name may be that of a symbolic link, since an index lies beside it.
    pub path: PathBuf,
    /// Its index, where the location names one.
    pub index: Option<PathBuf>,
    /// The folder, canonical, that nothing beside the file may lead out of; nothing where the file itself was named.
    pub root: Option<PathBuf>,
}

/// Where the files of a server's ids lie: the first location that has a file for an id gives it.
///
/// An id is a path with `/` between its segments (htsget §"URL parameters": free text). None has
/// more than 1024 bytes, an empty segment, one that begins with a dot, or one of more than 255 bytes,
/// a backslash, a control character or the prefix of a Windows path; and nothing is found below a
/// folder that a symbolic link leads out of. Such ids are as unknown as those without a file.
#[derive(Debug)]
pub struct Locations(Vec<Place>);

/// A location that was found to be usable.
#[derive(Debug)]
enum Place {
    Folder { folder: Folder, prefix: String },
    File(NamedFile),
    Pattern { folder: Folder, pattern: Pattern },
}

impl Locations {
    /// Checks locations, which are then looked into in this order.
    ///
    /// # Errors
    ///
    /// There is none; or a folder or file is missing; or an id, a prefix, a regular expression or a
    /// substitution cannot be used.
    pub fn new(locations: impl IntoIterator<Item = Location>) -> std::result::Result<Self, InvalidLocation> {
        let places = locations.into_iter().map(Place::new).collect::<std::result::Result<Vec<_>, _>>()?;
        if places.is_empty() { Err(InvalidLocation::None) } else { Ok(Self(places)) }
    }

    /// The file of an id: the first that exists, by locations and within each by `suffixes`, which
    /// begin with a dot. After each suffix the same with `.c4gh`, an encrypted file, is tried. The id is taken as
    /// it is: its percent-encoding was undone before.
    ///
    /// A file that is renamed or linked anew between this call and its opening is not noticed.
    ///
    /// # Errors
    ///
    /// The file system refuses to tell whether a file exists.
    pub fn find(&self, id: &str, suffixes: &[&str]) -> Result<Option<Object>> {
        if !id::is_path(id) {
            return Ok(None);
        }
        first(&self.0, id, suffixes)
    }
}

/// The first file that one of the places has for an id that is a path.
fn first(places: &[Place], id: &str, suffixes: &[&str]) -> Result<Option<Object>> {
    places.iter().find_map(|place| place.find(id, suffixes).transpose()).transpose()
}

impl Place {
    fn new(location: Location) -> std::result::Result<Self, InvalidLocation> {
        Ok(match location {
            Location::Folder { path, prefix } => {
                let bare = prefix.strip_suffix('/').unwrap_or(&prefix);
                if !bare.is_empty() && !id::is_path(bare) {
                    return Err(InvalidLocation::Prefix { prefix });
                }
                Self::Folder { folder: Folder::new(&path)?, prefix: bare.to_owned() }
            }
            Location::File { id, path, index } => Self::File(NamedFile::new(id, &path, index.as_deref())?),
            Location::Pattern { path, regex, substitution } => {
                Self::Pattern { folder: Folder::new(&path)?, pattern: Pattern::new(&regex, &substitution)? }
            }
        })
    }

    fn find(&self, id: &str, suffixes: &[&str]) -> Result<Option<Object>> {
        match self {
            Self::Folder { folder, prefix } => match without_prefix(id, prefix) {
                Some(relative) => folder.find(relative, suffixes),
                None => Ok(None),
            },
            Self::File(file) => file.find(id, suffixes),
            Self::Pattern { folder, pattern } => match pattern.path(id) {
                Some(relative) => folder.find(&relative, suffixes),
                None => Ok(None),
            },
        }
    }
}

/// What follows whole segments at the beginning of an id.
fn without_prefix<'a>(id: &'a str, prefix: &str) -> Option<&'a str> {
    if prefix.is_empty() { Some(id) } else { id.strip_prefix(prefix)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests;
