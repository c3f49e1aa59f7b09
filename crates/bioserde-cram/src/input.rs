use std::io::{self, Read};

use flate2::CrcReader;

/// The numbers of CRAM (§2.3), with the length and the checksum of what was read.
pub(crate) struct Input<R> {
    bytes: CrcReader<R>,
    read: u64,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(bytes: R) -> Self {
        Self { bytes: CrcReader::new(bytes), read: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        self.read
    }

    /// The CRC-32 of the bytes read so far.
    pub(crate) fn crc(&self) -> u32 {
        self.bytes.crc().sum()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut array = [0; N];
        self.bytes.read_exact(&mut array)?;
        self.read += N as u64;
        Ok(array)
    }

    /// As many bytes, taking memory for those alone that are there.
    pub(crate) fn bytes(&mut self, len: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.bytes).take(len).read_to_end(&mut bytes)?;
        self.read += bytes.len() as u64;
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    pub(crate) fn byte(&mut self) -> io::Result<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn int32(&mut self) -> io::Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    /// The leading ones of the first byte count the bytes that follow, up to 4; of the last of 4 only
    /// half is used.
    pub(crate) fn itf8(&mut self) -> io::Result<i32> {
        let first = self.byte()?;
        let following = first.leading_ones().min(4);
        let mask = if following == 4 { 0x0f } else { 0x7f >> following };
        let mut value = u32::from(first & mask);
        for i in 0..following {
            let byte = u32::from(self.byte()?);
            value = if i == 3 { value << 4 | byte & 0x0f } else { value << 8 | byte };
        }
        Ok(value.cast_signed())
    }

    /// The leading ones of the first byte count the bytes that follow, up to 8.
    pub(crate) fn ltf8(&mut self) -> io::Result<i64> {
        let first = self.byte()?;
        let following = first.leading_ones();
        let mut value = u64::from(first) & (0x7f >> following);
        for _ in 0..following {
            value = value << 8 | u64::from(self.byte()?);
        }
        Ok(value.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn itf8(bytes: &[u8]) -> Option<(i32, u64)> {
        let mut input = Input::new(bytes);
        Some((input.itf8().ok()?, input.read()))
    }

    fn ltf8(bytes: &[u8]) -> Option<(i64, u64)> {
        let mut input = Input::new(bytes);
        Some((input.ltf8().ok()?, input.read()))
    }

    #[test]
    fn itf8_is_that_of_the_specification() {
        assert_eq!(itf8(&[0x00]), Some((0, 1)));
        assert_eq!(itf8(&[0x7f]), Some((127, 1)));
        assert_eq!(itf8(&[0x80, 0x80]), Some((128, 2)));
        assert_eq!(itf8(&[0xbf, 0xff]), Some((16_383, 2)));
        assert_eq!(itf8(&[0xc0, 0x40, 0x00]), Some((16_384, 3)));
        assert_eq!(itf8(&[0xe0, 0x45, 0x4f, 0x46]), Some((4_542_278, 4)));
        assert_eq!(itf8(&[0xf7, 0x12, 0x34, 0x56, 0x78]), Some((0x7123_4568, 5)));
        assert_eq!(itf8(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Some((-1, 5)));
        // The upper half of the fifth byte is not used: some writers set it.
        assert_eq!(itf8(&[0xff, 0xff, 0xff, 0xff, 0xff]), Some((-1, 5)));
        assert_eq!(itf8(&[0xff, 0xff, 0xff, 0xff, 0x0e]), Some((-2, 5)));
        assert_eq!(itf8(&[0xe0, 0x45]), None);
    }

    #[test]
    fn ltf8_is_that_of_the_specification() {
        assert_eq!(ltf8(&[0x55]), Some((0x55, 1)));
        assert_eq!(ltf8(&[0x80, 0xaa]), Some((0xaa, 2)));
        assert_eq!(ltf8(&[0xc0, 0xcc, 0xdd]), Some((0xccdd, 3)));
        assert_eq!(ltf8(&[0xe1, 0x02, 0x03, 0x04]), Some((0x0102_0304, 4)));
        assert_eq!(ltf8(&[0xfe, 1, 2, 3, 4, 5, 6, 7]), Some((0x01_0203_0405_0607, 8)));
        assert_eq!(ltf8(&[0xff, 1, 2, 3, 4, 5, 6, 7, 8]), Some((0x0102_0304_0506_0708, 9)));
        assert_eq!(ltf8(&[0xff; 9]), Some((-1, 9)));
        assert_eq!(ltf8(&[0xff; 8]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_number_or_too_few(bytes in any::<[u8; 9]>(), cut in 0_usize..10) {
            let all = itf8(&bytes).unwrap().1;
            prop_assert_eq!(itf8(&bytes[..cut]).is_some(), cut as u64 >= all);
            let all = ltf8(&bytes).unwrap().1;
            prop_assert_eq!(ltf8(&bytes[..cut]).is_some(), cut as u64 >= all);
        }
    }
}
