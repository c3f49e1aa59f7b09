use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use bioserde_crypt4gh::{Encryptor, PublicKey, SUFFIX};

use crate::{Error, Result};

/// An output that appears under its name only when it is whole.
///
/// A file is written beside its final name as `.NAME.PID.partial`, synced and renamed by
/// [`Target::commit`]; dropped without it, the partial file is removed. Standard output (`-`) is
/// written as it comes.
#[derive(Debug)]
pub struct Target {
    name: String,
    kind: Kind,
    encryptor: Option<Encryptor>,
    recipients: Vec<PublicKey>,
}

#[derive(Debug)]
enum Kind {
    Stdout(BufWriter<io::Stdout>),
    File { file: Option<BufWriter<File>>, partial: PathBuf, path: PathBuf, overwrite: bool },
}

impl Target {
    /// Prepares an output at `path`, or on standard output for `-`. The file at `path` must not exist
    /// unless `overwrite` is set; a device or pipe is written directly.
    pub fn create(path: &str, overwrite: bool) -> Result<Self> {
        let name = path.to_owned();
        if path == "-" {
            let name = "standard output".to_owned();
            return Ok(Self::plain(name, Kind::Stdout(BufWriter::with_capacity(1 << 20, io::stdout()))));
        }
        let final_path = PathBuf::from(path);
        if let Ok(metadata) = fs::metadata(&final_path) {
            if metadata.is_dir() {
                return Err(Error::io(path, "write")(io::Error::from(io::ErrorKind::IsADirectory)));
            }
            if !metadata.is_file() {
                let file = OpenOptions::new().write(true).open(path).map_err(Error::io(path, "open"))?;
                let kind = Kind::File {
                    file: Some(BufWriter::with_capacity(1 << 20, file)),
                    partial: PathBuf::new(),
                    path: PathBuf::new(),
                    overwrite,
                };
                return Ok(Self::plain(name, kind));
            }
            if !overwrite {
                return Err(Error::Exists { path: name });
            }
        }
        let partial = partial_path(&final_path);
        let file = File::create(&partial).map_err(Error::io(path, "create"))?;
        let file = Some(BufWriter::with_capacity(1 << 20, file));
        Ok(Self::plain(name, Kind::File { file, partial, path: final_path, overwrite }))
    }

    fn plain(name: String, kind: Kind) -> Self {
        Self { name, kind, encryptor: None, recipients: Vec::new() }
    }

    /// The same output under Crypt4GH, for each of some recipients. Nothing may have been written.
    ///
    /// # Errors
    ///
    /// There is no recipient, or one of the public keys is not fit.
    pub fn encrypted(mut self, recipients: &[PublicKey]) -> Result<Self> {
        let encryptor = Encryptor::new(recipients);
        let fault = |source| Error::Crypt4gh { path: self.name.clone(), action: "encrypt", source };
        self.encryptor = Some(encryptor.map_err(fault)?);
        self.recipients = recipients.to_vec();
        Ok(self)
    }

    /// Prepares an output beside this one, named like it with `suffix` after, which may replace a file
    /// where this one may; nothing for standard output, devices and pipes. Beside what is encrypted it is
    /// encrypted for the same recipients, and its name ends with `.c4gh`.
    ///
    /// # Errors
    ///
    /// As [`Target::create`].
    pub fn beside(&self, suffix: &str) -> Result<Option<Self>> {
        match &self.kind {
            Kind::File { partial, overwrite, .. } if !partial.as_os_str().is_empty() => {
                let path = format!("{}{suffix}", self.name);
                if self.recipients.is_empty() {
                    return Self::create(&path, *overwrite).map(Some);
                }
                let target = Self::create(&format!("{path}{SUFFIX}"), *overwrite)?;
                target.encrypted(&self.recipients).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The path as the user gave it, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Closes the partial file and gives its path to a library that opens files itself; nothing for
    /// standard output, devices, pipes and what is encrypted.
    pub fn take_path(&mut self) -> Option<&Path> {
        match &mut self.kind {
            Kind::File { file, partial, .. }
                if !partial.as_os_str().is_empty() && self.encryptor.is_none() =>
            {
                *file = None;
                Some(partial)
            }
            _ => None,
        }
    }

    /// Wraps an error of writing here.
    pub fn error(&self, source: io::Error) -> Error {
        Error::io(&self.name, "write")(source)
    }

    /// Makes the output visible under its name, its bytes on disk.
    pub fn commit(mut self) -> Result<()> {
        if let Some(encryptor) = self.encryptor.take() {
            encryptor.finish(&mut self.kind).map_err(Error::io(&self.name, "write"))?;
        }
        self.flush().map_err(Error::io(&self.name, "write"))?;
        let Kind::File { file, partial, path, overwrite } = &mut self.kind else { return Ok(()) };
        if partial.as_os_str().is_empty() {
            return Ok(());
        }
        let synced = match file.take() {
            Some(file) => {
                file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|f| f.sync_all())
            }
            None => File::open(&partial).and_then(|f| f.sync_all()),
        };
        synced.map_err(Error::io(&self.name, "write"))?;
        if *overwrite {
            fs::rename(&partial, &path).map_err(Error::io(&self.name, "rename to"))?;
        } else {
            publish_new(partial, path, &self.name)?;
        }
        // Dropping must not remove what is now published.
        *partial = PathBuf::new();
        Ok(())
    }
}

/// Gives the partial file its name unless another file took the name meanwhile: a hard link fails
/// where a rename would replace. File systems without hard links get the rename.
fn publish_new(partial: &Path, path: &Path, name: &str) -> Result<()> {
    match fs::hard_link(partial, path) {
        Ok(()) => fs::remove_file(partial).map_err(Error::io(name, "rename to")),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists { path: name.to_owned() }),
        Err(_) => fs::rename(partial, path).map_err(Error::io(name, "rename to")),
    }
}

fn partial_path(path: &Path) -> PathBuf {
    let mut file_name = OsString::from(".");
    file_name.push(path.file_name().unwrap_or_default());
    file_name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(file_name)
}

impl Write for Target {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let Some(encryptor) = &mut self.encryptor else { return self.kind.write(buf) };
        encryptor.write(buf, &mut self.kind)?;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.kind.flush()
    }
}

