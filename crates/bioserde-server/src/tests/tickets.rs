//! What tickets and slices hold, by text.

use bioserde_core::{Interval, Position, Region};
use bioserde_read::{Input, Model, Options};
use bioserde_testkit::{Random, bgzf};

use super::site::Site;

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
    assert_eq!(head, "record_no,qname,pos,end_pos,tag_nm");
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
