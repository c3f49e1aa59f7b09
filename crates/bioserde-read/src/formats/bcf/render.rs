//! A BCF record as a VCF line.

use super::dictionary::{Dictionary, Key};
use super::fault::{Fault, Part, RecordError};
use super::genotype::append_genotype;
use super::typed::{Integer, Kind, Rest};
use super::values::{append_float, append_integer, append_text, append_vector};

/// Appends the VCF line, without its end, of a BCF record: `shared` and `individual` are the two parts
/// after the two lengths (VCF 4.3 §6.3). Appends nothing when the record is refused.
///
/// Floats are the shortest decimals that read back to the same bits. Samples keep their trailing missing
/// values.
///
/// # Errors
///
/// A part whose length, type or key is wrong, or that VCF text cannot hold.
pub(crate) fn render(
    shared: &[u8],
    individual: &[u8],
    dictionary: &Dictionary,
    out: &mut Vec<u8>,
) -> Result<(), RecordError> {
    let start = out.len();
    append_record(shared, individual, dictionary, out).inspect_err(|_| out.truncate(start))
}

fn append_record(
    shared: &[u8],
    individual: &[u8],
    dictionary: &Dictionary,
    out: &mut Vec<u8>,
) -> Result<(), RecordError> {
    let mut rest = Rest(shared);
    let fixed = Fixed::read(&mut rest).map_err(|fault| fault.of(Part::Fixed))?;
    if fixed.samples != dictionary.samples {
        let (found, expected) = (fixed.samples, dictionary.samples);
        return Err(RecordError::SampleCount { found, expected });
    }
    let chrom = dictionary.contig(fixed.chrom).ok_or(RecordError::Chrom(fixed.chrom))?;
    let pos = fixed.pos.checked_add(1).filter(|pos| *pos >= 0).ok_or(RecordError::Pos(fixed.pos))?;
    out.extend_from_slice(chrom.as_bytes());
    out.push(b'\t');
    append_integer(pos, out);
    out.push(b'\t');
    append_id(&mut rest, out).map_err(|fault| fault.of(Part::Id))?;
    append_alleles(&mut rest, fixed.alleles, out)?;
    out.push(b'\t');
    append_float(fixed.qual, out).map_err(|fault| fault.of(Part::Fixed))?;
    out.push(b'\t');
    append_filter(&mut rest, dictionary, out).map_err(|fault| fault.of(Part::Filter))?;
    out.push(b'\t');
    append_infos(&mut rest, fixed.infos, dictionary, out)?;
    end(rest, "INFO")?;
    let mut rest = Rest(individual);
    append_samples(&mut rest, &fixed, dictionary, out)?;
    end(rest, "FORMAT")
}

fn end(rest: Rest<'_>, after: &'static str) -> Result<(), RecordError> {
    match rest.0.len() {
        0 => Ok(()),
        bytes => Err(RecordError::TrailingBytes { bytes, after }),
    }
}

/// The fields that have a fixed place (VCF 4.3 §6.3.1).
#[derive(Clone, Copy, Debug)]
struct Fixed {
    chrom: i32,
    /// 0-based.
    pos: i32,
    /// The bits of a float.
    qual: u32,
    infos: u16,
    alleles: u16,
    samples: usize,
    formats: u8,
}

impl Fixed {
    fn read(rest: &mut Rest<'_>) -> Result<Self, Fault> {
        let chrom = i32::from_le_bytes(rest.array()?);
        let pos = i32::from_le_bytes(rest.array()?);
        let _rlen: [u8; 4] = rest.array()?;
        let qual = u32::from_le_bytes(rest.array()?);
        let infos = u16::from_le_bytes(rest.array()?);
        let alleles = u16::from_le_bytes(rest.array()?);
        let [s0, s1, s2, formats] = rest.array()?;
        let samples = usize::try_from(u32::from_le_bytes([s0, s1, s2, 0])).map_err(|_| Fault::Short)?;
        Ok(Self { chrom, pos, qual, infos, alleles, samples, formats })
    }
}

