use std::io::{self, Cursor, Read};
use std::sync::Arc;

use proptest::prelude::*;

use crate::*;

/// The segments of a file in memory.
struct InMemory<'a>(&'a [u8], Arc<Content>);

impl Segments for InMemory<'_> {
    fn read(&mut self, segment: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let start = usize::try_from(self.1.segment_offset(segment)).unwrap().min(self.0.len());
        let end = (start + ENCRYPTED_SEGMENT).min(self.0.len());
        bytes.clear();
        bytes.extend_from_slice(&self.0[start..end]);
        Ok(())
    }
}

fn ring(key: &SecretKey) -> Keyring {
    [key.clone()].into_iter().collect()
}

fn encrypt(plain: &[u8], readers: &[PublicKey], edits: Option<&[u64]>) -> Vec<u8> {
    let mut encryptor = Encryptor::with_edits(readers, edits).unwrap();
    let mut file = Vec::new();
    // In parts that fit no segment.
    for part in plain.chunks(40_000) {
        encryptor.write(part, &mut file).unwrap();
    }
    encryptor.finish(&mut file).unwrap();
    file
}

fn content(file: &[u8], keys: &Keyring) -> Result<Arc<Content>> {
    Header::read(&mut Cursor::new(file), keys).map(|header| Arc::new(Content::new(header)))
}

fn fault(e: io::Error) -> Error {
    *e.into_inner().unwrap().downcast().unwrap()
}

/// As a file that can be read at any place.
fn at_any_place(file: &[u8], keys: &Keyring, offset: u64) -> Result<Vec<u8>> {
    let content = content(file, keys)?;
    content.length(file.len() as u64)?;
    let mut plain = Vec::new();
    let segments = InMemory(file, Arc::clone(&content));
    Reader::new(content, segments, offset).read_to_end(&mut plain).map_err(fault)?;
    Ok(plain)
}

/// As a stream.
fn in_order(file: &[u8], keys: &Keyring) -> Result<Vec<u8>> {
    let mut stream = Cursor::new(file);
    let content = Arc::new(Content::new(Header::read(&mut stream, keys)?));
    let mut plain = Vec::new();
    Reader::new(content, Sequential::new(stream), 0).read_to_end(&mut plain).map_err(fault)?;
    Ok(plain)
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect()
}

#[test]
fn what_was_encrypted_is_read_by_every_recipient() {
    let (one, two) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    for len in [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 200_000] {
        let plain = bytes(len);
        let file = encrypt(&plain, &[one.public_key(), two.public_key()], None);
        for key in [&one, &two] {
            assert_eq!(in_order(&file, &ring(key)).unwrap(), plain);
            assert_eq!(at_any_place(&file, &ring(key), 0).unwrap(), plain);
            assert_eq!(content(&file, &ring(key)).unwrap().length(file.len() as u64).unwrap(), len as u64);
        }
    }
}

#[test]
fn without_its_key_a_file_stays_shut() {
    let (own, other) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let file = encrypt(b"x", &[own.public_key()], None);
    assert!(matches!(in_order(&file, &Keyring::default()), Err(Error::KeyNeeded)));
    assert!(matches!(in_order(&file, &ring(&other)), Err(Error::NoKeyFits { keys: 1 })));
    assert!(in_order(&file, &[other, own].into_iter().collect()).is_ok());
    assert!(matches!(Encryptor::new(&[]), Err(Error::NoRecipient)));
    assert!(matches!(Encryptor::new(&[[0; 32].into()]), Err(Error::WeakKey(_))));
}

#[test]
fn the_beginning_says_whether_a_file_can_be_read() {
    let key = SecretKey::generate().unwrap();
    let file = encrypt(b"x", &[key.public_key()], None);
    let with = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        in_order(&file, &ring(&key)).unwrap_err()
    };
    assert!(matches!(with(0, b'x'), Error::Magic));
    assert!(matches!(with(8, 2), Error::Version(2)));
    assert!(matches!(with(20, 1), Error::HeaderMethod(1)));
    assert!(matches!(with(16, 3), Error::PacketLength { packet: 0, length: 3 }));
    assert!(matches!(with(16, 20), Error::PacketLength { packet: 0, length: 20 }));
    assert!(matches!(with(19, 255), Error::HeaderTooLong { .. }));
    let mut without_data = file[..file.len() - 29].to_vec();
    without_data[12] = 2;
    assert!(matches!(in_order(&without_data, &ring(&key)), Err(Error::TruncatedHeader { .. })));
}

