//! What tickets and slices hold, by text.

use axum::response::IntoResponse;
use bioserde_core::{Interval, Position, Region};
use bioserde_crypt4gh::Keyring;
use bioserde_htsget::{Endpoint, Format, Query};
use bioserde_read::{Input, Model, Options};
use bioserde_resolve::Object;
use bioserde_testkit::alignments::{self, Alignment, Value};
use bioserde_testkit::{Random, bgzf, variants};
use serde_json::Value as Json;

use super::site::{Site, index_of};
use crate::config::Config;
use crate::routes::router;
use crate::served::{Form, Opener, Served, Stamp, spec};
use crate::state::State;
use crate::stopping::Stopping;
use crate::table;

/// The records of a file as models, in words.
fn records(path: &std::path::Path, regions: &[String]) -> Vec<String> {
    let options = Options { regions: regions.to_vec(), ..Options::default() };
    let input = Input::open(path.to_str().unwrap(), &options).unwrap();
    input.records().map(|record| format!("{:?}", record.unwrap())).collect()
}

fn region_text(region: &Region) -> String {
    match region {
        Region::Mapped { name, interval } => format!("{{{name}}}:{}-{}", interval.start, interval.end),
        Region::Unplaced => "*".to_owned(),
    }
}

#[tokio::test]
async fn p18_d1_many_regions_are_one_file_with_each_record_once() {
    let site = Site::new("piece_bytes = 65536");
    let mut random = Random::new(9);
    let folder = tempfile::tempdir().unwrap();
    for (endpoint, id, file) in [
        ("reads", "a", "a.bam"),
        ("reads", "deep/b", "deep/b.bam"),
        ("variants", "v", "v.vcf.gz"),
        ("variants", "plain", "plain.vcf"),
    ] {
        let path = site.folder.path().join(file);
        let placed: Vec<(String, u64)> = Input::open(path.to_str().unwrap(), &Options::default())
            .unwrap()
            .records()
            .filter_map(|record| match record.unwrap() {
                Model::Alignment(a) => Some((a.rname?, a.pos?.get().into())),
                Model::Variant(v) => Some((v.chrom, v.pos.get().into())),
            })
            .collect();
        for _ in 0..12 {
            let n = 1 + random.index(30);
            let mut regions = Vec::new();
            for _ in 0..n {
                let (name, pos) = placed[random.index(placed.len())].clone();
                let start = pos.saturating_sub(u64::from(random.below(3000))).max(1);
                let end = pos + u64::from(random.below(3000));
                let interval =
                    Interval { start: Position::new(start).unwrap(), end: Position::new(end).unwrap() };
                regions.push(Region::Mapped { name, interval });
            }
            let json: Vec<_> = regions
                .iter()
                .map(|region| match region {
                    Region::Mapped { name, interval } => serde_json::json!({
                        "referenceName": name, "start": interval.start.get() - 1, "end": interval.end.get(),
                    }),
                    Region::Unplaced => unreachable!(),
                })
                .collect();
            let body = serde_json::json!({ "regions": json }).to_string();
            let reply = site.post(&format!("/{endpoint}/{id}"), body).await;
            let slice = folder.path().join("slice");
            std::fs::write(&slice, site.fetch(&reply).await).unwrap();
            let wanted: Vec<_> = regions.iter().map(region_text).collect();
            assert_eq!(records(&slice, &[]), records(&path, &wanted), "{id} {wanted:?}");
        }
    }
}

#[tokio::test]
async fn p6_star_has_the_unplaced_reads_alone() {
    let site = Site::new("");
    let slice = tempfile::NamedTempFile::new().unwrap();
    for id in ["a", "deep/b"] {
        let bytes = site.fetch(&site.get(&format!("/reads/{id}?referenceName=*")).await).await;
        std::fs::write(slice.path(), bytes).unwrap();
        let path = site.folder.path().join(format!("{id}.bam"));
        let unplaced = records(&path, &["*".to_owned()]);
        assert!(!unplaced.is_empty());
        assert_eq!(records(slice.path(), &[]), unplaced);
    }
}