fn append_id(rest: &mut Rest<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    let id = rest.typed()?.text()?;
    append_text(if id.is_empty() { b"." } else { id }, b'\t', out)
}

/// Appends REF and ALT, each with a tab before it.
fn append_alleles(rest: &mut Rest<'_>, count: u16, out: &mut Vec<u8>) -> Result<(), RecordError> {
    for i in 0..count {
        out.push(if i < 2 { b'\t' } else { b',' });
        let allele = rest.typed().and_then(super::typed::Typed::text);
        let allele = allele.and_then(|a| if a.is_empty() { Err(Fault::Empty) } else { Ok(a) });
        allele.and_then(|a| append_text(a, b',', out)).map_err(|fault| fault.of(Part::Allele(i)))?;
    }
    let absent: &[u8] = match count {
        0 => b"\t.\t.",
        1 => b"\t.",
        _ => b"",
    };
    out.extend_from_slice(absent);
    Ok(())
}

fn append_filter(rest: &mut Rest<'_>, dictionary: &Dictionary, out: &mut Vec<u8>) -> Result<(), Fault> {
    let mut is_empty = true;
    for key in rest.typed()?.integers()? {
        let key = match key? {
            Integer::EndOfVector => break,
            Integer::Missing => return Err(Fault::NotAnInteger),
            Integer::Value(key) => key,
        };
        if !is_empty {
            out.push(b';');
        }
        is_empty = false;
        let key = dictionary.key(key).ok_or(Fault::UnknownKey(key))?;
        out.extend_from_slice(key.id.as_bytes());
    }
    if is_empty {
        out.push(b'.');
    }
    Ok(())
}

fn append_infos(
    rest: &mut Rest<'_>,
    count: u16,
    dictionary: &Dictionary,
    out: &mut Vec<u8>,
) -> Result<(), RecordError> {
    if count == 0 {
        out.push(b'.');
    }
    for i in 0..count {
        if i > 0 {
            out.push(b';');
        }
        let key = read_key(rest, dictionary).map_err(|fault| fault.of(Part::InfoKey(i)))?;
        append_info(rest, key, out).map_err(|fault| fault.of(Part::Info(key.id.clone())))?;
    }
    Ok(())
}

fn append_info(rest: &mut Rest<'_>, key: &Key, out: &mut Vec<u8>) -> Result<(), Fault> {
    out.extend_from_slice(key.id.as_bytes());
    let value = rest.typed()?;
    // §6.3.3: a flag is usually an 8-bit 1 or nothing. Other values are what a VCF line said of it.
    let is_set = key.is_flag && value.kind == Kind::Int8 && value.bytes == [1];
    if is_set || value.bytes.is_empty() {
        return Ok(());
    }
    out.push(b'=');
    append_vector(value.kind, value.bytes, b';', out)
}

fn read_key<'d>(rest: &mut Rest<'_>, dictionary: &'d Dictionary) -> Result<&'d Key, Fault> {
    let key = rest.integer()?;
    dictionary.key(key).ok_or(Fault::UnknownKey(key))
}

/// The values of a FORMAT key, the same number of bytes for each sample.
#[derive(Clone, Copy, Debug)]
struct Column<'a> {
    key: &'a Key,
    kind: Kind,
    /// Bytes of a sample.
    stride: usize,
    bytes: &'a [u8],
}

