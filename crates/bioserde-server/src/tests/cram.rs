//! CRAM by records and as BAM, and by whole containers where records cannot be decoded.

use std::fs;
use std::path::Path;

use axum::body::Body;
use bioserde_convert::{Plan, PlannedInput, Silent, convert};
use bioserde_htsget::{Format, Ticket};
use bioserde_read::{Input, Model, Opening, Options};
use bioserde_testkit::alignments::{self, Header};
use bioserde_testkit::{Random, bgzf};
use bioserde_write::{SinkOptions, WriteIndex, by_name};
use http::Request;
use serde_json::json;
use tempfile::{NamedTempFile, TempDir};

use super::site::{Reply, Site, routes_of};
use crate::auth::TokenAlgorithm;
use crate::auth::tests::signer::{Signer, in_seconds};
use crate::config::Config;
use crate::state::State;

const CONTIGS: [(&str, u32); 5] =
    [("chr1", 25_000), ("chr2", 25_000), ("chrX", 25_000), ("HLA-A*01:01", 25_000), ("chrM", 25_000)];

/// A folder with `x.cram`, which is stored against `genome.fa` of another folder.
struct Cram {
    site: Site,
    elsewhere: TempDir,
}

impl Cram {
    /// Whether the server knows the reference, and whether the file has its index.
    fn new(knows_reference: bool, is_indexed: bool, config: &str) -> Self {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let genome = elsewhere.path().join("genome.fa");
        fs::write(&genome, fasta()).unwrap();
        let cram = folder.path().join("x.cram");
        write_cram(&elsewhere.path().join("x.bam"), &cram, Some(&genome));
        if !is_indexed {
            fs::remove_file(folder.path().join("x.cram.crai")).unwrap();
        }
        let references = if knows_reference { format!("'{}'", genome.display()) } else { String::new() };
        let router = routes_of(folder.path(), &format!("{config}\n[cram]\nreferences = [{references}]\n"));
        Self { site: Site { folder, router }, elsewhere }
    }

    async fn records(&self, ticket: &Reply) -> Vec<Model> {
        let bytes = self.site.fetch(ticket).await;
        let format = Ticket::from_json(&ticket.body).unwrap().format();
        self.read(&bytes, format)
    }

    fn read(&self, bytes: &[u8], format: Format) -> Vec<Model> {
        let path = self.elsewhere.path().join(format!("answer{}", format.suffix()));
        fs::write(&path, bytes).unwrap();
        self.of_file(&path)
    }

    fn of_file(&self, path: &Path) -> Vec<Model> {
        let reference = Some(self.elsewhere.path().join("genome.fa"));
        let opening = Opening { reference, ..Opening::default() };
        let options = Options { opening, ..Options::default() };
        let input = Input::open(path.to_str().unwrap(), &options).unwrap();
        input.records().map(Result::unwrap).collect()
    }

    /// The records that overlap a part of `chr1`, 0-based and half-open.
    fn expected(&self, start: usize, end: usize) -> Vec<Model> {
        let mut all = self.of_file(&self.site.folder.path().join("x.cram"));
        all.retain(|record| {
            let Model::Alignment(record) = record else { return false };
            let json = serde_json::to_value(record).unwrap();
            let at = |key: &str| json[key].as_u64().and_then(|n| usize::try_from(n).ok());
            json["rname"] == "chr1" && at("pos").is_some_and(|pos| pos <= end) && record_end(&json) > start
        });
        all
    }
}

/// The last position, 1-based.
fn record_end(record: &serde_json::Value) -> usize {
    let pos = usize::try_from(record["pos"].as_u64().unwrap()).unwrap();
    let (mut span, mut number) = (0, 0);
    let is_mapped = record["flag"].as_u64().unwrap() & 4 == 0;
    for byte in record["cigar"].as_str().unwrap_or_default().bytes().filter(|_| is_mapped) {
        match byte {
            b'0'..=b'9' => number = number * 10 + usize::from(byte - b'0'),
            b'M' | b'D' | b'N' | b'=' | b'X' => (span, number) = (span + number, 0),
            _ => number = 0,
        }
    }
    pos + span.max(1) - 1
}

