use crate::bits::Bits;
use crate::bytes::Bytes;
use crate::fault::CramFault;
use crate::huffman::Huffman;

/// The blocks of a slice as they are read: the core data, and the external ones by the number that
/// [`Contents`] gave their content ids.
#[derive(Debug)]
pub(crate) struct Streams<'a> {
    pub(crate) core: Bits<'a>,
    pub(crate) external: Vec<Bytes<'a>>,
}

impl<'a> Streams<'a> {
    fn external(&mut self, at: usize) -> Option<&mut Bytes<'a>> {
        self.external.get_mut(at)
    }
}

/// The content ids that the encodings of a container name, each once.
#[derive(Debug, Default)]
pub(crate) struct Contents(Vec<i32>);

impl Contents {
    fn number(&mut self, id: i32) -> usize {
        self.0.iter().position(|known| *known == id).unwrap_or_else(|| {
            self.0.push(id);
            self.0.len() - 1
        })
    }

    pub(crate) fn ids(&self) -> &[i32] {
        &self.0
    }
}

/// How the values of a data series that are integers or bytes are stored (CRAMv3 §13).
#[derive(Debug)]
pub(crate) enum Values {
    External(usize),
    Huffman(Huffman),
    Beta { offset: i32, len: u32 },
    Subexp { offset: i32, k: u32 },
    Gamma { offset: i32 },
}

/// How the values of a data series that are arrays of bytes are stored.
#[derive(Debug)]
pub(crate) enum Arrays {
    Len { len: Values, values: Values },
    Stop { stop: u8, at: usize },
}

/// An encoding: its number, and its parameters.
fn parts<'a>(bytes: &mut Bytes<'a>) -> Result<(i32, Bytes<'a>), CramFault> {
    let parts = (|| Some((bytes.itf8()?, bytes.sized()?)))();
    parts.ok_or(CramFault::Malformed { what: "an encoding" })
}

impl Values {
    /// Reads an encoding (CRAMv3 §3).
    pub(crate) fn parse(bytes: &mut Bytes<'_>, contents: &mut Contents) -> Result<Option<Self>, CramFault> {
        let (id, mut parameters) = parts(bytes)?;
        let malformed = CramFault::Malformed { what: "an encoding" };
        let values = match id {
            0 => return Ok(None),
            1 => parameters.itf8().map(|id| Self::External(contents.number(id))),
            3 => Huffman::parse(&mut parameters).map(Self::Huffman),
            6 => beta(&mut parameters),
            7 => subexp(&mut parameters),
            9 => parameters.itf8().map(|offset| Self::Gamma { offset }),
            id => return Err(CramFault::Encoding { id }),
        };
        values.map(Some).ok_or(malformed)
    }

    /// The next value of a series of integers.
    #[inline]
    pub(crate) fn int(&self, streams: &mut Streams<'_>) -> Option<i32> {
        match self {
            Self::External(at) => streams.external(*at)?.itf8(),
            _ => self.core(&mut streams.core),
        }
    }

    /// The next value of a series of bytes.
    pub(crate) fn byte(&self, streams: &mut Streams<'_>) -> Option<u8> {
        match self {
            Self::External(at) => streams.external(*at)?.byte(),
            _ => u8::try_from(self.core(&mut streams.core)?).ok(),
        }
    }

    /// Appends the next `len` values of a series of bytes.
    pub(crate) fn bytes(&self, streams: &mut Streams<'_>, len: usize, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::External(at) => out.extend_from_slice(streams.external(*at)?.take(len)?),
            Self::Huffman(huffman) if huffman.constant().is_some() => {
                let value = u8::try_from(huffman.constant()?).ok()?;
                out.resize(out.len() + len, value);
            }
            _ => {
                for _ in 0..len {
                    out.push(self.byte(streams)?);
                }
            }
        }
        Some(())
    }

    fn core(&self, bits: &mut Bits<'_>) -> Option<i32> {
        let (value, offset) = match self {
            Self::External(_) => return None,
            Self::Huffman(huffman) => return huffman.value(bits),
            Self::Beta { offset, len } => (bits.bits(*len)?, *offset),
            Self::Gamma { offset } => {
                let len = bits.run(0)?;
                (1_u32.checked_shl(len)? | bits.bits(len)?, *offset)
            }
            Self::Subexp { offset, k } => (exponential(bits, *k)?, *offset),
        };
        Some(value.wrapping_sub(offset.cast_unsigned()).cast_signed())
    }
}

fn exponential(bits: &mut Bits<'_>, k: u32) -> Option<u32> {
    match bits.run(1)? {
        0 => bits.bits(k),
        more => {
            let len = k.checked_add(more)?.checked_sub(1)?;
            Some(1_u32.checked_shl(len)? | bits.bits(len)?)
        }
    }
}

fn beta(parameters: &mut Bytes<'_>) -> Option<Values> {
    let offset = parameters.itf8()?;
    let len = u32::try_from(parameters.itf8()?).ok().filter(|len| *len <= 32)?;
    Some(Values::Beta { offset, len })
}

fn subexp(parameters: &mut Bytes<'_>) -> Option<Values> {
    let offset = parameters.itf8()?;
    let k = u32::try_from(parameters.itf8()?).ok().filter(|k| *k <= 32)?;
    Some(Values::Subexp { offset, k })
}

impl Arrays {
    /// Reads an encoding.
    pub(crate) fn parse(bytes: &mut Bytes<'_>, contents: &mut Contents) -> Result<Option<Self>, CramFault> {
        let (id, mut parameters) = parts(bytes)?;
        let malformed = || CramFault::Malformed { what: "an encoding" };
        match id {
            0 => Ok(None),
            4 => {
                let len = Values::parse(&mut parameters, contents)?.ok_or_else(malformed)?;
                let values = Values::parse(&mut parameters, contents)?.ok_or_else(malformed)?;
                Ok(Some(Self::Len { len, values }))
            }
            5 => {
                let stop = parameters.byte().ok_or_else(malformed)?;
                let id = parameters.itf8().ok_or_else(malformed)?;
                Ok(Some(Self::Stop { stop, at: contents.number(id) }))
            }
            id => Err(CramFault::Encoding { id }),
        }
    }

    /// Appends the next value, of at most `limit` bytes.
    pub(crate) fn value(&self, streams: &mut Streams<'_>, limit: usize, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Self::Len { len, values } => {
                let len = usize::try_from(len.int(streams)?).ok().filter(|len| *len <= limit)?;
                values.bytes(streams, len, out)
            }
            Self::Stop { stop, at } => {
                out.extend_from_slice(streams.external(*at)?.until(*stop)?);
                Some(())
            }
        }
    }
}
