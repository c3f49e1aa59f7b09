use bioserde_core::vcf::Header;

use super::{EncodeError, Encoder};
use crate::formats::bcf::dictionary::Dictionary;
use crate::formats::bcf::parts;
use crate::formats::bcf::render::render;

const META: &str = "##contig=<ID=20>\n##FILTER=<ID=q10,Description=\"\">\n\
    ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
    ##INFO=<ID=DB,Number=0,Type=Flag,Description=\"\">\n\
    ##INFO=<ID=AF,Number=A,Type=Float,Description=\"\">\n\
    ##INFO=<ID=END,Number=1,Type=Integer,Description=\"\">\n\
    ##INFO=<ID=untyped,Number=1>\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
    ##FORMAT=<ID=FT,Number=1,Type=String,Description=\"\">\n\
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"\">\n\
    ##FORMAT=<ID=GL,Number=G,Type=Float,Description=\"\">\n\
    ##FORMAT=<ID=FL,Number=0,Type=Flag,Description=\"\">\n\
    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO";

fn header(version: &str, samples: &str) -> Header {
    Header::parse(format!("##fileformat=VCFv{version}\n{META}{samples}\n").as_bytes()).unwrap()
}

fn encode(version: &str, samples: &str, line: &str) -> Result<Vec<u8>, EncodeError> {
    let mut out = b"before".to_vec();
    let result = Encoder::new(&header(version, samples)).encode(line.as_bytes(), &mut out);
    let record = out.split_off(6);
    assert!(result.is_ok() || record.is_empty());
    result.map(|()| record)
}

