//! Files and streams under Crypt4GH, as if they were not.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use bioserde_crypt4gh::{Content, ENCRYPTED_SEGMENT, Error, Header, Keyring, Reader, Segments, Sequential};

use crate::source::Positioned;

/// How an encrypted source is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decryption {
    pub(crate) keys: Keyring,
    /// Takes a file that ends too early as far as its whole segments go.
    pub(crate) allow_truncated: bool,
}

impl Decryption {
    fn content(&self, input: &mut impl Read) -> Result<Arc<Content>, Error> {
        let content = Content::new(Header::read(input, &self.keys)?);
        Ok(Arc::new(if self.allow_truncated { content.allow_truncated() } else { content }))
    }

    /// What is in an encrypted file of `size` bytes, and how many bytes that is.
    pub(crate) fn of_file(&self, file: &Arc<File>, size: u64) -> Result<(Arc<Content>, u64), Error> {
        let mut start = io::BufReader::new(Positioned { file: Arc::clone(file), offset: 0 });
        let content = self.content(&mut start)?;
        let length = content.length(size)?;
        Ok((content, length))
    }

    /// What is in an encrypted stream.
    pub(crate) fn of_stream(
        &self,
        mut stream: impl Read + Send + 'static,
    ) -> Result<Box<dyn Read + Send>, Error> {
        let content = self.content(&mut stream)?;
        Ok(Box::new(Reader::new(content, Sequential::new(stream), 0)))
    }
}

/// The decrypted bytes of a file from a place on.
pub(crate) fn read_from(file: &Arc<File>, content: &Arc<Content>, offset: u64) -> impl Read + Send + use<> {
    let segments = FileSegments { file: Arc::clone(file), content: Arc::clone(content) };
    Reader::new(Arc::clone(content), segments, offset)
}

#[derive(Debug)]
struct FileSegments {
    file: Arc<File>,
    content: Arc<Content>,
}

impl Segments for FileSegments {
    fn read(&mut self, segment: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let offset = self.content.segment_offset(segment);
        bytes.clear();
        let from = Positioned { file: Arc::clone(&self.file), offset };
        from.take(ENCRYPTED_SEGMENT as u64).read_to_end(bytes)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use bioserde_crypt4gh::{Encryptor, SEGMENT, SecretKey};

    use super::*;
    use crate::{Error as StorageError, Source};

    fn sample() -> (Vec<u8>, Vec<u8>, Keyring) {
        let key = SecretKey::generate().unwrap();
        let plain: Vec<u8> = (0..2 * SEGMENT + 99).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let mut file = Vec::new();
        let mut encryptor = Encryptor::new(&[key.public_key()]).unwrap();
        encryptor.write(&plain, &mut file).unwrap();
        encryptor.finish(&mut file).unwrap();
        (plain, file, [key].into_iter().collect())
    }

    #[test]
    fn an_encrypted_file_is_read_at_any_place() {
        let (plain, file, keys) = sample();
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), file).unwrap();
        let source = Source::open_path(path.path()).unwrap().decrypted(&keys, false).unwrap();
        assert!(source.is_encrypted() && source.is_unchanged());
        assert_eq!((source.size(), source.peek(3).unwrap()), (Some(plain.len() as u64), plain[..3].to_vec()));
        for at in [0, 1, SEGMENT - 1, SEGMENT, 2 * SEGMENT + 98, plain.len(), plain.len() + 1] {
            let rest = plain.get(at..).unwrap_or_default();
            assert_eq!(source.read_at(at as u64, 70_000).unwrap(), rest[..rest.len().min(70_000)]);
        }
    }

    #[test]
    fn an_encrypted_stream_is_read_in_order() {
        let (plain, file, keys) = sample();
        let source = Source::from_stream("x", Box::new(Cursor::new(file))).decrypted(&keys, false).unwrap();
        assert!(source.is_encrypted());
        let mut bytes = Vec::new();
        source.stream(0).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, plain);
    }

    #[test]
    fn what_is_not_encrypted_stays_as_it_is() {
        let source = Source::from_stream("x", Box::new(Cursor::new(b"crypt4g".to_vec())));
        let source = source.decrypted(&Keyring::default(), false).unwrap();
        assert!(!source.is_encrypted());
        assert_eq!(source.peek(9).unwrap(), b"crypt4g");
    }

    #[test]
    fn a_missing_key_is_told_with_advice() {
        let (_, file, _) = sample();
        let source = Source::from_stream("x", Box::new(Cursor::new(file)));
        let error = source.decrypted(&Keyring::default(), false).unwrap_err();
        assert!(matches!(&error, StorageError::Crypt4gh { source: Error::KeyNeeded, .. }));
        assert!(error.hint().unwrap().contains("C4GH_SECRET_KEY"));
    }

    #[test]
    fn a_file_cut_in_a_segment_is_taken_as_far_as_it_goes_if_that_is_allowed() {
        let (plain, file, keys) = sample();
        for left_out in [1, 40, 120] {
            let cut = Cursor::new(file[..file.len() - left_out].to_vec());
            let read = |allowed| {
                let source =
                    Source::from_stream("x", Box::new(cut.clone())).decrypted(&keys, allowed).unwrap();
                let mut bytes = Vec::new();
                source.stream(0).unwrap().read_to_end(&mut bytes).map(|_| bytes)
            };
            assert_eq!(read(false).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            assert_eq!(read(true).unwrap(), plain[..2 * SEGMENT]);
        }
    }
}
