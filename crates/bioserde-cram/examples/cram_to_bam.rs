//! Writes the records of a CRAM file as an uncompressed BAM stream: `cram_to_bam IN.cram [REF.fa] > OUT.bam`.
//! Containers are decoded one after the other; each could go to a thread of its own.

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use bioserde_cram::{At, CramReader, ReadOptions, Reference};
use bioserde_storage::Source;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: cram_to_bam IN.cram [REF.fa]")?;
    let reference = arguments.next().map(|path| Reference::open(Path::new(&path))).transpose()?;
    let placed = |(offset, fault): At| format!("{path}: offset {offset}: {fault}");
    let source = Arc::new(Source::open(&path)?);
    let mut reader = CramReader::open(source, ReadOptions::default()).map_err(placed)?;
    let mut out = BufWriter::new(io::stdout().lock());
    out.write_all(&reader.bam_header())?;
    while let Some(container) = reader.next_container().map_err(placed)? {
        let records = container.decode(reference.as_ref());
        out.write_all(&records.map_err(|fault| placed((container.offset(), fault)))?)?;
    }
    out.flush()?;
    Ok(())
}
