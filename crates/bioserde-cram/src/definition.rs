use std::fmt;

use crate::fault::CramFault;

/// The file definition (§6): magic, version and an id that nobody needs.
pub(crate) const LEN: u64 = 26;

/// The version of a file: 2.0, 2.1, 3.0 or 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub(crate) major: u8,
    pub(crate) minor: u8,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// Reads a file definition, of a file that starts with the magic.
    ///
    /// # Errors
    ///
    /// It is not whole, or the version is another.
    pub fn parse(definition: &[u8]) -> Result<Self, CramFault> {
        let truncated = CramFault::Truncated { what: "the file definition" };
        let Some(&[major, minor, ..]) = definition.strip_prefix(b"CRAM") else { return Err(truncated) };
        if definition.len() as u64 != LEN {
            return Err(truncated);
        }
        match (major, minor) {
            (2 | 3, 0 | 1) => Ok(Self { major, minor }),
            _ => Err(CramFault::Version { major, minor }),
        }
    }

    /// Whether container headers and blocks end with a checksum.
    pub fn has_checksums(self) -> bool {
        self.major >= 3
    }

    /// The container that marks the end of a file (§9); empty for 2.0, which has none.
    pub fn eof_container(self) -> &'static [u8] {
        match (self.major, self.minor) {
            (2, 0) => &[],
            (2, _) => EOF_2,
            _ => EOF_3,
        }
    }

    /// The length of the mark at the end of a file that ends with `tail`, if it has one.
    ///
    /// Writers of 2.0 may set the mark of 2.1 all the same. A reference sequence id of -1 has four bits
    /// that are not used, which some writers set.
    pub fn eof_len(self, tail: &[u8]) -> Option<u64> {
        let mark = if self.major == 2 { EOF_2 } else { EOF_3 };
        let (_, tail) = tail.split_at_checked(tail.len().checked_sub(mark.len())?)?;
        let same = |(at, (a, b)): (usize, (&u8, &u8))| a == b || (at == 8 && a & 0x0f == *b);
        tail.iter().zip(mark).enumerate().all(same).then_some(mark.len() as u64)
    }
}

/// The length of the longest mark of the end, in bytes.
pub const MAX_EOF_LEN: u64 = EOF_3.len() as u64;

const EOF_2: &[u8] =
    b"\x0b\0\0\0\xff\xff\xff\xff\x0f\xe0\x45\x4f\x46\0\0\0\0\x01\0\0\x01\0\x06\x06\x01\0\x01\0\x01\0";
/// The container that marks the end of a file of version 3 (CRAMv3 §9).
pub const EOF_3: &[u8] = b"\x0f\0\0\0\xff\xff\xff\xff\x0f\xe0\x45\x4f\x46\0\0\0\0\x01\0\x05\xbd\xd9\x4f\0\x01\0\x06\x06\x01\0\x01\0\x01\0\xee\x63\x01\x4b";

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(major: u8, minor: u8) -> [u8; 26] {
        let mut bytes = [0; 26];
        bytes[..4].copy_from_slice(b"CRAM");
        (bytes[4], bytes[5]) = (major, minor);
        bytes
    }

    #[test]
    fn four_versions_are_known() {
        let eof = |major, minor| Version::parse(&definition(major, minor)).unwrap().eof_container().len();
        assert_eq!([eof(2, 0), eof(2, 1), eof(3, 0), eof(3, 1)], [0, 30, 38, 38]);
        for (major, minor) in [(1, 0), (2, 2), (3, 2), (4, 0), (0, 0)] {
            let error = Version::parse(&definition(major, minor)).unwrap_err();
            assert!(error.to_string().starts_with(&format!("CRAM version {major}.{minor} is not")));
        }
        assert!(matches!(Version::parse(&definition(3, 0)[..25]), Err(CramFault::Truncated { .. })));
        assert!(matches!(Version::parse(b"CRAM\x03"), Err(CramFault::Truncated { .. })));
    }

    #[test]
    fn the_mark_is_seen_in_either_form() {
        let version = |major, minor| Version::parse(&definition(major, minor)).unwrap();
        assert_eq!(version(3, 1).eof_len(&[b"xx", EOF_3].concat()), Some(38));
        assert_eq!(version(2, 1).eof_len(&[b"xx", EOF_2].concat()), Some(30));
        assert_eq!(version(2, 0).eof_len(EOF_2), Some(30));
        assert_eq!(version(3, 0).eof_len(EOF_2), None);
        assert_eq!(version(3, 0).eof_len(&EOF_3[1..]), None);
        let mut other = EOF_3.to_vec();
        other[8] = 0xff;
        assert_eq!(version(3, 0).eof_len(&other), Some(38));
        other[8] = 0xfe;
        assert_eq!(version(3, 0).eof_len(&other), None);
    }
}
