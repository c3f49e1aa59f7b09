//! What samtools, bcftools and tabix find in the outputs.

use std::path::Path;
use std::process::Command;

use bioserde_core::RecordForm;
use bioserde_write::WriteIndex;

use super::{cases, indexed, write};

/// What a program prints; nothing when it is absent.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let Ok(output) = Command::new(program).args(arguments).output() else {
        eprintln!("skipped: no {program}");
        let required = std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_some_and(|v| v == "1");
        assert!(!required, "an oracle is required: {program}");
        return None;
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{program} {arguments:?}: {errors}");
    Some(output.stdout)
}

struct Tool {
    program: &'static str,
    /// Prints what overlaps the regions that follow the path.
    view: &'static [&'static str],
    /// Make indexes of each kind.
    index: &'static [(WriteIndex, &'static str, &'static [&'static str])],
}

const BAI: &[&str] = &["index", "-b"];
const CSI: &[&str] = &["index", "-c"];
const SAMTOOLS: Tool = Tool {
    program: "samtools",
    view: &["view"],
    index: &[(WriteIndex::Usual, "bai", BAI), (WriteIndex::Csi, "csi", CSI)],
};
const SAMTOOLS_CSI: Tool = Tool { index: &[(WriteIndex::Usual, "csi", CSI)], ..SAMTOOLS };
const BCFTOOLS: Tool = Tool {
    program: "bcftools",
    view: &["view", "-H"],
    index: &[(WriteIndex::Usual, "csi", &["index", "-c"]), (WriteIndex::Csi, "csi", &["index", "-c"])],
};
const BCFTOOLS_TBI: Tool = Tool {
    index: &[(WriteIndex::Usual, "tbi", &["index", "-t"]), (WriteIndex::Csi, "csi", &["index", "-c"])],
    ..BCFTOOLS
};

/// Regions of any size, and with them the reads without a place.
fn regions(form: RecordForm) -> Vec<String> {
    let case = cases::sorted(form);
    let mut regions: Vec<String> = case.header.names().iter().map(|n| (*n).to_owned()).collect();
    for name in case.header.names() {
        for (start, len) in [(1, 5000), (100_000, 60_000), (1_000_000, 3_000_000), (20_000_000, 1_000_000)] {
            regions.push(format!("{name}:{start}-{}", start + len));
        }
    }
    match form {
        RecordForm::Bam | RecordForm::Sam => regions.push("*".to_owned()),
        RecordForm::Vcf => regions.extend(["other".to_owned(), "other:1000000-2000000".to_owned()]),
        RecordForm::Bcf => {}
    }
    regions
}

fn check(name: &str, form: RecordForm, tool: &Tool) -> Option<()> {
    let case = cases::sorted(form);
    for (kind, suffix, index) in tool.index {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("out.{name}"));
        write(name, &path, &case, &indexed(*kind));
        let path = path.to_str().unwrap();
        if tool.program == "samtools" && name == "bam" {
            run("samtools", &["quickcheck", path])?;
        }
        let file = format!("{path}.{suffix}");
        assert!(Path::new(&file).exists(), "{file}");
        let seen = |regions: &[String]| {
            let regions = regions.iter().map(String::as_str);
            let arguments: Vec<&str> = tool.view.iter().copied().chain([path]).chain(regions).collect();
            run(tool.program, &arguments)
        };
        let all: Vec<Vec<u8>> = regions(form).into_iter().map(|r| seen(&[r])).collect::<Option<_>>()?;
        let stats = |program| run(program, &[if program == "samtools" { "idxstats" } else { "index" }, path]);
        let own = (tool.program == "samtools").then(|| stats("samtools"));
        assert!(all.iter().filter(|found| found.len() > 1000).count() > 3, "hardly anything was found");
        std::fs::remove_file(&file).unwrap();
        run(tool.program, &[*index, &[path]].concat())?;
        for (region, found) in regions(form).into_iter().zip(all) {
            assert!(seen(std::slice::from_ref(&region))? == found, "{name} {suffix} {region}");
        }
        if let Some(own) = own {
            assert_eq!(own, stats("samtools"), "{name} {suffix}");
        }
    }
    Some(())
}

#[test]
fn samtools_finds_by_our_index_what_it_finds_by_its_own() {
    _ = check("bam", RecordForm::Bam, &SAMTOOLS);
    _ = check("sam.gz", RecordForm::Sam, &SAMTOOLS_CSI);
}

#[test]
fn bcftools_finds_by_our_index_what_it_finds_by_its_own() {
    _ = check("bcf", RecordForm::Bcf, &BCFTOOLS);
    _ = check("vcf.gz", RecordForm::Vcf, &BCFTOOLS_TBI);
}