#[test]
fn every_cut_inside_the_header_or_a_segment_is_seen() {
    let key = SecretKey::generate().unwrap();
    let plain = bytes(SEGMENT + 10);
    let file = encrypt(&plain, &[key.public_key()], None);
    let header = usize::try_from(content(&file, &ring(&key)).unwrap().header_length()).unwrap();
    let last = header + ENCRYPTED_SEGMENT;
    for end in (0..header).chain([header + 1, header + 28, last - 1]).chain(last + 1..file.len()) {
        for outcome in [in_order(&file[..end], &ring(&key)), at_any_place(&file[..end], &ring(&key), 0)] {
            assert!(outcome.unwrap_err().is_truncation(), "{end}");
        }
    }
    // Who takes truncated files gets the whole segments.
    let mut stream = Cursor::new(&file[..last + 5]);
    let lenient = Content::new(Header::read(&mut stream, &ring(&key)).unwrap()).allow_truncated();
    assert_eq!(lenient.length(last as u64 + 5).unwrap(), SEGMENT as u64);
    let mut whole = Vec::new();
    Reader::new(Arc::new(lenient), Sequential::new(stream), 0).read_to_end(&mut whole).unwrap();
    assert_eq!(whole, plain[..SEGMENT]);
    // Such a file is valid: nothing in it says that there was more.
    assert_eq!(in_order(&file[..last], &ring(&key)).unwrap(), plain[..SEGMENT]);
}

#[test]
fn a_changed_bit_is_found_in_its_segment() {
    let key = SecretKey::generate().unwrap();
    let file = encrypt(&bytes(2 * SEGMENT + 10), &[key.public_key()], None);
    let header = usize::try_from(content(&file, &ring(&key)).unwrap().header_length()).unwrap();
    let with = |at: usize| {
        let mut file = file.clone();
        file[at] ^= 4;
        in_order(&file, &ring(&key)).unwrap_err()
    };
    assert!(matches!(with(header - 1), Error::NoKeyFits { .. }));
    for at in [0, 11, 12, 5000, ENCRYPTED_SEGMENT - 1] {
        assert!(matches!(with(header + at), Error::Segment(0)));
        assert!(matches!(with(header + ENCRYPTED_SEGMENT + at), Error::Segment(1)));
    }
    assert!(matches!(with(file.len() - 1), Error::LastSegment(2)));
}

#[test]
fn segments_that_changed_places_are_read_as_they_stand() {
    // The format does not number them (Crypt4GH §3.2): this is a property to know of, not one to rely on.
    let key = SecretKey::generate().unwrap();
    let plain = bytes(2 * SEGMENT);
    let file = encrypt(&plain, &[key.public_key()], None);
    let (header, data) = file.split_at(file.len() - 2 * ENCRYPTED_SEGMENT);
    let (one, two) = data.split_at(ENCRYPTED_SEGMENT);
    let swapped = [header, two, one].concat();
    assert_eq!(in_order(&swapped, &ring(&key)).unwrap(), [&plain[SEGMENT..], &plain[..SEGMENT]].concat());
}

/// An edit list as the specification words it, one byte after the other.
fn edited(plain: &[u8], edits: &[u64]) -> Vec<u8> {
    let mut rest = plain.iter();
    let mut kept = Vec::new();
    for (i, n) in edits.iter().enumerate() {
        let part = rest.by_ref().take(usize::try_from(*n).unwrap());
        if i % 2 == 1 { kept.extend(part) } else { part.for_each(drop) }
    }
    if edits.len() % 2 == 1 {
        kept.extend(rest);
    }
    kept
}

