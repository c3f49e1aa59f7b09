//! Whole conversions of generated files: `cargo bench -p bioserde-benches`.
//!
//! The output goes to the null device, so that what is timed is reading, building and encoding. Larger
//! inputs, and the programs of others beside ours, are in docs/benchmarks.md.

#![expect(clippy::unwrap_used, reason = "a failure here is a failed benchmark")]

use std::path::Path;

use bioserde_convert::{Observer, Plan, convert};
use bioserde_read::Options;
use bioserde_testkit::{alignments, bgzf, variants};
use bioserde_write::{SinkOptions, by_name};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Inflated bytes of a block.
const BLOCK: usize = 0xff00;

struct Silent;

impl Observer for Silent {
    fn started(&mut self, _total_bytes: Option<u64>) {}
    fn progress(&mut self, _bytes: u64, _rows: u64) {}
    fn notice(&mut self, _text: &str) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

fn plan(input: &Path, format: &str) -> Plan {
    Plan {
        inputs: vec![input.to_str().unwrap().to_owned().into()],
        output: "/dev/null".to_owned(),
        format: by_name(format).unwrap(),
        options: Options::default(),
        sink_options: SinkOptions::default(),
        threads: Some(2),
        overwrite: true,
        recipients: Vec::new(),
    }
}

fn bench(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let header = alignments::typical_header();
    let mut reads = alignments::typical(1, 50_000);
    alignments::sort(&mut reads);
    let bam = alignments::bam_bytes(&header, &reads);
    let sites = variants::typical(2, 20_000, 0);
    let cohort = variants::typical(3, 500, 500);
    let inputs = [
        ("bam", reads.len(), write("reads.bam", &bgzf::compress(&bam, &[BLOCK], true))),
        ("sam", reads.len(), write("reads.sam", alignments::sam_text(&header, &reads).as_bytes())),
        ("sites", sites.len(), vcf(&write, "sites.vcf.gz", &sites, 0)),
        ("cohort", cohort.len(), vcf(&write, "cohort.vcf.gz", &cohort, 500)),
    ];
    let mut group = c.benchmark_group("convert");
    group.sample_size(10);
    for (name, records, path) in &inputs {
        group.throughput(Throughput::Elements(u64::try_from(*records).unwrap()));
        for format in ["parquet", "arrow", "jsonl"] {
            let plan = plan(path, format);
            group.bench_with_input(BenchmarkId::new(*name, format), &plan, |b, plan| {
                b.iter(|| convert(plan, &mut Silent).unwrap());
            });
        }
    }
    group.finish();
}

fn vcf(
    write: &impl Fn(&str, &[u8]) -> std::path::PathBuf,
    name: &str,
    lines: &[String],
    samples: usize,
) -> std::path::PathBuf {
    write(name, &variants::vcf_bgzf(&variants::typical_header(samples), lines, &[BLOCK], true))
}

criterion_group!(benches, bench);
criterion_main!(benches);