fn fasta() -> String {
    let mut random = Random::new(5);
    let contig = |(name, length): (&str, u32)| {
        let bases = random.bytes(b"ACGT", usize::try_from(length).unwrap());
        format!(">{name}\n{}\n", String::from_utf8(bases).unwrap())
    };
    CONTIGS.map(contig).concat()
}

/// Reads of all kinds, as BAM and as CRAM with its index.
fn write_cram(bam: &Path, cram: &Path, reference: Option<&Path>) {
    let header = Header::new("coordinate", &CONTIGS, "@RG\tID:a\tSM:NA1\n@RG\tID:b\tSM:NA1\n");
    let mut records = alignments::typical(21, 3000);
    for record in &mut records {
        let near = |pos: i32| if pos > 0 { 1 + pos % 20_000 } else { 0 };
        (record.pos, record.pnext) = (near(record.pos), near(record.pnext));
    }
    alignments::sort(&mut records);
    fs::write(bam, bgzf::compress(&alignments::bam_bytes(&header, &records), &[60_000], true)).unwrap();
    let sink_options = SinkOptions {
        index: WriteIndex::Usual,
        reference: reference.map(Path::to_owned),
        ..SinkOptions::default()
    };
    let plan = Plan {
        inputs: vec![PlannedInput::Path { path: bam.to_str().unwrap().to_owned(), index: None }],
        output: cram.to_str().unwrap().to_owned(),
        format: by_name("cram").unwrap(),
        options: Options::default(),
        sink_options,
        threads: Some(1),
        overwrite: false,
        recipients: Vec::new(),
    };
    convert(&plan, &mut Silent).unwrap();
}

const REGION: &str = "referenceName=chr1&start=5000&end=9000";

#[tokio::test]
async fn with_the_reference_cram_has_the_wanted_records_alone() {
    let cram = Cram::new(true, true, "");
    let expected = cram.expected(5000, 9000);
    assert!(expected.len() > 50);
    for format in ["CRAM", "BAM"] {
        let ticket = cram.site.get(&format!("/reads/x?format={format}&{REGION}")).await;
        assert_eq!(ticket.json()["htsget"]["format"], format);
        assert!(cram.records(&ticket).await == expected, "{format}");
    }
    // What was the default before is so still.
    let ticket = cram.site.get(&format!("/reads/x?{REGION}")).await;
    assert_eq!(ticket.json()["htsget"]["format"], "CRAM");
    let all = cram.of_file(&cram.site.folder.path().join("x.cram"));
    assert!(cram.records(&cram.site.get("/reads/x?format=BAM").await).await == all);
    assert!(cram.records(&cram.site.get("/reads/x").await).await == all);
    let header = cram.site.fetch(&cram.site.get("/reads/x?format=BAM&class=header").await).await;
    assert!(bgzf::decompress(&header).starts_with(b"BAM\x01"));
    assert!(cram.read(&header, Format::Bam).is_empty());
}

#[tokio::test]
async fn many_regions_of_cram_are_divided_and_have_each_record_once() {
    let cram = Cram::new(true, true, "");
    let regions: Vec<_> =
        (0..40).map(|i| json!({"referenceName": "chr1", "start": i * 200, "end": i * 200 + 100})).collect();
    let all = cram.expected(0, 7900);
    let mut found = Vec::new();
    for format in ["CRAM", "BAM"] {
        let ticket =
            cram.site.post("/reads/x", json!({"format": format, "regions": regions}).to_string()).await;
        let urls = ticket.json()["htsget"]["urls"].as_array().unwrap().len();
        assert_eq!(urls, if format == "CRAM" { 5 } else { 3 });
        let records = cram.records(&ticket).await;
        let mut among = all.iter();
        assert!(records.iter().all(|record| among.any(|one| one == record)), "in the order of the file");
        found.push(records);
    }
    assert!(found[0] == found[1] && found[0].len() > 100);
}

