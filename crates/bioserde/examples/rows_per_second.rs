//! Rows a second of a VCF file with `INFO/AF`: as structs of one's own, as models, as record batches.

#![expect(clippy::print_stdout, reason = "it is a program")]

use std::time::Instant;

use serde::Deserialize;

#[derive(Deserialize)]
struct Site {
    chrom: String,
    pos: u32,
    info_af: Option<Vec<f32>>,
}

#[derive(Deserialize)]
struct Borrowed<'a> {
    chrom: &'a str,
    pos: u32,
}

fn main() -> bioserde::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "tests/data/calls.vcf.gz".to_owned());
    measure("structs", || {
        bioserde::open(&path)?.deserialize::<Site>()?.try_fold((0, 0), |(rows, sum), site| {
            let Site { chrom, pos, info_af } = site?;
            Ok((rows + 1, sum + chrom.len() + info_af.map_or(0, |af| af.len()) + usize::from(pos > 0)))
        })
    })?;
    measure("structs that borrow", || {
        let mut counts = (0, 0);
        for batch in bioserde::open(&path)?.columns(["chrom", "pos"]).batches()? {
            for row in bioserde::rows::<Borrowed<'_>>(&batch?)?.iter() {
                let Borrowed { chrom, pos } = row?;
                counts = (counts.0 + 1, counts.1 + chrom.len() + usize::from(pos > 0));
            }
        }
        Ok(counts)
    })?;
    measure("models", || {
        bioserde::open(&path)?
            .variants()?
            .try_fold((0, 0), |(rows, sum), variant| Ok((rows + 1, sum + variant?.info.len())))
    })?;
    measure("record batches, all columns", || {
        bioserde::open(&path)?.batches()?.try_fold((0, 0), |(rows, sum), batch| {
            let batch = batch?;
            Ok((rows + batch.num_rows(), sum + batch.num_columns()))
        })
    })
}

fn measure(what: &str, run: impl Fn() -> bioserde::Result<(usize, usize)>) -> bioserde::Result<()> {
    let mut seconds: Vec<f64> = Vec::new();
    let mut rows = 0;
    for _ in 0..3 {
        let started = Instant::now();
        rows = run()?.0;
        seconds.push(started.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    println!("{what}: {rows} rows in {:.2} s", seconds.get(1).copied().unwrap_or_default());
    Ok(())
}
