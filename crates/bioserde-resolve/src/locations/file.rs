use std::path::{Path, PathBuf, absolute};

use bioserde_crypt4gh::SUFFIX;

use super::folder::known;
use super::{InvalidLocation, Object, id};
use crate::Result;

/// A file under an id of its own.
#[derive(Debug)]
pub(super) struct NamedFile {
    pub(super) id: String,
    pub(super) path: PathBuf,
    index: Option<PathBuf>,
}

impl NamedFile {
    pub(super) fn new(
        id: String,
        path: &Path,
        index: Option<&Path>,
    ) -> std::result::Result<Self, InvalidLocation> {
        if !id::is_path(&id) {
            return Err(InvalidLocation::Id { id });
        }
        Ok(Self { id, path: regular(path)?, index: index.map(regular).transpose()? })
    }

    /// The file, if this is its id and its name ends with one of the suffixes.
    pub(super) fn find(&self, id: &str, suffixes: &[&str]) -> Result<Option<Object>> {
        let name = self.path.file_name().map(|name| name.to_string_lossy());
        let decrypted = |name: &str| name.strip_suffix(SUFFIX).unwrap_or(name).to_owned();
        let name = name.map(|name| decrypted(&name));
        let has_suffix = |name: &str| suffixes.iter().any(|suffix| name.ends_with(suffix));
        if id != self.id || !name.is_some_and(|name| has_suffix(&name)) {
            return Ok(None);
        }
        // It may have gone since the location was made.
        let is_file = known(self.path.metadata(), &self.path)?.is_some_and(|found| found.is_file());
        Ok(is_file.then(|| Object { path: self.path.clone(), index: self.index.clone(), root: None }))
    }
}

/// The path, absolute, if a regular file is there. The links in it stay: an index lies beside them.
fn regular(path: &Path) -> std::result::Result<PathBuf, InvalidLocation> {
    let name = || path.display().to_string();
    let unreachable = |source| InvalidLocation::Unreachable { path: name(), source };
    let is_file = path.metadata().map_err(unreachable)?.is_file();
    if is_file { absolute(path).map_err(unreachable) } else { Err(InvalidLocation::NoFile { path: name() }) }
}