fn append_samples<'a>(
    rest: &mut Rest<'a>,
    fixed: &Fixed,
    dictionary: &'a Dictionary,
    out: &mut Vec<u8>,
) -> Result<(), RecordError> {
    if fixed.samples == 0 && fixed.formats == 0 {
        return Ok(());
    }
    let mut columns = Vec::with_capacity(fixed.formats.into());
    for i in 0..fixed.formats {
        out.push(if i == 0 { b'\t' } else { b':' });
        let key = read_key(rest, dictionary).map_err(|fault| fault.of(Part::FormatKey(i)))?;
        out.extend_from_slice(key.id.as_bytes());
        let column = read_column(rest, key, fixed.samples);
        columns.push(column.map_err(|fault| fault.of(Part::Format(key.id.clone())))?);
    }
    let Some((first, others)) = columns.split_first() else {
        out.extend(b"\t.".repeat(fixed.samples + 1));
        return Ok(());
    };
    let has_diploids = first.key.is_genotype && first.kind == Kind::Int8 && first.stride == 2;
    for sample in 0..fixed.samples {
        let is_appended = has_diploids && append_diploid(first, sample, dictionary, out);
        if !is_appended {
            out.push(b'\t');
            first.append(sample, dictionary, out)?;
        }
        for column in others {
            out.push(b':');
            column.append(sample, dictionary, out)?;
        }
    }
    Ok(())
}

fn read_column<'a>(rest: &mut Rest<'a>, key: &'a Key, samples: usize) -> Result<Column<'a>, Fault> {
    let (kind, len) = rest.descriptor()?;
    let stride = len.checked_mul(kind.size()).ok_or(Fault::Short)?;
    let bytes = rest.take(stride.checked_mul(samples).ok_or(Fault::Short)?)?;
    Ok(Column { key, kind, stride, bytes })
}

fn append_diploid(column: &Column<'_>, sample: usize, dictionary: &Dictionary, out: &mut Vec<u8>) -> bool {
    let codes = column.bytes.get(2 * sample..).and_then(|b| b.first_chunk());
    codes.is_some_and(|codes| dictionary.diploids.append(*codes, out))
}