#[tokio::test]
async fn p12_p13_p14_fields_and_tags_are_left_out() {
    let site = Site::new("");
    let slice = tempfile::NamedTempFile::new().unwrap();
    let path = site.folder.path().join("a.bam");
    let all = Input::open(path.to_str().unwrap(), &Options::default()).unwrap();
    let all: Vec<Model> = all.records().map(Result::unwrap).collect();
    for (query, keeps) in [
        ("tags=", (|_| false) as fn(&str) -> bool),
        ("tags=NM,RG", |tag| ["NM", "RG"].contains(&tag)),
        ("notags=NM", |tag| tag != "NM"),
        ("fields=QNAME,FLAG,RNAME,POS,CIGAR", |_| true),
    ] {
        std::fs::write(slice.path(), site.fetch(&site.get(&format!("/reads/a?{query}")).await).await)
            .unwrap();
        let got = Input::open(slice.path().to_str().unwrap(), &Options::default()).unwrap();
        let got: Vec<Model> = got.records().map(Result::unwrap).collect();
        assert_eq!(got.len(), all.len());
        for (got, all) in got.iter().zip(&all) {
            let (Model::Alignment(got), Model::Alignment(all)) = (got, all) else { unreachable!() };
            let names = |record: &bioserde_model::Alignment| {
                record.tags.iter().map(|tag| String::from_utf8(tag.tag.to_vec()).unwrap()).collect::<Vec<_>>()
            };
            let kept: Vec<_> = names(all).into_iter().filter(|tag| keeps(tag)).collect();
            assert_eq!(names(got), kept, "{query}");
            assert_eq!((&got.qname, got.pos), (&all.qname, all.pos));
            assert_eq!(got.seq.is_none(), query.starts_with("fields") || all.seq.is_none());
        }
    }
}

#[tokio::test]
async fn slices_are_whole_files() {
    let site = Site::new("");
    let ticket = site.fetch(&site.get("/reads/a?referenceName=chr1").await).await;
    let direct = site.get("/slices/reads/a.bam?referenceName=chr1").await;
    assert_eq!(direct.headers["content-type"], "application/vnd.ga4gh.bam");
    assert_eq!(bgzf::decompress(&direct.body), bgzf::decompress(&ticket));
    let direct = site.get("/slices/variants/plain.vcf.gz").await;
    let original = std::fs::read(site.folder.path().join("plain.vcf")).unwrap();
    assert_eq!(bgzf::decompress(&direct.body), original);
}

#[tokio::test]
async fn tables_are_tickets_and_files() {
    let site = Site::new("");
    for (format, magic) in [
        ("parquet", &b"PAR1"[..]),
        ("arrow", b"ARROW1"),
        ("sqlite", b"SQLite format 3"),
        ("csv", b"record_no,"),
        ("jsonl", b"{"),
    ] {
        let direct =
            site.get(&format!("/slices/reads/a.{format}?referenceName=chr1&start=0&end=2000000")).await;
        assert_eq!(direct.status, 200, "{}", String::from_utf8_lossy(&direct.body));
        assert!(direct.body.starts_with(magic), "{format}");
        let reply =
            site.get(&format!("/reads/a?format={format}&referenceName=chr1&start=0&end=2000000")).await;
        assert_eq!(reply.json()["htsget"]["format"], format.to_uppercase());
        assert_eq!(site.fetch(&reply).await, direct.body, "{format}");
    }
    let rows = |reply: &super::site::Reply| reply.body.iter().filter(|b| **b == b'\n').count();
    let all = site.get("/slices/variants/v.jsonl").await;
    assert_eq!(rows(&all), 3000);
    assert_eq!(rows(&site.get("/slices/variants/v.jsonl?class=header").await), 0);
    assert_eq!(rows(&site.get("/slices/variants/v.jsonl?referenceName=chr1&start=3&end=3").await), 0);
    let csv = site.get("/slices/reads/a.csv?fields=QNAME,POS&tags=NM").await;
    let head = String::from_utf8_lossy(&csv.body).lines().next().unwrap().to_owned();
    assert_eq!(head, "record_no,qname,pos,end_pos,tag_nm,tags_other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_opened_once_however_many_ask() {
    let site = std::sync::Arc::new(Site::new(""));
    let asked: Vec<_> = (0..50)
        .map(|i| {
            let site = std::sync::Arc::clone(&site);
            tokio::spawn(
                async move { site.get(&format!("/reads/a?referenceName=chr1&start={i}")).await.status },
            )
        })
        .collect();
    for status in asked {
        assert_eq!(status.await.unwrap(), 200);
    }
    assert_eq!(opened(&site).await, 1);
}

#[tokio::test]
async fn files_that_do_not_fit_the_cache_are_served_all_the_same() {
    let site = Site::with("[cache]\ndatasets_bytes = 0\nslices_bytes = 0\n");
    for _ in 0..2 {
        let reply = site.get("/reads/a?referenceName=chr1").await;
        assert!(!site.fetch(&reply).await.is_empty());
    }
    assert!(opened(&site).await >= 4);
}

async fn opened(site: &Site) -> u64 {
    let text = String::from_utf8(site.get("/metrics").await.body).unwrap();
    let line = text.lines().find(|line| line.starts_with("bioserde_opened_files_total")).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// The rows of a table, and its text.
async fn table(site: &Site, path: &str) -> (Vec<Json>, String) {
    let reply = site.get(path).await;
    let text = String::from_utf8(reply.body).unwrap();
    assert_eq!(reply.status, 200, "{path}: {text}");
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), text)
}

