use std::sync::Arc;

use bioserde_core::vcf::Header;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::keep::{Keep, Names};
use super::{RecordError, Rewriter};
use crate::formats::bcf::fault::{self, Fault, Part};
use crate::formats::bcf::parts;
use crate::formats::bcf::typed::Rest;

/// The fields of a record that have a fixed place (VCF 4.3 §6.3.1), without the two lengths.
const FIXED: usize = 24;
/// Where the lengths of the two parts end.
const LENGTHS: usize = 8;
const N_INFO: usize = LENGTHS + 16;
const N_FMT: usize = LENGTHS + 23;

/// Takes keys of BCF records away; [`Keep`] has the rules. Values are passed over, never decoded.
#[derive(Debug)]
pub(crate) struct BcfRewriter {
    header: Arc<Header>,
    info: KeySet,
    format: KeySet,
}

/// Which keys of the header's dictionary of strings are kept.
#[derive(Debug)]
enum KeySet {
    All,
    Some(HashMap<i32, bool, RandomState>),
}

impl KeySet {
    fn new(header: &Header, names: &Names) -> Self {
        if names.is_all() {
            return Self::All;
        }
        let strings = header.strings.iter();
        let number = |(index, id): (&usize, &String)| Some((i32::try_from(*index).ok()?, names.has(id)));
        Self::Some(strings.filter_map(number).collect())
    }
}

impl BcfRewriter {
    pub(crate) fn new(header: &Arc<Header>, keep: &Keep) -> Self {
        Self {
            info: KeySet::new(header, &keep.info),
            format: KeySet::new(header, &keep.format),
            header: Arc::clone(header),
        }
    }

    /// The name of a key, for an error.
    fn name(&self, key: i32) -> Box<str> {
        let id = usize::try_from(key).ok().and_then(|key| self.header.strings.get(&key));
        id.map_or("?", String::as_str).into()
    }

    /// Appends the shared part; tells how many INFO entries it has.
    fn append_shared(
        &self,
        shared: &[u8],
        fixed: &Fixed,
        out: &mut Vec<u8>,
    ) -> Result<u16, fault::RecordError> {
        let KeySet::Some(keys) = &self.info else {
            out.extend_from_slice(shared);
            return Ok(fixed.infos);
        };
        let mut rest = Rest(shared);
        rest.take(FIXED).map_err(|e| e.of(Part::Fixed))?;
        rest.typed().map_err(|e| e.of(Part::Id))?;
        for i in 0..fixed.alleles {
            rest.typed().map_err(|e| e.of(Part::Allele(i)))?;
        }
        rest.typed().map_err(|e| e.of(Part::Filter))?;
        out.extend_from_slice(passed(shared, rest));
        let mut kept = 0;
        for i in 0..fixed.infos {
            let before = rest.0;
            let (key, is_kept) = find(&mut rest, keys).map_err(|e| e.of(Part::InfoKey(i)))?;
            rest.typed().map_err(|e| e.of(Part::Info(self.name(key))))?;
            if is_kept {
                out.extend_from_slice(passed(before, rest));
                kept += 1;
            }
        }
        end(rest, "INFO")?;
        Ok(kept)
    }

    /// Appends the part of the samples; tells how many FORMAT keys it has.
    fn append_individual(
        &self,
        individual: &[u8],
        fixed: &Fixed,
        out: &mut Vec<u8>,
    ) -> Result<u8, fault::RecordError> {
        let KeySet::Some(keys) = &self.format else {
            out.extend_from_slice(individual);
            return Ok(fixed.formats);
        };
        let mut rest = Rest(individual);
        let mut kept = 0;
        for i in 0..fixed.formats {
            let before = rest.0;
            let (key, is_kept) = find(&mut rest, keys).map_err(|e| e.of(Part::FormatKey(i)))?;
            pass_column(&mut rest, fixed.samples).map_err(|e| e.of(Part::Format(self.name(key))))?;
            if is_kept {
                out.extend_from_slice(passed(before, rest));
                kept += 1;
            }
        }
        end(rest, "FORMAT")?;
        Ok(kept)
    }
}

/// Counts that tell where values are.
struct Fixed {
    infos: u16,
    alleles: u16,
    samples: usize,
    formats: u8,
}

