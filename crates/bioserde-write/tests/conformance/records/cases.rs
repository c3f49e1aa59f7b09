//! Records of every form with their places.

use bioserde_core::{Header, Interval, Location, Position, RecordForm, sam, vcf};
use bioserde_testkit::{alignments, variants};

#[derive(Clone)]
pub(super) struct Record {
    pub(super) bytes: Vec<u8>,
    pub(super) location: Location,
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) header: Header,
    /// The source's own.
    pub(super) bytes: Option<(RecordForm, Vec<u8>)>,
    /// What the output's should be.
    pub(super) header_bytes: Vec<u8>,
    pub(super) records: Vec<Record>,
}

impl Case {
    pub(super) fn expected(&self) -> Vec<u8> {
        let records = self.records.iter().flat_map(|r| &r.bytes);
        self.header_bytes.iter().chain(records).copied().collect()
    }
}

pub(super) fn of(form: RecordForm) -> Vec<Case> {
    let mut cases = vec![sorted(form)];
    if matches!(form, RecordForm::Bam | RecordForm::Sam) {
        for (name, (header, records)) in [("cases", alignments::cases()), ("long", alignments::long_reads())]
        {
            cases.push(reads(name, form, &header, &records));
        }
    }
    let mut verbatim = sorted(form);
    if form == RecordForm::Bam {
        // NULs after the text belong to the header as it stands (SAMv1 §4.2).
        let text = verbatim.header.text().len();
        verbatim.header_bytes.splice(8 + text..8 + text, *b"\0\0\0");
        verbatim.header_bytes[4..8].copy_from_slice(&length(text + 3));
    }
    verbatim.bytes = Some((form, verbatim.header_bytes.clone()));
    cases.push(Case { name: "verbatim", ..verbatim });
    cases.push(Case { name: "empty", records: Vec::new(), ..sorted(form) });
    cases
}

/// Records in order, which can be indexed.
pub(super) fn sorted(form: RecordForm) -> Case {
    match form {
        RecordForm::Bam | RecordForm::Sam => {
            let mut records = alignments::typical(1, 3000);
            alignments::sort(&mut records);
            reads("sorted", form, &alignments::typical_header(), &records)
        }
        RecordForm::Vcf | RecordForm::Bcf => calls(form),
    }
}

pub(super) fn header_of_length(form: RecordForm, length: u32) -> Header {
    match form {
        RecordForm::Bam | RecordForm::Sam => {
            let header = alignments::Header::new("coordinate", &[("a", length)], "");
            Header::Sam(sam::Header::parse(header.text.as_bytes()).unwrap().into())
        }
        RecordForm::Vcf | RecordForm::Bcf => {
            let text = format!(
                "##fileformat=VCFv4.3\n##contig=<ID=a,length={length}>\n\
                 #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
            );
            Header::Vcf(vcf::Header::parse(text.as_bytes()).unwrap().into())
        }
    }
}

fn reads(
    name: &'static str,
    form: RecordForm,
    header: &alignments::Header,
    records: &[alignments::Alignment],
) -> Case {
    let is_bam = form == RecordForm::Bam;
    let record = |r: &alignments::Alignment| {
        let line = || format!("{}\n", alignments::sam_line(header, r)).replace("\n\n", "\n").into_bytes();
        Record {
            bytes: if is_bam { alignments::bam_record_bytes(r) } else { line() },
            location: Location {
                reference: r.rname,
                interval: interval(r.pos, r.span()),
                is_mapped: r.flag & 4 == 0,
            },
        }
    };
    Case {
        name,
        header: Header::Sam(sam::Header::parse(header.text.as_bytes()).unwrap().into()),
        bytes: None,
        header_bytes: if is_bam {
            alignments::bam_header_bytes(header)
        } else {
            header.text.clone().into_bytes()
        },
        records: records.iter().map(record).collect(),
    }
}

/// Sites; in VCF text also on a contig that is not declared.
fn calls(form: RecordForm) -> Case {
    let text = variants::typical_header(0);
    let header = vcf::Header::parse(text.as_bytes()).unwrap();
    let mut lines = variants::typical(2, 3000, 0);
    if form == RecordForm::Vcf {
        lines.extend((1..=500).map(|i| format!("other\t{}\t.\tAC\tA\t.\tPASS\tDP={i}", i * 20_000)));
    }
    let record = |line: &String| {
        let fields: Vec<&str> = line.split('\t').collect();
        let pos: i32 = fields[1].parse().unwrap();
        let reference = header.names().iter().position(|name| *name == fields[0]);
        let end = fields[7].split(';').find_map(|field| field.strip_prefix("END="));
        let span = end.map_or(i64::try_from(fields[3].len()).unwrap(), |end| {
            end.parse::<i64>().unwrap() - i64::from(pos) + 1
        });
        Record {
            bytes: match form {
                RecordForm::Bcf => bcf_record(reference.unwrap(), pos, span, &fields[3..5].join(",")),
                _ => format!("{line}\n").into_bytes(),
            },
            location: Location { reference, interval: interval(pos, span), is_mapped: true },
        }
    };
    let header_bytes = match form {
        RecordForm::Bcf => [b"BCF\x02\x02", &length(text.len() + 1)[..], text.as_bytes(), b"\0"].concat(),
        _ => text.clone().into_bytes(),
    };
    Case {
        name: "sorted",
        records: lines.iter().map(record).collect(),
        header: Header::Vcf(header.into()),
        bytes: None,
        header_bytes,
    }
}

/// A site without ID, QUAL, FILTER and INFO (VCF 4.3 §6.3).
fn bcf_record(reference: usize, pos: i32, span: i64, alleles: &str) -> Vec<u8> {
    let alleles: Vec<&str> = alleles.split(',').collect();
    let mut shared = Vec::new();
    shared.extend(length(reference));
    shared.extend((pos - 1).to_le_bytes());
    shared.extend(length(usize::try_from(span).unwrap()));
    shared.extend(0x7f80_0001_u32.to_le_bytes());
    shared.extend([0, 0]);
    shared.extend(u16::try_from(alleles.len()).unwrap().to_le_bytes());
    shared.extend([0; 4]);
    shared.push(7);
    for allele in alleles {
        shared.push(u8::try_from(allele.len()).unwrap() << 4 | 7);
        shared.extend(allele.bytes());
    }
    shared.push(0);
    [&length(shared.len())[..], &length(0), &shared].concat()
}

fn interval(pos: i32, span: i64) -> Option<Interval> {
    let start = u64::try_from(pos).ok().and_then(Position::new)?;
    let end = u64::try_from(i64::from(pos) + span.max(1) - 1).ok().and_then(Position::new)?;
    Some(Interval { start, end })
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap().to_le_bytes()
}