fn column<'a>(rows: &'a [Json], name: &str) -> Vec<&'a Json> {
    rows.iter().map(|row| &row[name]).collect()
}

fn odd_tags() -> Vec<Alignment> {
    let read = |pos, tags| Alignment {
        flag: 0,
        rname: Some(0),
        pos,
        cigar: vec![(2, b'M'), (100, b'N'), (2, b'M')],
        seq: b"ACGT".to_vec(),
        qual: Some(vec![30; 4]),
        tags,
        ..Alignment::default()
    };
    let text = |text: &str| Value::Text(text.to_owned());
    vec![
        read(10, vec![(*b"NM", Value::UInt8(1)), (*b"Xq", Value::UInt8(7))]),
        // Neither has a column: NM has that of its letters, and Xq's holds integers.
        read(20, vec![(*b"nm", text("lower")), (*b"Xq", text("words"))]),
    ]
}

#[tokio::test]
async fn tables_of_reads_have_the_tags_that_are_wanted_and_no_others() {
    let site = Site::new("");
    let bytes = alignments::bam_bytes(&alignments::typical_header(), &odd_tags());
    std::fs::write(site.folder.path().join("odd.bam"), bgzf::compress(&bytes, &[100], true)).unwrap();
    let path = |query: &str| format!("/slices/reads/odd.jsonl?{query}");
    let (all, _) = table(&site, &path("")).await;
    assert_eq!(column(&all, "end_pos"), [113, 123]);
    for (query, has) in [
        ("notags=nm", [true, false, true]),
        ("notags=Xq", [true, true, false]),
        ("notags=NM,nm&referenceName=chr1&start=0&end=1000", [false, false, true]),
        ("tags=Xq", [false, false, true]),
        ("tags=Xq&fields=POS", [false, false, true]),
        ("tags=nm&fields=QNAME,POS", [false, true, false]),
        ("tags=&fields=POS", [false; 3]),
        ("tags=NM", [true, false, false]),
        ("fields=POS", [true; 3]),
    ] {
        let (rows, text) = table(&site, &path(query)).await;
        assert_eq!(column(&rows, "end_pos"), [113, 123], "{query}");
        assert_eq!(rows[0].get("tag_nm").is_some_and(|nm| *nm == 1), has[0], "{query}");
        assert_eq!(text.contains("lower"), has[1], "{query}: {text}");
        assert_eq!(rows[0].get("tag_xq").is_some_and(|xq| *xq == 7), has[2], "{query}");
        assert_eq!(text.contains("words"), has[2], "{query}: {text}");
        let is_layout_kept = query == "fields=POS";
        assert_eq!(text.contains("tag_layout"), is_layout_kept, "{query}: {text}");
    }
    let (none, _) = table(&site, &path("tags=Xq&referenceName=chr2")).await;
    assert!(none.is_empty());
    for (query, is_complete) in [("", "true"), ("notags=nm", "false"), ("fields=POS", "false")] {
        let parquet = site.get(&format!("/slices/reads/odd.parquet?{query}")).await.body;
        let text = String::from_utf8_lossy(&parquet);
        let (_, after) = text.split_once("bioserde.complete").unwrap();
        assert!(after.chars().take(10).collect::<String>().contains(is_complete), "{query}");
    }
}

#[tokio::test]
async fn tables_without_some_tags_are_else_those_of_all() {
    let site = Site::new("");
    for region in ["", "&referenceName=chr1", "&referenceName=*"] {
        let (all, _) =
            table(&site, &format!("/slices/reads/a.jsonl?{}", region.trim_start_matches('&'))).await;
        let (some, _) = table(&site, &format!("/slices/reads/a.jsonl?tags=MD&fields=POS,SEQ{region}")).await;
        assert!(!all.is_empty());
        for name in ["pos", "end_pos", "seq", "tag_md"] {
            assert_eq!(column(&all, name), column(&some, name), "{name} {region}");
        }
        assert!(some.iter().all(|row| row.get("qname").is_none() && row.get("tag_nm").is_none()));
    }
}