#[tokio::test]
async fn without_the_reference_cram_is_sent_by_containers_and_nothing_else_is_made() {
    let cram = Cram::new(false, true, "");
    let records = cram.records(&cram.site.get(&format!("/reads/x?{REGION}")).await).await;
    let expected = cram.expected(5000, 9000);
    assert!(records.len() > expected.len());
    for path in ["/reads/x?format=BAM", "/slices/reads/x.bam", "/slices/reads/x.csv", "/reads/x?format=CSV"] {
        let reply = cram.site.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.error().as_str()), (400, "UnsupportedFormat"), "{path}");
        let message = String::from_utf8(reply.body).unwrap();
        assert!(message.contains("cram.references"), "{message}");
    }
    let details = cram.site.get("/datasets/reads/x.json").await.json();
    assert_eq!(details["slices"], json!([{"format": "CRAM", "suffix": ".cram"}]));
}

#[tokio::test]
async fn a_bam_of_the_same_id_goes_before_a_cram_that_is_decoded() {
    let cram = Cram::new(true, true, "");
    let bytes = bgzf::compress(&alignments::bam_bytes(&alignments::typical_header(), &[]), &[100], true);
    let ticket = cram.site.get(&format!("/reads/x?format=BAM&{REGION}")).await;
    fs::write(cram.site.folder.path().join("x.bam"), bytes).unwrap();
    let reply = cram.site.get("/reads/x?format=BAM").await;
    assert!(cram.read(&cram.site.fetch(&reply).await, Format::Bam).is_empty());
    // Its ticket was for the other file.
    let ticket = Ticket::from_json(&ticket.body).unwrap();
    let url = ticket.urls().iter().find(|url| url.inline_bytes().is_none()).unwrap();
    assert_eq!(cram.site.get(url.url().strip_prefix("http://h.test").unwrap()).await.error(), "NotFound");
}

/// Servers of one secret may know different references.
#[tokio::test]
async fn a_url_for_records_gets_no_whole_containers_from_a_server_without_the_reference() {
    let tickets = "[tickets]\nsecret = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'\n";
    let cram = Cram::new(true, true, tickets);
    let ticket = cram.site.get(&format!("/reads/x?{REGION}")).await;
    let ticket = Ticket::from_json(&ticket.body).unwrap();
    let url = ticket.urls().iter().find(|url| url.inline_bytes().is_none()).unwrap();
    let path = url.url().strip_prefix("http://h.test").unwrap();
    assert_eq!(cram.site.get(path).await.status, 200);
    let folder = cram.site.folder;
    let router = routes_of(folder.path(), tickets);
    assert_eq!(Site { folder, router }.get(path).await.error(), "NotFound");
}

#[tokio::test]
async fn large_files_are_divided_as_bam_too() {
    for is_indexed in [true, false] {
        let cram = Cram::new(true, is_indexed, "[tickets]\npiece_bytes = '64 KiB'\n");
        let all = cram.of_file(&cram.site.folder.path().join("x.cram"));
        for path in ["/reads/x?format=BAM", "/reads/x?format=BAM&notags=NM,MD"] {
            let ticket = cram.site.get(path).await;
            let urls = ticket.json()["htsget"]["urls"].as_array().unwrap().len();
            assert!(urls > 3, "{path}: {urls}");
            let records = cram.records(&ticket).await;
            assert_eq!(records.len(), all.len());
            assert_eq!(records == all, !path.contains("notags"), "{path}");
        }
    }
}

struct Guarded {
    cram: Cram,
    signer: Signer,
    _key: NamedTempFile,
}

impl Guarded {
    fn new(knows_reference: bool, is_indexed: bool) -> Self {
        let signer = Signer::new(TokenAlgorithm::ES256);
        let key = NamedTempFile::new().unwrap();
        fs::write(key.path(), signer.public_pem()).unwrap();
        let rules = "[[auth.rules]]\nsubjects = ['all']\nids = ['**']\n\
                     [[auth.rules]]\nsubjects = ['some']\nids = ['x']\nregions = ['chr1:5001-9000']\n";
        let config = format!("[auth]\npublic_key = '{}'\n{rules}", key.path().display());
        Self { cram: Cram::new(knows_reference, is_indexed, &config), signer, _key: key }
    }