impl Write for Kind {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(buf),
            Self::File { file: Some(file), .. } => file.write(buf),
            Self::File { file: None, .. } => Err(io::Error::other("the file was handed over by take_path")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File { file: Some(file), .. } => file.flush(),
            Self::File { file: None, .. } => Ok(()),
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Kind::File { file, partial, .. } = &mut self.kind
            && !partial.as_os_str().is_empty()
        {
            // The buffered rest is of no use to anyone: forget it rather than flush it.
            if let Some(file) = file.take() {
                drop(file.into_parts());
            }
            let _ = fs::remove_file(&*partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("bioserde-target-{}-{name}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn appears_only_when_committed() {
        let dir = scratch("commit");
        let path = dir.join("out");
        let mut target = Target::create(path.to_str().unwrap(), false).unwrap();
        target.write_all(b"x").unwrap();
        assert!(!path.exists());
        target.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"x");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn dropped_leaves_nothing_and_existing_is_kept() {
        let dir = scratch("drop");
        let path = dir.join("out");
        let mut target = Target::create(path.to_str().unwrap(), false).unwrap();
        target.write_all(b"x").unwrap();
        drop(target);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
        fs::write(&path, b"old").unwrap();
        assert!(matches!(Target::create(path.to_str().unwrap(), false), Err(Error::Exists { .. })));
        Target::create(path.to_str().unwrap(), true).unwrap().commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn one_beside_has_its_own_name_and_the_same_rule() {
        let dir = scratch("beside");
        let path = dir.join("out");
        fs::write(dir.join("out.idx"), b"old").unwrap();
        let target = |overwrite| Target::create(path.to_str().unwrap(), overwrite).unwrap();
        assert!(matches!(target(false).beside(".idx"), Err(Error::Exists { .. })));
        let mut beside = target(true).beside(".idx").unwrap().unwrap();
        beside.write_all(b"x").unwrap();
        beside.commit().unwrap();
        assert_eq!(fs::read(dir.join("out.idx")).unwrap(), b"x");
        assert!(Target::create("-", true).unwrap().beside(".idx").unwrap().is_none());
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn an_encrypted_output_is_for_its_recipient() {
        use bioserde_crypt4gh::{Keyring, SecretKey};
        let dir = scratch("encrypted");
        let path = dir.join("out.c4gh");
        let key = SecretKey::generate().unwrap();
        let target = Target::create(path.to_str().unwrap(), false).unwrap();
        let mut target = target.encrypted(&[key.public_key()]).unwrap();
        assert!(target.take_path().is_none());
        target.write_all(b"a row").unwrap();
        target.commit().unwrap();
        let keys: Keyring = [key].into_iter().collect();
        let source = crate::Source::open_path(&path).unwrap();
        assert!(source.peek(100).unwrap().starts_with(b"crypt4gh"));
        assert_eq!(source.decrypted(&keys, false).unwrap().read_at(0, 100).unwrap(), b"a row");
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_file_that_appears_meanwhile_is_not_replaced() {
        let dir = scratch("race");
        let path = dir.join("out");
        let target = Target::create(path.to_str().unwrap(), false).unwrap();
        fs::write(&path, b"other").unwrap();
        assert!(matches!(target.commit(), Err(Error::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"other");
        fs::remove_dir_all(dir).unwrap();
    }
}