impl Column<'_> {
    fn append(&self, sample: usize, dictionary: &Dictionary, out: &mut Vec<u8>) -> Result<(), RecordError> {
        let start = sample * self.stride;
        let bytes = self.bytes.get(start..start + self.stride).unwrap_or_default();
        let appended = match self.kind {
            Kind::Int8 | Kind::Int16 | Kind::Int32 if self.key.is_genotype => {
                append_genotype(bytes, self.kind.size(), dictionary.has_phase_prefix, out)
            }
            kind => append_vector(kind, bytes, b':', out),
        };
        appended.map_err(|fault| fault.of(Part::Format(self.key.id.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bioserde_core::vcf::Header;

    const META: &str = "##fileformat=VCFv4.3\n##contig=<ID=20>\n##FILTER=<ID=q10,Description=\"\">\n\
        ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
        ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
        ##FORMAT=<ID=FT,Number=1,Type=String,Description=\"\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";
    /// Two alleles, two INFO fields: DP in 16 bits, DB as 1.
    const SHARED: &[u8] = b"\0\0\0\0\x09\0\0\0\x01\0\0\0\0\0\xe8\x41\x02\0\x02\0\x02\0\0\x02\
        \x27rs\x17A\x27CG\x21\0\x01\x11\x02\x12\x2c\x01\x11\x03\x11\x01";
    /// GT of two samples, FT of up to two characters.
    const INDIVIDUAL: &[u8] = b"\x11\x04\x21\x02\x05\x04\x81\x11\x05\x27a\0\0\0";

    fn rendered(samples: &str, shared: &[u8], individual: &[u8]) -> Result<String, RecordError> {
        let header = Header::parse(format!("{META}{samples}\n").as_bytes()).unwrap();
        let mut out = b"before".to_vec();
        let result = render(shared, individual, &Dictionary::new(&header), &mut out);
        let line = out.split_off(6);
        assert!(result.is_ok() || line.is_empty());
        result.map(|()| String::from_utf8_lossy(&line).into_owned())
    }

    const TWO: &str = "\tFORMAT\ts1\ts2";

    #[test]
    fn every_field_has_its_place() {
        let line = "20\t10\trs\tA\tCG\t29\tPASS;q10\tDP=300;DB\tGT:FT\t0|1:a\t1:.";
        assert_eq!(rendered(TWO, SHARED, INDIVIDUAL).as_deref(), Ok(line));
    }

    #[test]
    fn a_flag_keeps_a_value_that_vcf_gave_it() {
        let (start, end) = SHARED.split_at(SHARED.len() - 2);
        assert_eq!(end, b"\x11\x01");
        for (value, text) in [(&b"\0"[..], "DB"), (b"\x07", "DB"), (b"\x17\x30", "DB=0"), (b"\x11\0", "DB=0")]
        {
            let line = rendered(TWO, &[start, value].concat(), INDIVIDUAL).unwrap();
            assert!(line.contains(&format!(";{text}\t")), "{line}");
        }
    }

    #[test]
    fn absent_fields_are_dots() {
        let shared = b"\0\0\0\0\xff\xff\xff\xff\x01\0\0\0\x01\0\x80\x7f\0\0\x01\0\0\0\0\0\x07\x17N\0";
        assert_eq!(rendered("", shared, b"").as_deref(), Ok("20\t0\t.\tN\t.\t.\t.\t."));
        let mut two = shared.to_vec();
        two[20] = 2;
        assert_eq!(rendered(TWO, &two, b"").as_deref(), Ok("20\t0\t.\tN\t.\t.\t.\t.\t.\t.\t."));
        two[23] = 2;
        let missing = b"\x11\x04\x01\x11\x05\0";
        assert_eq!(rendered(TWO, &two, missing).as_deref(), Ok("20\t0\t.\tN\t.\t.\t.\t.\tGT:FT\t.:.\t.:."));
    }

    #[test]
    fn every_cut_is_refused() {
        for n in 0..SHARED.len() {
            assert!(rendered(TWO, &SHARED[..n], INDIVIDUAL).is_err(), "{n}");
        }
        for n in 0..INDIVIDUAL.len() {
            assert!(rendered(TWO, SHARED, &INDIVIDUAL[..n]).is_err(), "{n}");
        }
    }

    #[test]
    fn no_byte_makes_it_panic() {
        for (part, other) in [(SHARED, false), (INDIVIDUAL, true)] {
            for at in 0..part.len() {
                for byte in 0..=u8::MAX {
                    let mut part = part.to_vec();
                    part[at] = byte;
                    let (shared, individual) =
                        if other { (SHARED, &part[..]) } else { (&part[..], INDIVIDUAL) };
                    _ = rendered(TWO, shared, individual);
                }
            }
        }
    }

    #[test]
    fn faults_name_their_part() {
        let with = |at: usize, bytes: &[u8]| {
            let mut shared = SHARED.to_vec();
            shared[at..at + bytes.len()].copy_from_slice(bytes);
            rendered(TWO, &shared, INDIVIDUAL).unwrap_err().to_string()
        };
        assert_eq!(with(0, b"\x01"), "CHROM 1 is not in the header's dictionary of contigs");
        assert_eq!(with(4, b"\xfe\xff\xff\xff"), "POS -2 is below -1");
        assert_eq!(with(20, b"\x03"), "the record has 3 samples, but the header has 2");
        assert_eq!(with(26, b"\t"), "ID has the character `\\t`, which would end it in VCF text");
        assert_eq!(with(27, b"\x11"), "allele 0 is not text");
        assert_eq!(with(30, b","), "allele 1 has the character `,`, which would end it in VCF text");
        assert_eq!(with(34, b"\x09"), "FILTER has key 9, which is not in the header's dictionary of strings");
        assert_eq!(
            with(36, b"\x09"),
            "the key of INFO field 0 has key 9, which is not in the header's dictionary of strings"
        );
        assert_eq!(with(37, b"\x14"), "INFO DP has type 4; the types are 0, 1, 2, 3, 5 and 7");
        let long = [SHARED, b"\0"].concat();
        let error = rendered(TWO, &long, INDIVIDUAL).unwrap_err();
        assert_eq!(error, RecordError::TrailingBytes { bytes: 1, after: "INFO" });
        let huge = b"\x11\x04\xf1\x13\xff\xff\xff\x7f";
        let error = rendered(TWO, SHARED, huge).unwrap_err();
        assert_eq!(error, Fault::Short.of(Part::Format("GT".into())));
    }
}