#[tokio::test]
async fn tables_of_variants_have_the_keys_that_are_wanted_and_no_others() {
    let header = "##fileformat=VCFv4.3\n##contig=<ID=chr1>\n\
        ##INFO=<ID=DP,Number=1,Type=Integer,Description=\"\">\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n";
    let lines = ["chr1\t10\t.\tA\t<DEL>\t.\t.\tDP=7;END=99;FOO=bar;BAZ=qux\tGT:ZZ\t0/1:own"];
    let site = Site::new("");
    std::fs::write(site.folder.path().join("odd.vcf"), variants::vcf_text(header, &lines)).unwrap();
    for (query, has) in [
        ("", [true; 6]),
        ("notags=INFO/FOO", [true, true, false, true, true, true]),
        ("notags=INFO/DP,INFO/END", [false, false, true, true, true, true]),
        ("tags=INFO/DP", [true, false, false, false, true, true]),
        ("tags=INFO/FOO", [false, false, true, false, true, true]),
        ("tags=INFO/FOO,FORMAT/GT", [false, false, true, false, true, false]),
        ("tags=INFO/FOO&referenceName=chr1&start=90&end=95", [false, false, true, false, true, true]),
        ("notags=FORMAT/GT", [true, true, true, true, false, true]),
        ("tags=", [false, false, false, false, true, true]),
    ] {
        let (rows, text) = table(&site, &format!("/slices/variants/odd.jsonl?{query}")).await;
        assert_eq!(column(&rows, "end_pos"), [99], "{query}");
        let found = ["info_dp", "info_end", "bar", "qux", "\"gt\"", "own"].map(|part| text.contains(part));
        assert_eq!(found, has, "{query}: {text}");
        for (name, is_kept) in [("END", has[1]), ("FOO", has[2]), ("BAZ", has[3])] {
            assert!(is_kept || !text.contains(name), "{query}: {text}");
        }
    }
}

#[tokio::test]
async fn a_table_reads_what_the_index_of_its_location_names_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("far.bam");
    let index = folder.path().join("elsewhere.bai");
    let bytes = alignments::bam_bytes(&alignments::typical_header(), &alignments::typical(5, 60_000));
    let mut file = bgzf::compress(&bytes, &[60_000], true);
    std::fs::write(&path, &file).unwrap();
    index_of(&path);
    std::fs::rename(folder.path().join("far.bam.bai"), &index).unwrap();
    // The last block before the marker has reads without a place.
    let at = file.len() - 28 - 100;
    file[at] ^= 0xff;
    std::fs::write(&path, &file).unwrap();
    let config = format!(
        "[[locations]]\nid = \"far\"\npath = {path:?}\nindex = {index:?}\n\
         [[locations]]\nid = \"bare\"\npath = {path:?}\n"
    );
    let config =
        Config::load(Some((std::path::Path::new("test.toml"), &config)), [], toml::Table::new()).unwrap();
    let router = router(std::sync::Arc::new(State::new(&config).unwrap()), &config.cors);
    let site = Site { folder, router };
    for query in ["", "&fields=POS", "&tags=NM"] {
        let near =
            |id: &str| format!("/slices/reads/{id}.jsonl?referenceName=chr1&start=0&end=100000{query}");
        let (rows, _) = table(&site, &near("far")).await;
        assert!(rows.len() > 10, "{}", rows.len());
        assert_eq!(site.get(&near("bare")).await.status, 500);
    }
    assert_eq!(site.get("/slices/reads/far.jsonl?referenceName=*").await.status, 500);
}

#[test]
fn a_table_of_a_file_that_is_another_by_now_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bam");
    let put = |n| {
        let bytes = alignments::bam_bytes(&alignments::typical_header(), &alignments::typical(6, n));
        std::fs::write(&path, bgzf::compress(&bytes, &[60_000], true)).unwrap();
    };
    put(100);
    let object = Object { path: path.clone(), index: None, root: None };
    let stamp = Stamp::of(object, spec(Format::Bam).unwrap()).unwrap();
    let opener = Opener { keys: Keyring::default(), references: Vec::new() };
    let served = Served::open(Form::own(Format::Bam), stamp, &opener).unwrap();
    let query = Query::from_get(Endpoint::Reads, "a", "").unwrap();
    let write = |out: &str| {
        let out = folder.path().join(out);
        table::write(&served, Format::Csv, &query, None, &Stopping::default(), std::path::Path::new(&out))
    };
    write("before.csv").unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(write("gone.csv").unwrap_err().into_response().status(), 503);
    put(101);
    assert_eq!(write("after.csv").unwrap_err().into_response().status(), 503);
}

#[tokio::test]
async fn a_table_of_some_keys_has_regions_that_the_index_alone_knows() {
    let header = "##fileformat=VCFv4.3\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
    let lines = ["chr1\t10\t.\tA\tC\t.\t.\tA=1;B=2", "chr2\t20\t.\tA\tC\t.\t.\tA=3;B=4"];
    let site = Site::new("");
    let path = site.folder.path().join("bare.vcf.gz");
    std::fs::write(&path, variants::vcf_bgzf(header, &lines, &[50], true)).unwrap();
    index_of(&path);
    for (chrom, pos, value) in [("chr1", 10, "1"), ("chr2", 20, "3")] {
        let path = format!("/slices/variants/bare.jsonl?tags=INFO/A&referenceName={chrom}");
        let (rows, text) = table(&site, &path).await;
        assert_eq!(column(&rows, "pos"), [pos]);
        assert!(text.contains(&format!("\"{value}\"")) && !text.contains("\"B\""), "{text}");
    }
}