#[test]
fn an_edit_list_that_keeps_more_than_there_is_shows_a_cut() {
    let key = SecretKey::generate().unwrap();
    for edits in [&[0, 100][..], &[100], &[3, 4, 100]] {
        let file = encrypt(&bytes(50), &[key.public_key()], Some(edits));
        for outcome in [in_order(&file, &ring(&key)), at_any_place(&file, &ring(&key), 0)] {
            assert!(matches!(outcome, Err(Error::EndsBeforeEdits { length: 50, .. })), "{edits:?}");
        }
    }
}

#[test]
fn a_header_has_at_most_one_edit_list_and_that_is_whole() {
    let key = SecretKey::generate().unwrap();
    let writer = SecretKey::generate().unwrap();
    let file = |contents: &[&[u8]]| {
        let mut file =
            [&MAGIC[..], &[1, 0, 0, 0], &u32::try_from(contents.len()).unwrap().to_le_bytes()].concat();
        for content in contents {
            let packet = packet::seal(content, &writer, key.public_key()).unwrap();
            file.extend_from_slice(&u32::try_from(packet.len() + 4).unwrap().to_le_bytes());
            file.extend_from_slice(&packet);
        }
        Header::read(&mut Cursor::new(file), &ring(&key)).unwrap_err()
    };
    let edits: &[u8] = &[1, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0];
    assert!(matches!(file(&[edits, edits]), Error::EditLists));
    assert!(matches!(file(&[edits]), Error::NoDataKey));
    assert!(matches!(file(&[&edits[..15]]), Error::Packet { packet: 0, .. }));
    assert!(matches!(file(&[&[1, 0, 0, 0, 0, 0, 0, 0]]), Error::Packet { packet: 0, .. }));
    assert!(matches!(file(&[&[9, 0, 0, 0]]), Error::PacketType { packet: 0, kind: 9 }));
    assert!(matches!(file(&[&[0, 0, 0, 0, 5, 0, 0, 0]]), Error::DataMethod(5)));
}

#[test]
fn files_joined_of_parts_with_several_data_keys_are_read() {
    let key = SecretKey::generate().unwrap();
    let plain = bytes(SEGMENT);
    let files = [encrypt(&plain, &[key.public_key()], None), encrypt(b"end", &[key.public_key()], None)];
    let header = usize::try_from(content(&files[0], &ring(&key)).unwrap().header_length()).unwrap();
    let mut joined = [&MAGIC[..], &[1, 0, 0, 0, 2, 0, 0, 0]].concat();
    files.iter().for_each(|file| joined.extend_from_slice(&file[16..header]));
    files.iter().for_each(|file| joined.extend_from_slice(&file[header..]));
    assert_eq!(in_order(&joined, &ring(&key)).unwrap(), [&plain[..], b"end"].concat());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_range_of_an_edited_file_is_that_of_its_plain_bytes(
        len in 0_usize..300_000,
        edits in proptest::option::of(proptest::collection::vec(0_u64..100_000, 1..9)),
        places in proptest::collection::vec(0.0..1.0_f64, 8),
    ) {
        let key = SecretKey::generate().unwrap();
        let plain = bytes(len);
        let file = encrypt(&plain, &[key.public_key()], edits.as_deref());
        let expected = edits.as_ref().map_or(plain.clone(), |edits| edited(&plain, edits));
        let content = content(&file, &ring(&key)).unwrap();
        match content.length(file.len() as u64) {
            Ok(told) => prop_assert_eq!(told, expected.len() as u64),
            // They reach beyond the data: that is another test's.
            Err(Error::EndsBeforeEdits { .. }) => return Ok(()),
            Err(e) => return Err(TestCaseError::fail(e.to_string())),
        }
        prop_assert_eq!(&in_order(&file, &ring(&key)).unwrap(), &expected);
        for place in places {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the file")]
            let offset = (place * (expected.len() + 2) as f64) as usize;
            let rest = at_any_place(&file, &ring(&key), offset as u64).unwrap();
            prop_assert_eq!(&rest[..], expected.get(offset..).unwrap_or_default());
        }
    }
}