impl Fixed {
    fn read(shared: &[u8]) -> Option<Self> {
        let [i0, i1, a0, a1, s0, s1, s2, formats] = *shared.get(16..)?.first_chunk()?;
        Some(Self {
            infos: u16::from_le_bytes([i0, i1]),
            alleles: u16::from_le_bytes([a0, a1]),
            samples: u32::from_le_bytes([s0, s1, s2, 0]) as usize,
            formats,
        })
    }
}

/// Reads a key, which has to be one of the dictionary's.
fn find(rest: &mut Rest<'_>, keys: &HashMap<i32, bool, RandomState>) -> Result<(i32, bool), Fault> {
    let key = rest.integer()?;
    keys.get(&key).map(|is_kept| (key, *is_kept)).ok_or(Fault::UnknownKey(key))
}

/// Passes over the values that a FORMAT key has for every sample.
fn pass_column(rest: &mut Rest<'_>, samples: usize) -> Result<(), Fault> {
    let (kind, len) = rest.descriptor()?;
    let bytes = len.checked_mul(kind.size()).and_then(|n| n.checked_mul(samples));
    rest.take(bytes.ok_or(Fault::Short)?).map(drop)
}

/// What lies between a place and a later one.
fn passed<'a>(before: &'a [u8], rest: Rest<'_>) -> &'a [u8] {
    before.get(..before.len() - rest.0.len()).unwrap_or_default()
}

fn end(rest: Rest<'_>, after: &'static str) -> Result<(), fault::RecordError> {
    match rest.0.len() {
        0 => Ok(()),
        bytes => Err(fault::RecordError::TrailingBytes { bytes, after }),
    }
}

