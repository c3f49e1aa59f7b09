//! Every SAM and BAM file that must be accepted, as columns, against `samtools view`.

use std::fs;
use std::path::{Path, PathBuf};

use bioserde_testkit::{alignments, bgzf, compare_lines, samples};

use crate::oracle::{corpus, files, has_tools, must, output};
use crate::program::{convert, root};
use crate::sam_line::{Source, TagColumns, compare_with_samtools, render};
use crate::table::{Cell, Table};

#[test]
fn corpus_reads_are_reproduced() {
    let Some(corpus) = corpus() else { return };
    let mut inputs = files(&corpus.join("reads"), &[".bam"]);
    inputs.extend(files(&corpus.join("specs/sam/passed"), &[".sam"]));
    inputs.extend(files(&corpus.join("specs/SAMtags"), &[".sam"]));
    inputs.extend(files(&corpus.join("specs/bam/passed"), &[".bam"]));
    check(&inputs);
}

#[test]
fn generated_reads_are_reproduced() {
    let folder = tempfile::tempdir().unwrap();
    let typical = (alignments::typical_header(), alignments::typical(7, 5000));
    let mut inputs = vec![root().join("tests/data/reads.bam"), root().join("tests/data/reads.sam")];
    for (name, (header, records), sizes) in [
        ("typical", typical, &[30_000][..]),
        // Blocks smaller than a record, blocks of one byte, empty ones.
        ("cases", alignments::cases(), &[700, 1, 0, 65_000, 13]),
        ("long", alignments::long_reads(), &[bgzf::USUAL_BLOCK]),
        (
            "arbitrary",
            (alignments::typical_header(), samples(&alignments::arb_alignment(), 4, 3000)),
            &[5000],
        ),
        ("none", (alignments::typical_header(), Vec::new()), &[bgzf::USUAL_BLOCK]),
    ] {
        let (bam, sam) =
            (folder.path().join(format!("{name}.bam")), folder.path().join(format!("{name}.sam")));
        fs::write(&bam, bgzf::compress(&alignments::bam_bytes(&header, &records), sizes, true)).unwrap();
        fs::write(&sam, alignments::sam_text(&header, &records)).unwrap();
        inputs.extend([bam, sam]);
    }
    check(&inputs);
}

fn check(inputs: &[PathBuf]) {
    let faults: Vec<String> = inputs.iter().filter_map(|input| check_file(input).err()).collect();
    assert!(faults.is_empty(), "{} of {} files:\n{}", faults.len(), inputs.len(), faults.join("\n"));
}

/// Converts a file and makes its lines again from the columns.
pub(crate) fn check_file(input: &Path) -> Result<(), String> {
    let name = input.file_name().unwrap().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.parquet");
    let run = convert(input, &out, &[]);
    if run.code != Some(0) {
        return Err(format!("{name}: refused: {}", run.stderr.trim()));
    }
    let table = Table::read(&out);
    let columns = TagColumns::of(&table);
    let mut rendered: Vec<String> = table.rows().map(|row| render(row, &columns)).collect();
    let residuals: Vec<Option<Vec<u8>>> = table.rows().map(|row| bytes(&row.get("residual"))).collect();
    let needed = residuals.iter().flatten().count();
    println!("{name}: {} rows, {needed} of them with residual", rendered.len());
    let order: Vec<Option<i64>> = table.rows().map(|row| row.int("record_no")).collect();
    if !order.iter().copied().eq((0_i64..).take(order.len()).map(Some)) {
        return Err(format!("{name}: record_no is not 0, 1, 2, ..."));
    }
    let source = if name.ends_with(".sam") { Source::Sam } else { Source::Bam };
    match source {
        // The columns alone have the values that `samtools` reads; with `residual`, the exact text.
        Source::Sam => {
            let text = String::from_utf8(fs::read(input).unwrap()).unwrap();
            let lines = text.lines().filter(|l| !l.starts_with('@'));
            let exact = rendered.iter().zip(&residuals).map(|(line, residual)| match residual {
                Some(residual) => String::from_utf8_lossy(residual).into_owned(),
                None => line.clone(),
            });
            compare_lines(lines, exact).map_err(|d| format!("{name} against its source: {d}"))?;
        }
        Source::Bam => put_residuals(input, &mut rendered, &residuals, folder.path()),
    }
    if !has_tools(&["samtools"]) {
        return Ok(());
    }
    let Some(expected) = output("samtools", &["view", "--no-PG", input.to_str().unwrap()]) else {
        println!("skipped: samtools refuses {name}");
        return Ok(());
    };
    compare_with_samtools(&expected, &rendered, source).map_err(|d| format!("{name} against samtools: {d}"))
}

fn bytes(cell: &Cell) -> Option<Vec<u8>> {
    match cell {
        Cell::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

/// Where a row has `residual`, which is a BAM record, the line is that record's.
fn put_residuals(input: &Path, lines: &mut [String], residuals: &[Option<Vec<u8>>], folder: &Path) {
    if residuals.iter().all(Option::is_none) || !has_tools(&["samtools"]) {
        return;
    }
    let source = bgzf::decompress(&fs::read(input).unwrap());
    let mut bam = source[..header_end(&source)].to_vec();
    for residual in residuals.iter().flatten() {
        bam.extend(residual);
    }
    let path = folder.join("residuals.bam");
    fs::write(&path, bgzf::compress(&bam, &[bgzf::USUAL_BLOCK], true)).unwrap();
    let text = must("samtools", &["view", path.to_str().unwrap()]);
    let with = lines.iter_mut().zip(residuals).filter(|(_, residual)| residual.is_some());
    for ((line, _), residual) in with.zip(text.lines()) {
        residual.clone_into(line);
    }
}

/// Where the records begin in an inflated BAM file.
fn header_end(bam: &[u8]) -> usize {
    let number =
        |at: usize| usize::try_from(u32::from_le_bytes(bam[at..at + 4].try_into().unwrap())).unwrap();
    let mut at = 8 + number(4);
    let references = number(at);
    at += 4;
    for _ in 0..references {
        at += 8 + number(at);
    }
    at
}
