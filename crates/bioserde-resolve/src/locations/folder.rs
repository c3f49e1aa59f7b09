use std::io;
use std::path::{Path, PathBuf};

use bioserde_crypt4gh::SUFFIX;
use bioserde_storage::Error as StorageError;

use super::{InvalidLocation, Object, id};
use crate::Result;

/// A folder, and all that is reached without leaving it.
#[derive(Debug)]
pub(super) struct Folder {
    /// Canonical: absolute and without symbolic links.
    root: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> std::result::Result<Self, InvalidLocation> {
        let name = || path.display().to_string();
        let root =
            path.canonicalize().map_err(|source| InvalidLocation::Unreachable { path: name(), source })?;
        if root.is_dir() { Ok(Self { root }) } else { Err(InvalidLocation::NoFolder { path: name() }) }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The first file with one of the suffixes, the plain one before the encrypted.
    pub(super) fn find(&self, relative: &str, suffixes: &[&str]) -> Result<Option<Object>> {
        for suffix in suffixes {
            for encryption in ["", SUFFIX] {
                if let Some(path) = self.file(&format!("{relative}{suffix}{encryption}"))? {
                    return Ok(Some(Object { path, index: None, root: Some(self.root.clone()) }));
                }
            }
        }
        Ok(None)
    }

    /// The path of a regular file that lies inside, all links followed.
    pub(super) fn file(&self, relative: &str) -> Result<Option<PathBuf>> {
        if !id::is_path(relative) {
            return Ok(None);
        }
        let path = self.root.join(relative);
        let Some(target) = known(path.canonicalize(), &path)? else { return Ok(None) };
        if !target.starts_with(&self.root) {
            return Ok(None);
        }
        let is_file = known(target.metadata(), &path)?.is_some_and(|found| found.is_file());
        Ok(is_file.then_some(path))
    }
}

/// The answer of the file system; nothing where it says that there is no such name.
pub(super) fn known<T>(answer: io::Result<T>, path: &Path) -> Result<Option<T>> {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(e) if matches!(e.kind(), InvalidFilename | NotADirectory | NotFound) => Ok(None),
        Err(source) => {
            Err(StorageError::Io { path: path.display().to_string(), action: "look up", source }.into())
        }
    }
}