/// The line that the record of a line is rendered as.
fn back(version: &str, samples: &str, line: &str) -> String {
    let record = encode(version, samples, line).unwrap();
    let (shared, individual) = parts(&record);
    let mut out = Vec::new();
    render(shared, individual, &Dictionary::new(&header(version, samples)), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const TWO: &str = "\tFORMAT\ts1\ts2";

#[test]
fn every_field_has_its_place() {
    // The record of the renderer's test.
    let shared = b"\0\0\0\0\x09\0\0\0\x01\0\0\0\0\0\xe8\x41\x02\0\x02\0\x02\0\0\x02\
        \x27rs\x17A\x27CG\x21\0\x01\x11\x02\x12\x2c\x01\x11\x03\0";
    let individual = b"\x11\x07\x21\x02\x05\x04\x81\x11\x08\x27a\0.\0";
    let record = encode("4.3", TWO, "20\t10\trs\tA\tCG\t29\tPASS;q10\tDP=300;DB\tGT:FT\t0|1:a\t1:.").unwrap();
    assert_eq!(record[..4], u32::try_from(shared.len()).unwrap().to_le_bytes());
    assert_eq!(record[4..8], u32::try_from(individual.len()).unwrap().to_le_bytes());
    assert_eq!(&record[8..], [&shared[..], individual].concat());
}

#[test]
fn lines_come_back() {
    for line in [
        "20\t0\t.\tN\t.\t.\t.\t.\t.\t.\t.",
        "20\t2147483647\trs1;rs2\tACGT\t<DEL>,*,C\t-1.5\tq10\tDP=-2147483640;AF=0.1,.,1e-10\tGT\t0/1\t./.",
        "20\t5\t.\tA\tC\t0\tPASS\tDB;AF=nan,inf,-inf;DP=.\tGT:DP:GL:FT\t0:127:1,2,3:abc\t0/1/2:-120:.:.",
        "20\t5\t.\tA\tC\t0\tPASS\tDP=-121\tDP:GT\t128,.,3:11|400\t.:.",
        "20\t5\t.\tA\tC\t0\tPASS\tuntyped=a,b\tDP:GL\t32768:0.5\t-32761:.",
    ] {
        assert_eq!(back("4.3", TWO, line), line);
    }
}

#[test]
fn what_is_left_out_is_missing() {
    let site = "20\t5\t.\tA\tC\t.\t.";
    let line = format!("{site}\t;DB;;AF=,1;\tGT:DP:GL:FT\t0/1\t1|1:5:");
    assert_eq!(back("4.3", TWO, &line), format!("{site}\tDB;AF=.,1\tGT:DP:GL:FT\t0/1:.:.:.\t1|1:5:.:."));
    assert_eq!(back("4.3", "", "20\t5\t.\tA\tC\t.\tq10;\t."), "20\t5\t.\tA\tC\t.\tq10\t.");
    assert_eq!(back("4.3", "\tFORMAT", &format!("{site}\t.\tGT:DP")), format!("{site}\t.\tGT:DP"));
}

#[test]
fn the_first_phasing_is_told_from_4_4_on() {
    let codes = |version: &str, genotype: &str| {
        let line = format!("20\t5\t.\tA\tC\t.\t.\t.\tGT\t{genotype}");
        let record = encode(version, "\tFORMAT\ts1", &line)?;
        let (_, individual) = parts(&record);
        Ok::<_, EncodeError>(individual[3..].to_vec())
    };
    for (genotype, before, since) in [
        ("0/1", [2, 4].as_slice(), [2, 4].as_slice()),
        ("0|1", &[2, 5], &[3, 5]),
        (".|.", &[0, 1], &[1, 1]),
        ("./.", &[0, 0], &[0, 0]),
        ("0/1|2", &[2, 4, 7], &[2, 4, 7]),
        ("0|1|2", &[2, 5, 7], &[3, 5, 7]),
        ("0", &[2], &[3]),
        (".", &[0], &[0]),
    ] {
        assert_eq!(codes("4.3", genotype).as_deref(), Ok(before), "{genotype}");
        assert_eq!(codes("4.4", genotype).as_deref(), Ok(since), "{genotype}");
    }
    for (genotype, expected) in [("/0|1", [2, 5].as_slice()), ("|0/1", &[3, 4]), ("/0", &[2]), ("|.", &[1])] {
        assert_eq!(codes("4.4", genotype).as_deref(), Ok(expected), "{genotype}");
        assert!(codes("4.3", genotype).is_err(), "{genotype}");
    }
}

#[test]
fn the_length_on_the_reference_is_that_of_end() {
    for (line, length) in [("A\tC\t.\t.\t.", 1), ("ACG\tA\t.\t.\t.", 3), ("A\t<DEL>\t.\t.\tEND=14", 10)] {
        let record = encode("4.3", "", &format!("20\t5\t.\t{line}")).unwrap();
        assert_eq!(record[16..20], i32::to_le_bytes(length), "{line}");
    }
}

#[test]
fn what_bcf_cannot_hold_is_refused_by_name() {
    for (line, message) in [
        (
            "21\t5\t.\tA\tC\t.\t.\t.",
            "contig `21` is not declared in the header, and BCF needs that: add ##contig=<ID=21>",
        ),
        (
            "20\t5\t.\tA\tC\t.\ts50\t.",
            "FILTER `s50` is not declared in the header, and BCF needs that: \
             add ##FILTER=<ID=s50,Description=\"...\">",
        ),
        (
            "20\t5\t.\tA\tC\t.\t.\tGT=1",
            "INFO `GT` is not declared in the header, and BCF needs that: \
             add ##INFO=<ID=GT,Number=...,Type=...,Description=\"...\">",
        ),
        (
            "20\t5\t.\tA\tC\t.\t.\tDP=1.5",
            "INFO DP has `1.5`, which is no integer from -2147483640 to 2147483647, as its Type demands",
        ),
        (
            "20\t5\t.\tA\tC\t.\t.\tDP=99999999999999999999",
            "INFO DP has `99999999999999999999`, which is no integer from -2147483640 to 2147483647, \
             as its Type demands",
        ),
        (
            "20\t5\t.\tA\tC\t.\t.\tAF=1e50",
            "INFO AF has `1e50`, which is no number that 32 bits can hold, as its Type demands",
        ),
        (
            "20\t5\t.\tA\tC\tlow\t.\t.",
            "QUAL has `low`, which is no number that 32 bits can hold, as its Type demands",
        ),
        ("20\t5\t.\tA\tC,\t.\t.\t.", "an allele of ALT is empty"),
        ("20\t5\t.\tA\tC\t.\t\t.", "FILTER is empty"),
        (
            "20\t5\ta\x07\tA\tC\t.\t.\t.",
            "the line has the character `\\x07`, which has a meaning of its own in BCF",
        ),
    ] {
        assert_eq!(encode("4.3", "", line).unwrap_err().to_string(), message);
    }
    for (samples, message) in [
        (
            "XX\t1\t2",
            "FORMAT `XX` is not declared in the header, and BCF needs that: \
            add ##FORMAT=<ID=XX,Number=...,Type=...,Description=\"...\">",
        ),
        ("FL\t1\t2", "FORMAT `FL` is declared as Type=Flag, of which samples have no values"),
        (
            "DP\t1\tx1",
            "FORMAT DP has `x1`, which is no integer from -2147483640 to 2147483647, as its Type demands",
        ),
        (
            "FT:GL\ta:1\tb:1,1x",
            "FORMAT GL has `1,1x`, which is no number that 32 bits can hold, as its Type demands",
        ),
        (
            "GT\t0/1\t0/x",
            "FORMAT GT has `0/x`, which is no genotype: \
            alleles are numbers up to 1073741822 or `.`, with `/` or `|` between",
        ),
        ("GT\t0/1\t0/1:5", "sample 2 has more values than FORMAT has keys"),
        ("GT\t0/1", "the line has 1 samples; the header has 2"),
        ("GT\t0/1\t1\t1", "the line has 3 samples; the header has 2"),
        (".\t.\t1", "FORMAT is `.`, but sample 2 has `1`"),
    ] {
        let line = format!("20\t5\t.\tA\tC\t.\t.\t.\t{samples}");
        assert_eq!(encode("4.3", TWO, &line).unwrap_err().to_string(), message);
    }
    assert!(matches!(encode("4.3", TWO, "20\t5\t.\tA\tC\t.\t.\t."), Err(EncodeError::Line(_))));
}
