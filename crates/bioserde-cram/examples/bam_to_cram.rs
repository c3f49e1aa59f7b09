//! Writes the records of a BAM file as CRAM 3.0: `bam_to_cram [REF.fa] < IN.bam > OUT.cram`. Containers are
//! made one after the other; each could go to a thread of its own.

use std::error::Error;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;

use bioserde_core::sam;
use bioserde_cram::{ContainerEncoder, EOF_CONTAINER, Reference, file_start};
use flate2::read::MultiGzDecoder;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1);
    let reference = path.map(|path| Reference::open(Path::new(&path)).map(Arc::new)).transpose()?;
    let mut bam = BufReader::with_capacity(1 << 20, MultiGzDecoder::new(io::stdin().lock()));
    let mut out = BufWriter::new(io::stdout().lock());
    word(&mut bam)?;
    let len = word(&mut bam)?;
    let text = bytes(&mut bam, len)?;
    for _ in 0..word(&mut bam)? {
        let name = word(&mut bam)?;
        bytes(&mut bam, name + 4)?;
    }
    let start = file_start(&text)?;
    out.write_all(&start)?;
    let (mut counter, mut offset) = (0, start.len() as u64);
    let encoder = ContainerEncoder::new(&sam::Header::parse(&text)?, reference);
    loop {
        let mut records = Vec::new();
        while records.len() < 50_000
            && let Some(record) = record(&mut bam)?
        {
            records.push(record);
        }
        for container in encoder.encode(records.iter().map(Vec::as_slice))? {
            let mut bytes = Vec::new();
            container.put(counter, offset, &mut bytes)?;
            counter += container.records();
            offset += bytes.len() as u64;
            out.write_all(&bytes)?;
        }
        if records.is_empty() {
            out.write_all(EOF_CONTAINER)?;
            out.flush()?;
            return Ok(());
        }
    }
}

fn word(bam: &mut impl Read) -> io::Result<u32> {
    let mut word = [0; 4];
    bam.read_exact(&mut word)?;
    Ok(u32::from_le_bytes(word))
}

fn bytes(bam: &mut impl Read, len: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bam.take(len.into()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The next record with its length before it; nothing at the end.
fn record(bam: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let len = match word(bam) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        len => len?,
    };
    let mut record = len.to_le_bytes().to_vec();
    record.extend(bytes(bam, len)?);
    Ok(Some(record))
}
