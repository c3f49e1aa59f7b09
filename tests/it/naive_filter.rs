//! Records as noodles reads them, and the filter of htsget by arithmetic on their positions: nothing here
//! is bioserde's own.

use std::fmt;
use std::io::Cursor;
use std::path::Path;

use noodles_sam::alignment::Record as _;

/// A record with all its bytes, equal only to itself.
#[derive(Clone, PartialEq)]
pub(crate) enum Content {
    Bam(noodles_bam::Record),
    Vcf(noodles_vcf::Record),
    Bcf(noodles_bcf::Record),
}

/// Where a record lies, if anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lies {
    On(Place),
    /// It names a reference sequence and no position: to htslib it is in no region, and not unplaced.
    Nowhere,
    Unplaced,
}

impl Lies {
    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Self::On(place) => Some(place),
            Self::Nowhere | Self::Unplaced => None,
        }
    }
}

/// A place on a reference sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// The first base from 0; -1 for position 0 of VCF.
    pub(crate) start: i64,
    /// After the last base, and after `start`.
    pub(crate) end: i64,
}

/// A record and where it lies.
#[derive(Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) lies: Lies,
    content: Content,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.content {
            Content::Bam(record) => record.name().map(ToString::to_string),
            Content::Vcf(record) => Some(record.ids().as_ref().to_owned()),
            Content::Bcf(_) => None,
        };
        write!(f, "{name:?} lies {:?}", self.lies)
    }
}

/// A region of a query, in positions from 0, half open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Unplaced,
    Placed { name: String, start: Option<i64>, end: Option<i64> },
}

impl Wanted {
    /// Whether a record is in the region: it and the region have a base in common.
    pub(crate) fn has(&self, lies: &Lies) -> bool {
        match (self, lies) {
            (Self::Unplaced, Lies::Unplaced) => true,
            (Self::Placed { name, start, end }, Lies::On(place)) => {
                let is_empty = start.is_some() && start == end;
                *name == place.name
                    && !is_empty
                    && start.is_none_or(|start| start < place.end)
                    && end.is_none_or(|end| place.start < end)
            }
            _ => false,
        }
    }
}

/// The format and every record of a file; and the names of its reference sequences.
pub(crate) struct Decoded {
    pub(crate) names: Vec<String>,
    pub(crate) records: Vec<Record>,
}

impl Decoded {
    /// Reads a file, by the end of its name.
    pub(crate) fn open(path: &Path) -> Self {
        Self::read(format_of(path), &std::fs::read(path).unwrap())
    }

    /// Reads the bytes of a format of htsget.
    pub(crate) fn read(format: &str, bytes: &[u8]) -> Self {
        match format {
            "BAM" => bam(bytes),
            "VCF" => vcf(bytes),
            _ => bcf(bytes),
        }
    }
}

/// The format of htsget that a name tells.
pub(crate) fn format_of(path: &Path) -> &'static str {
    match path.extension().unwrap().to_str().unwrap() {
        "bam" => "BAM",
        "bcf" => "BCF",
        _ => "VCF",
    }
}

fn bam(bytes: &[u8]) -> Decoded {
    let mut reader = noodles_bam::io::Reader::new(bytes);
    let header = reader.read_header().unwrap();
    let names: Vec<String> = header.reference_sequences().keys().map(ToString::to_string).collect();
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        Record { lies: place_of_read(&record, &names), content: Content::Bam(record) }
    });
    let records = records.collect();
    Decoded { names, records }
}

/// Unmapped reads count as one base (htslib `bam_endpos`).
fn place_of_read(record: &noodles_bam::Record, names: &[String]) -> Lies {
    let Some(name) = record.reference_sequence_id().map(|id| names[id.unwrap()].clone()) else {
        return Lies::Unplaced;
    };
    let Some(start) = record.alignment_start() else { return Lies::Nowhere };
    let start = i64::try_from(start.unwrap().get()).unwrap() - 1;
    let span = match record.flags().is_unmapped() {
        true => 0,
        false => record.alignment_span().map_or(0, |span| i64::try_from(span.unwrap()).unwrap()),
    };
    Lies::On(Place { name, start, end: start + span.max(1) })
}

fn vcf(bytes: &[u8]) -> Decoded {
    let mut reader = noodles_vcf::io::Reader::new(noodles_bgzf::io::Reader::new(Cursor::new(bytes)));
    let header = reader.read_header().unwrap();
    let names = header.contigs().keys().map(ToString::to_string).collect();
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        Record { lies: Lies::On(place_of_line(&record)), content: Content::Vcf(record) }
    });
    let records = records.collect();
    Decoded { names, records }
}

/// `END` counts when it is not before POS (htslib `vcf_parse_info`).
fn place_of_line(record: &noodles_vcf::Record) -> Place {
    let start = record.variant_start().map_or(-1, |start| i64::try_from(start.unwrap().get()).unwrap() - 1);
    let info = record.info();
    let end = info.as_ref().split(';').find_map(|field| field.strip_prefix("END=")?.parse().ok());
    let bases = start + i64::try_from(record.reference_bases().len()).unwrap();
    let end = end.filter(|end| *end > start).unwrap_or(bases);
    Place { name: record.reference_sequence_name().to_owned(), start, end }
}

fn bcf(bytes: &[u8]) -> Decoded {
    let mut reader = noodles_bcf::io::Reader::new(bytes);
    let header = reader.read_header().unwrap();
    let names: Vec<String> = header.contigs().keys().map(ToString::to_string).collect();
    let records = reader.records().map(|record| {
        let record = record.unwrap();
        let name = noodles_vcf::variant::Record::reference_sequence_name(&record, &header).unwrap();
        let start =
            record.variant_start().map_or(-1, |start| i64::try_from(start.unwrap().get()).unwrap() - 1);
        let end = i64::try_from(record.end().unwrap().get()).unwrap();
        let place = Place { name: name.to_owned(), start, end: end.max(start + 1) };
        Record { lies: Lies::On(place), content: Content::Bcf(record) }
    });
    let records = records.collect();
    Decoded { names, records }
}
