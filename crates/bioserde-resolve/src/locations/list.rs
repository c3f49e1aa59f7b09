use std::collections::VecDeque;
use std::fs::{self, DirEntry, FileType};
use std::path::PathBuf;

use bioserde_crypt4gh::SUFFIX;

use super::file::NamedFile;
use super::folder::Folder;
use super::{Locations, Object, Place, first, id};
use crate::Result;

/// What the locations of a server hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files, by id and then by suffix, each suffix of an id once.
    pub files: Vec<Listed>,
    /// Whether the limit was reached, so that files may be missing here.
    pub is_cut: bool,
    /// Folders and files that could not be read, and whose contents are therefore missing here.
    pub unreadable: Vec<PathBuf>,
}

/// A file that an id leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What [`Locations::find`] finds it by.
    pub id: String,
    /// The suffix that goes with the id.
    pub suffix: &'static str,
    /// The file.
    pub object: Object,
}

impl Locations {
    /// The files with one of the suffixes and their ids, looking at no more than `limit` names.
    ///
    /// Folders are walked level by level. Links to folders are not, since what lies inside the root
    /// is met without them. Hidden files are left out, and so are ids that only a regular expression
    /// gives, as they cannot be told from it.
    pub fn list(&self, suffixes: &[&'static str], limit: usize) -> Listing {
        let mut walk = Walk { suffixes, left: limit, listing: Listing::default() };
        for (at, place) in self.0.iter().enumerate() {
            let earlier = self.0.get(..at).unwrap_or_default();
            match place {
                Place::Folder { folder, prefix } => walk.folder(folder, prefix, earlier),
                Place::File(file) => walk.named(file, earlier),
                Place::Pattern { .. } => {}
            }
        }
        walk.listing.files.sort_by(|a, b| (&a.id, a.suffix).cmp(&(&b.id, b.suffix)));
        walk.listing
    }
}

struct Walk<'a> {
    suffixes: &'a [&'static str],
    left: usize,
    listing: Listing,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Folder, prefix: &str, earlier: &[Place]) {
        let mut waiting = VecDeque::from([String::new()]);
        while let Some(parent) = waiting.pop_front() {
            for (name, kind) in self.names(folder, &parent) {
                let relative = if parent.is_empty() { name } else { format!("{parent}/{name}") };
                if kind.is_dir() {
                    waiting.push_back(relative);
                } else {
                    self.file(folder, prefix, &relative, earlier);
                }
            }
        }
    }

    /// The names in a folder that ids can have, sorted.
    fn names(&mut self, folder: &Folder, parent: &str) -> Vec<(String, FileType)> {
        let path = folder.root().join(parent);
        let Ok(entries) = fs::read_dir(&path) else {
            self.listing.unreadable.push(path);
            return Vec::new();
        };
        let mut names = Vec::new();
        for entry in entries {
            if self.left == 0 {
                self.listing.is_cut = true;
                break;
            }
            self.left -= 1;
            match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
                Ok((kind, entry)) => names.extend(usable_name(&entry).map(|name| (name, kind))),
                Err(_) => self.listing.unreadable.push(path.clone()),
            }
        }
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names
    }

    /// Adds a file below a folder, if it is one and no earlier location has its id.
    fn file(&mut self, folder: &Folder, prefix: &str, relative: &str, earlier: &[Place]) {
        let Some((stem, suffix)) = self.split(relative) else { return };
        let id = if prefix.is_empty() { stem.to_owned() } else { format!("{prefix}/{stem}") };
        if !id::is_path(&id) {
            return;
        }
        let plain = relative.strip_suffix(SUFFIX).map(|plain| folder.file(plain));
        if let Some(Ok(Some(_))) = plain {
            return;
        }
        let found = folder
            .file(relative)
            .map(|path| path.map(|path| Object { path, index: None, root: Some(folder.root().to_owned()) }));
        let shadow = first(earlier, &id, &[suffix]);
        self.add(id, suffix, found, shadow, folder.root().join(relative));
    }

    /// Adds the file of an exact id, under the longest suffix: one with `.vcf.gz` has `.gz` too.
    fn named(&mut self, file: &NamedFile, earlier: &[Place]) {
        if self.left == 0 {
            self.listing.is_cut = true;
            return;
        }
        self.left -= 1;
        let name = file.path.to_string_lossy();
        let Some((_, suffix)) = self.split(&name) else { return };
        let found = file.find(&file.id, &[suffix]);
        let shadow = first(earlier, &file.id, &[suffix]);
        self.add(file.id.clone(), suffix, found, shadow, file.path.clone());
    }

    fn add(
        &mut self,
        id: String,
        suffix: &'static str,
        found: Result<Option<Object>>,
        shadow: Result<Option<Object>>,
        path: PathBuf,
    ) {
        match (found, shadow) {
            (Ok(Some(object)), Ok(None)) => self.listing.files.push(Listed { id, suffix, object }),
            (Ok(_), Ok(_)) => {}
            (Err(_), _) | (_, Err(_)) => self.listing.unreadable.push(path),
        }
    }

    /// A name without the longest suffix that it has, and without that of encrypted files.
    fn split<'n>(&self, name: &'n str) -> Option<(&'n str, &'static str)> {
        let name = name.strip_suffix(SUFFIX).unwrap_or(name);
        let split = |suffix: &&'static str| Some((name.strip_suffix(*suffix)?, *suffix));
        let longest = self.suffixes.iter().filter_map(split).max_by_key(|(_, suffix)| suffix.len());
        longest.filter(|(stem, _)| !stem.is_empty() && !stem.ends_with('/'))
    }
}

fn usable_name(entry: &DirEntry) -> Option<String> {
    entry.file_name().into_string().ok().filter(|name| id::is_segment(name))
}
