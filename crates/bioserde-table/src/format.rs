use std::fmt;

/// A format that a table can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableFormat {
    /// Apache Parquet.
    Parquet,
    /// An Arrow IPC file (Feather 2).
    ArrowFile,
    /// An Arrow IPC stream.
    ArrowStream,
    /// An SQLite 3 database.
    Sqlite,
    /// JSON Lines: an object a line.
    JsonLines,
}

impl TableFormat {
    /// So many bytes [`Self::detect`] looks at.
    pub const MAGIC_LEN: usize = 16;

    /// The format of a file that begins with `head`; nothing when it is none of them.
    pub fn detect(head: &[u8]) -> Option<Self> {
        let magics: [(&[u8], Self); 4] = [
            (b"PAR1", Self::Parquet),
            (b"ARROW1", Self::ArrowFile),
            (&[0xff; 4], Self::ArrowStream),
            (b"SQLite format 3\0", Self::Sqlite),
        ];
        let found = magics.into_iter().find(|(magic, _)| head.starts_with(magic));
        found.map(|(_, format)| format).or_else(|| {
            let first = head.iter().find(|b| !b.is_ascii_whitespace());
            (first == Some(&b'{')).then_some(Self::JsonLines)
        })
    }

    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::ArrowFile => "Arrow",
            Self::ArrowStream => "Arrow stream",
            Self::Sqlite => "SQLite",
            Self::JsonLines => "JSON Lines",
        }
    }

    /// Whether it can be read from a pipe.
    pub fn streams(self) -> bool {
        matches!(self, Self::ArrowStream | Self::JsonLines)
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let of = |head: &[u8]| TableFormat::detect(head);
        assert_eq!(of(b"PAR1\x15\x04"), Some(TableFormat::Parquet));
        assert_eq!(of(b"ARROW1\0\0"), Some(TableFormat::ArrowFile));
        assert_eq!(of(&[0xff, 0xff, 0xff, 0xff, 0x10]), Some(TableFormat::ArrowStream));
        assert_eq!(of(b"SQLite format 3\0\x10\0"), Some(TableFormat::Sqlite));
        assert_eq!(of(b"\r\n  {\"pos\":1}"), Some(TableFormat::JsonLines));
        assert_eq!((of(b""), of(b"[1]"), of(b"BAM\x01"), of(b"SQLite")), (None, None, None, None));
    }
}