    async fn get(&self, path: &str, subject: &str) -> Reply {
        let token = self.signer.token(&json!({"sub": subject, "exp": in_seconds(600)}));
        let request = Request::get(path).header("host", "h.test");
        let request = request.header("authorization", format!("Bearer {token}"));
        self.cram.site.send(request.body(Body::empty()).unwrap()).await
    }

    async fn statuses(&self, subject: &str) -> [u16; 6] {
        let paths = [
            format!("/reads/x?format=CRAM&{REGION}"),
            format!("/slices/reads/x.cram?{REGION}"),
            format!("/reads/x?format=BAM&{REGION}"),
            format!("/slices/reads/x.csv?{REGION}"),
            "/reads/x?format=CRAM&referenceName=chr1&start=5000&end=9001".to_owned(),
            "/reads/x?format=CRAM&class=header".to_owned(),
        ];
        let mut statuses = [0; 6];
        for (status, path) in statuses.iter_mut().zip(paths) {
            *status = self.get(&path, subject).await.status.as_u16();
        }
        statuses
    }
}

#[tokio::test]
async fn rules_by_region_allow_cram_where_slices_are_exact() {
    assert_eq!(Guarded::new(true, true).statuses("some").await, [200, 200, 200, 200, 403, 200]);
    // Without an index CRAM is sent whole, but BAM is looked through.
    let denied = Guarded::new(true, false).get(&format!("/reads/x?{REGION}"), "some").await;
    assert!(String::from_utf8_lossy(&denied.body).contains("ask for format=BAM"));
    assert_eq!(Guarded::new(true, false).statuses("some").await, [403, 403, 200, 200, 403, 200]);
    assert_eq!(Guarded::new(false, true).statuses("some").await, [403, 403, 400, 400, 403, 200]);
    assert_eq!(Guarded::new(false, true).statuses("all").await, [200, 200, 400, 400, 200, 200]);
}

#[tokio::test]
async fn who_is_allowed_a_region_of_cram_gets_its_records_alone() {
    let guarded = Guarded::new(true, true);
    let expected = guarded.cram.expected(5000, 9000);
    for path in [format!("/reads/x?{REGION}"), format!("/reads/x?format=BAM&{REGION}")] {
        let ticket = guarded.get(&path, "some").await;
        assert!(guarded.cram.records(&ticket).await == expected, "{path}");
    }
    let file = guarded.get(&format!("/slices/reads/x.cram?{REGION}"), "some").await;
    assert!(guarded.cram.read(&file.body, Format::Cram) == expected);
}

#[tokio::test]
async fn a_file_with_its_own_bases_needs_no_reference() {
    let cram = Cram::new(false, true, "");
    let folder = cram.site.folder.path();
    write_cram(&cram.elsewhere.path().join("own.bam"), &folder.join("own.cram"), None);
    let expected = cram.expected(5000, 9000).len();
    for format in ["CRAM", "BAM"] {
        let ticket = cram.site.get(&format!("/reads/own?format={format}&{REGION}")).await;
        assert_eq!(cram.records(&ticket).await.len(), expected, "{format}");
    }
}

#[test]
fn a_reference_that_cannot_be_opened_is_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.fa");
    let said = |text: &str| {
        let file = format!("locations = [{{ path = '.' }}]\n[cram]\nreferences = ['{text}']");
        let config = Config::load(Some((Path::new("test.toml"), &file)), [], toml::Table::new()).unwrap();
        let error = State::new(&config).unwrap_err();
        format!("{}; {}", crate::failure::Chain(&error), error.hint().unwrap_or_default())
    };
    let none = said(path.to_str().unwrap());
    assert!(none.starts_with("`cram.references`: ") && none.contains("none.fa: cannot read"), "{none}");
    let compressed = folder.path().join("x.fa.gz");
    fs::write(&compressed, bgzf::compress(b">a\nACGT\n", &[9], true)).unwrap();
    let unindexed = said(compressed.to_str().unwrap());
    assert!(unindexed.contains("its index (.fai, and .gzi"), "{unindexed}");
    assert!(unindexed.contains("; make the index: samtools faidx FILE"), "{unindexed}");
}
