//! The client of noodles, asking a running server.

use std::path::Path;

use bioserde_convert::{IndexPlan, Silent, index};
use futures_util::TryStreamExt;
use noodles_core::Region;
use noodles_htsget::{Client, Error, Response, reads, variants};

use crate::oracle::{corpus, has_tools, must};
use crate::program::root;
use crate::server::Server;

/// A file that is asked for.
struct Asked<'a> {
    server: &'a Server,
    /// Below the folder that is served, with its suffix.
    path: &'a str,
    format: Format,
    original: &'a Path,
}

#[derive(Clone, Copy)]
enum Format {
    Reads(reads::Format),
    Variants(variants::Format),
}

#[test]
fn noodles_gets_what_samtools_reads_of_generated_files() {
    if !has_tools(&["samtools", "bcftools"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| {
        let path = folder.path().join(name);
        std::fs::copy(root().join("tests/data").join(name), &path).unwrap();
        path
    };
    let (reads, calls) = (place("reads.bam"), place("calls.vcf.gz"));
    for path in [&reads, &calls] {
        let input = path.to_str().unwrap().to_owned();
        index(&IndexPlan { input, ..IndexPlan::default() }, &mut Silent).unwrap();
    }
    let (cram, bcf) = (folder.path().join("contained.cram"), folder.path().join("calls.bcf"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    must("samtools", &["view", "-O", "cram,no_ref=1", "-o", &text(&cram), &text(&reads)]);
    must("samtools", &["index", &text(&cram)]);
    must("bcftools", &["view", "-Ob", "-o", &text(&bcf), &text(&calls)]);
    must("bcftools", &["index", &text(&bcf)]);
    let server = Server::start(folder.path(), &[]);
    let asked = |path, format, original| Asked { server: &server, path, format, original };
    let regions = [
        "chr1:1-1000000",
        "chr2:500000-700000",
        "chrM",
        "chrX",
        "chr1:9000-9000",
        "chr2:240000000-240001000",
    ];
    asked("reads", Format::Reads(reads::Format::Bam), &reads).check(&regions);
    asked("contained", Format::Reads(reads::Format::Cram), &cram).check(&regions);
    asked("calls", Format::Variants(variants::Format::Vcf), &calls).check(&regions);
    asked("calls", Format::Variants(variants::Format::Bcf), &bcf).check(&regions);
}

#[test]
fn noodles_gets_what_samtools_reads_of_corpus_files() {
    let Some(corpus) = corpus().filter(|_| has_tools(&["samtools", "bcftools"])) else { return };
    let server = Server::start(&corpus, &[]);
    let check = |path: &str, suffix: &str, format, regions: &[&str]| {
        let original = corpus.join(format!("{path}{suffix}"));
        Asked { server: &server, path, format, original: &original }.check(regions);
    };
    let (bam, vcf) = (Format::Reads(reads::Format::Bam), Format::Variants(variants::Format::Vcf));
    let bcf = Format::Variants(variants::Format::Bcf);
    let regions = ["11:4999977-5003000", "20", "11:1-5000000", "20:60000000-63025520"];
    check("reads/htsnexus_test_NA12878", ".bam", bam, &regions);
    check("reads/htsnexus_test_NA12878", ".cram", Format::Reads(reads::Format::Cram), &[]);
    check("variants/HG02102", ".vcf.gz", vcf, &["21:10000000-11000000", "21:40000000-40010000"]);
    check("variants/CEUTrio.20.21.gatk3.4.g", ".vcf.bgz", vcf, &["20:10000000-10500000", "21"]);
    check("variants/CEUTrio.20.21.gatk3.4.g", ".bcf", bcf, &["20:10000000-10500000", "21"]);
}

#[test]
fn noodles_reads_refusals() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let refused = server.block_on(client(&server).reads("none").send()).unwrap_err();
    assert!(matches!(&refused, Error::Response(e) if e.to_string().starts_with("NotFound")), "{refused:?}");
}

fn client(server: &Server) -> Client {
    Client::new(format!("{}/", server.base).parse().unwrap())
}

impl Asked<'_> {
    /// Asks for everything, each region, and all regions at once.
    fn check(&self, regions: &[&str]) {
        self.hold(&[]);
        for region in regions {
            self.hold(&[region]);
        }
        if !regions.is_empty() {
            self.hold(regions);
        }
    }

    /// Holds that the answer has the records of the original.
    fn hold(&self, regions: &[&str]) {
        let slice = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(slice.path(), self.server.block_on(self.fetch(regions))).unwrap();
        let got = self.lines(slice.path(), &[]);
        let expected = self.lines(self.original, regions);
        assert!(got == expected, "{} {regions:?}: {} for {}", self.path, got.len(), expected.len());
    }

    async fn fetch(&self, regions: &[&str]) -> Vec<u8> {
        let client = client(self.server);
        let regions = regions.iter().map(|region| region.parse::<Region>().unwrap());
        let response: Response = match self.format {
            Format::Reads(format) => {
                let request = client.reads(self.path).set_format(format);
                regions.fold(request, reads::Builder::add_region).send().await
            }
            Format::Variants(format) => {
                let request = client.variants(self.path).set_format(format);
                regions.fold(request, variants::Builder::add_region).send().await
            }
        }
        .unwrap_or_else(|e| panic!("{}: {e:?}", self.path));
        let chunks: Vec<_> = response.chunks().try_collect().await.unwrap();
        chunks.concat()
    }

    /// The records that samtools or bcftools read, those of several regions once each and in file order.
    fn lines(&self, path: &Path, regions: &[&str]) -> Vec<String> {
        let mut args = vec!["view"];
        let regions_text = regions.join(",");
        let tool = match self.format {
            Format::Reads(format) => {
                if matches!(format, reads::Format::Cram) {
                    // Sequences cannot be had without their references.
                    args.extend(["--input-fmt-option", "required_fields=0x1ff"]);
                }
                args.extend(if regions.is_empty() { vec![] } else { vec!["-M"] });
                args.push(path.to_str().unwrap());
                args.extend(regions);
                "samtools"
            }
            Format::Variants(_) => {
                args.push("--no-header");
                if !regions.is_empty() {
                    args.extend(["--targets", &regions_text, "--targets-overlap", "1"]);
                }
                args.push(path.to_str().unwrap());
                "bcftools"
            }
        };
        must(tool, &args).lines().map(ToOwned::to_owned).collect()
    }
}
