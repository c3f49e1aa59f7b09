//! The header of a file (Crypt4GH §2.2, §4).

use std::io::Read;

use zeroize::Zeroizing;

use crate::cipher::{CipherKey, OVERHEAD};
use crate::keys::{Keyring, PublicKey, SecretKey};
use crate::{Error, Result, packet};

/// How a file begins.
pub const MAGIC: &[u8; 8] = b"crypt4gh";
/// How the names of such files end, after that of what is in them.
pub const SUFFIX: &str = ".c4gh";
const VERSION: u32 = 1;
/// Far more than any header: most of it may be a list of edits.
const LIMIT: u64 = 64 << 20;
/// To try one key on so many takes about a second.
const MOST_PACKETS: u32 = 1 << 14;
/// The length itself, the method, the writer's public key, nonce and tag, and the type.
const SHORTEST_PACKET: usize = 4 + 4 + 32 + OVERHEAD + 4;
const DATA_KEY: u32 = 0;
const EDIT_LIST: u32 = 1;
/// ChaCha20-Poly1305.
const DATA_METHOD: u32 = 0;

/// Whether bytes begin as a Crypt4GH file does.
pub fn is_crypt4gh(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What a header says to those who hold a key to it.
#[derive(Debug)]
pub struct Header {
    pub(crate) len: u64,
    pub(crate) keys: Vec<CipherKey>,
    /// Lengths to leave out and to keep, in turn.
    pub(crate) edits: Option<Vec<u64>>,
}

impl Header {
    /// Reads a header, and not a byte more. Packets that no key opens are those of other recipients.
    ///
    /// # Errors
    ///
    /// This is no Crypt4GH file, of another version, truncated or malformed, or none of the keys opens it.
    pub fn read(input: &mut impl Read, keys: &Keyring) -> Result<Self> {
        let mut input = Limited { input, left: LIMIT };
        if input.array::<8>("its magic")? != *MAGIC {
            return Err(Error::Magic);
        }
        let version = u32::from_le_bytes(input.array("its version")?);
        if version != VERSION {
            return Err(Error::Version(version));
        }
        let count = u32::from_le_bytes(input.array("its number of packets")?);
        if count > MOST_PACKETS {
            return Err(Error::TooManyPackets { count, limit: MOST_PACKETS });
        }
        let mut opened = Opened::default();
        for number in 0..count {
            let length = u32::from_le_bytes(input.array("the length of a packet")?);
            let rest = length.checked_sub(8).ok_or(Error::PacketLength { packet: number, length })?;
            let method = u32::from_le_bytes(input.array("a packet")?);
            let sealed = input.bytes(u64::from(rest))?;
            if method != packet::METHOD {
                opened.unknown_method.get_or_insert(method);
                continue;
            }
            if sealed.len() + 8 < SHORTEST_PACKET {
                return Err(Error::PacketLength { packet: number, length });
            }
            opened.is_known = true;
            if let Some(content) = keys.iter().find_map(|key| packet::open(&sealed, key)) {
                opened.take(number, &content)?;
            }
        }
        opened.header(LIMIT - input.left, keys)
    }

    /// How many bytes of the file it takes.
    pub fn encrypted_length(&self) -> u64 {
        self.len
    }

    /// The bytes of a header that gives a data key to each of some readers.
    pub(crate) fn write(key: &CipherKey, edits: Option<&[u64]>, readers: &[PublicKey]) -> Result<Vec<u8>> {
        if readers.is_empty() {
            return Err(Error::NoRecipient);
        }
        // Nobody needs to know who wrote: a key for this header alone.
        let writer = SecretKey::generate()?;
        let mut data_key = Zeroizing::new([DATA_KEY.to_le_bytes(), DATA_METHOD.to_le_bytes()].concat());
        data_key.extend_from_slice(key.bytes());
        let edit_list = edits.map(|lengths| {
            let count = u32::try_from(lengths.len()).map_err(|_| Error::HeaderTooLong { limit: LIMIT })?;
            let mut bytes = [EDIT_LIST.to_le_bytes(), count.to_le_bytes()].concat();
            bytes.extend(lengths.iter().flat_map(|n| n.to_le_bytes()));
            Ok(Zeroizing::new(bytes))
        });
        let contents: Vec<_> = std::iter::once(data_key).chain(edit_list.transpose()?).collect();
        let packets =
            readers.iter().flat_map(|reader| contents.iter().map(|c| packet::seal(c, &writer, *reader)));
        let packets = packets.collect::<Result<Vec<_>>>()?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        let number = |n: usize| u32::try_from(n).map_err(|_| Error::HeaderTooLong { limit: LIMIT });
        bytes.extend_from_slice(&number(packets.len())?.to_le_bytes());
        for packet in packets {
            bytes.extend_from_slice(&number(packet.len() + 4)?.to_le_bytes());
            bytes.extend_from_slice(&packet);
        }
        Ok(bytes)
    }
}

/// What the packets have told so far.
#[derive(Default)]
struct Opened {
    keys: Vec<CipherKey>,
    edits: Option<Vec<u64>>,
    /// Whether any packet was for one of the keys.
    any: bool,
    /// Whether any packet is encrypted by a known method.
    is_known: bool,
    unknown_method: Option<u32>,
}

impl Opened {
    fn take(&mut self, packet: u32, content: &[u8]) -> Result<()> {
        self.any = true;
        let fault = |what| Error::Packet { packet, what };
        let (kind, content) = number(content).ok_or(fault("it has no type"))?;
        match kind {
            DATA_KEY => {
                let (method, key) = number(content).ok_or(fault("it has no method"))?;
                if method != DATA_METHOD {
                    return Err(Error::DataMethod(method));
                }
                let key: &[u8; 32] = key.try_into().map_err(|_| fault("its key has not 32 bytes"))?;
                self.keys.push(CipherKey::new(key));
            }
            EDIT_LIST if self.edits.is_some() => return Err(Error::EditLists),
            EDIT_LIST => {
                let (count, lengths) = number(content).ok_or(fault("it has no number of edits"))?;
                let (lengths, rest) = lengths.as_chunks::<8>();
                let lengths: Vec<u64> = lengths.iter().map(|n| u64::from_le_bytes(*n)).collect();
                if usize::try_from(count) != Ok(lengths.len()) || !rest.is_empty() {
                    return Err(fault("it has not the number of edits that it tells"));
                }
                if lengths.is_empty() {
                    return Err(fault("it has no edits"));
                }
                self.edits = Some(lengths);
            }
            kind => return Err(Error::PacketType { packet, kind }),
        }
        Ok(())
    }

    fn header(self, len: u64, keys: &Keyring) -> Result<Header> {
        match self.unknown_method {
            Some(method) if !self.is_known => return Err(Error::HeaderMethod(method)),
            _ if keys.is_empty() => return Err(Error::KeyNeeded),
            _ if !self.any => return Err(Error::NoKeyFits { keys: keys.len() }),
            _ if self.keys.is_empty() => return Err(Error::NoDataKey),
            _ => {}
        }
        Ok(Header { len, keys: self.keys, edits: self.edits })
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

struct Limited<'a, R> {
    input: &'a mut R,
    left: u64,
}

impl<R: Read> Limited<'_, R> {
    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N]> {
        self.read(N as u64, what)?.try_into().map_err(|_| Error::TruncatedHeader { what })
    }

    fn bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.read(len, "a packet")
    }

    fn read(&mut self, len: u64, what: &'static str) -> Result<Vec<u8>> {
        self.left = self.left.checked_sub(len).ok_or(Error::HeaderTooLong { limit: LIMIT })?;
        let mut bytes = Vec::new();
        // It grows with what is there, whatever length was told.
        self.input.by_ref().take(len).read_to_end(&mut bytes).map_err(Error::Io)?;
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(Error::TruncatedHeader { what }) }
    }
}
