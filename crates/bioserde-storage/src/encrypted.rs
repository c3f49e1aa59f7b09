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