impl Rewriter for BcfRewriter {
    fn append(&mut self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let (shared, individual) = parts(record);
        let fixed = Fixed::read(shared).ok_or_else(|| Fault::Short.of(Part::Fixed))?;
        let expected = self.header.samples.len();
        if fixed.samples != expected {
            return Err(fault::RecordError::SampleCount { found: fixed.samples, expected }.into());
        }
        let start = out.len();
        out.extend([0; LENGTHS]);
        let infos = self.append_shared(shared, &fixed, out)?;
        let middle = out.len();
        let formats = self.append_individual(individual, &fixed, out)?;
        // What is left of a part fits the part's own length.
        let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        let (l_shared, l_indiv) = (length(middle - start - LENGTHS), length(out.len() - middle));
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(place) = out.get_mut(start + at..start + at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        put(0, &l_shared);
        put(4, &l_indiv);
        put(N_INFO, &infos.to_le_bytes());
        put(N_FMT, &[formats]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::bcf::dictionary::Dictionary;
    use crate::formats::bcf::render::render;
    use bioserde_testkit::variants::kept;

    const HEADER: &str = "##fileformat=VCFv4.3\n##contig=<ID=20>\n##FILTER=<ID=q10,Description=\"\">\n\
        ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
        ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
        ##FORMAT=<ID=FT,Number=1,Type=String,Description=\"\">\n\
        ##INFO=<ID=NT,Number=.,Type=String,Description=\"\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\n";
    /// `20 10 rs A CG 29 PASS;q10 DP=300;NT=aaaaaaaaaaaaaaaaaaaa;DB`
    const SHARED: &[u8] = b"\0\0\0\0\x09\0\0\0\x01\0\0\0\0\0\xe8\x41\x03\0\x02\0\x02\0\0\x03\
        \x27rs\x17A\x27CG\x21\0\x01\x11\x02\x12\x2c\x01\x11\x06\xf7\x11\x14aaaaaaaaaaaaaaaaaaaa\x11\x03\x11\x01";
    /// GT of two samples, FT of up to two characters, DP with a key of 16 bits.
    const INDIVIDUAL: &[u8] = b"\x11\x04\x21\x02\x05\x04\x81\x11\x05\x27a\0\0\0\x12\x02\0\x12\x2c\x01\x07\0";

    fn header() -> Arc<Header> {
        Arc::new(Header::parse(HEADER.as_bytes()).unwrap())
    }

    fn record(shared: &[u8], individual: &[u8]) -> Vec<u8> {
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap().to_le_bytes();
        [&length(shared)[..], &length(individual), shared, individual].concat()
    }

    fn line(record: &[u8]) -> String {
        let (shared, individual) = parts(record);
        let mut line = Vec::new();
        render(shared, individual, &Dictionary::new(&header()), &mut line).unwrap();
        String::from_utf8(line).unwrap()
    }

    fn rewritten(record: &[u8], keep: &Keep) -> Result<Vec<u8>, String> {
        let mut out = b"before".to_vec();
        BcfRewriter::new(&header(), keep).append(record, &mut out).map_err(|e| e.to_string())?;
        Ok(out.split_off(6))
    }

    fn source() -> Vec<u8> {
        record(SHARED, INDIVIDUAL)
    }

    #[test]
    fn every_choice_of_keys_is_what_becomes_of_the_line() {
        let source = source();
        let text = line(&source);
        assert!(text.ends_with("\tDP=300;NT=aaaaaaaaaaaaaaaaaaaa;DB\tGT:FT:DP\t0|1:a:300\t1:.:7"), "{text}");
        let ids = ["DP", "DB", "NT", "GT", "FT"];
        let some =
            |bits: u32| ids.iter().enumerate().filter(move |(i, _)| bits >> i & 1 == 1).map(|(_, id)| *id);
        for bits in 0..1 << 10 {
            let (info, format) = (bits & 31, bits >> 5);
            for keep in [
                Keep { info: Names::only(some(info)), format: Names::only(some(format)), ..Keep::ALL },
                Keep {
                    info: Names::ALL.without(some(info)),
                    format: Names::ALL.without(some(format)),
                    ..Keep::ALL
                },
            ] {
                let got = rewritten(&source, &keep).unwrap();
                assert_eq!(parts(&got).0.len() + parts(&got).1.len() + LENGTHS, got.len());
                assert_eq!(line(&got), kept(&text, |key| keep.info.has(key), |key| keep.format.has(key)));
            }
        }
        assert_eq!(rewritten(&source, &Keep::ALL).unwrap(), source);
        let others = Keep::keys(Names::ALL.without(["nowhere"]));
        assert_eq!(rewritten(&source, &others).unwrap(), source);
    }

    #[test]
    fn without_formats_the_samples_stay() {
        let got = rewritten(&source(), &Keep::keys(Names::NONE)).unwrap();
        let (shared, individual) = parts(&got);
        assert_eq!(
            (&shared[16..18], &shared[20..24], individual),
            (&b"\0\0"[..], &b"\x02\0\0\0"[..], &b""[..])
        );
    }

    #[test]
    fn every_cut_is_refused() {
        let keep = Keep::keys(Names::NONE);
        for n in 0..SHARED.len() {
            assert!(rewritten(&record(&SHARED[..n], INDIVIDUAL), &keep).is_err(), "{n}");
        }
        for n in 0..INDIVIDUAL.len() {
            assert!(rewritten(&record(SHARED, &INDIVIDUAL[..n]), &keep).is_err(), "{n}");
        }
    }

    #[test]
    fn no_byte_makes_it_panic() {
        let source = source();
        for at in 0..source.len() {
            for byte in 0..=u8::MAX {
                let mut record = source.clone();
                record[at] = byte;
                _ = rewritten(&record, &Keep::keys(Names::only(["DP", "GT"])));
            }
        }
    }

    #[test]
    fn faults_name_their_part() {
        let with = |at: usize, byte: u8| {
            let mut source = source();
            source[at] = byte;
            rewritten(&source, &Keep::keys(Names::NONE)).unwrap_err()
        };
        assert_eq!(with(LENGTHS + 20, 3), "the record has 3 samples, but the header has 2");
        assert_eq!(
            with(LENGTHS + 36, 9),
            "the key of INFO field 0 has key 9, which is not in the header's dictionary of strings"
        );
        assert_eq!(with(LENGTHS + 37, 0x14), "INFO DP has type 4; the types are 0, 1, 2, 3, 5 and 7");
        assert_eq!(
            with(LENGTHS + SHARED.len() + 2, 0x24),
            "FORMAT GT has type 4; the types are 0, 1, 2, 3, 5 and 7"
        );
        let long = record(&[SHARED, b"\0"].concat(), INDIVIDUAL);
        assert!(rewritten(&long, &Keep::keys(Names::NONE)).unwrap_err().contains("bytes follow INFO"));
    }
}
