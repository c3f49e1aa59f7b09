//! Whatever stands in the blocks of a container, decoding it gives records or an error.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bioserde_storage::Source;
use proptest::prelude::*;

use super::decode;
use crate::block::Block;
use crate::bytes::Bytes;
use crate::fault::CramFault;
use crate::put::put_block;
use crate::reader::{Container, CramReader, ReadOptions};
use crate::reference::Reference;

fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let folder = PathBuf::from(std::env::var("BIOSERDE_CORPUS").unwrap_or_else(|_| beside.to_owned()));
    let folder = folder.join("specs/cram");
    if !folder.is_dir() {
        let _ = writeln!(io::stderr(), "skipped: the corpus is not there");
        return None;
    }
    Some(folder)
}

fn first_containers() -> Vec<(String, Container)> {
    let Some(folder) = corpus() else { return Vec::new() };
    let mut containers = Vec::new();
    for entry in fs::read_dir(folder.join("3.0/passed")).unwrap() {
        let path = entry.unwrap().path();
        let is_small = path.metadata().unwrap().len() < 20_000;
        if path.extension().is_some_and(|e| e == "cram") && is_small {
            let source = Arc::new(Source::open(path.to_str().unwrap()).unwrap());
            let mut reader = CramReader::open(source, ReadOptions::default()).unwrap();
            if let Some(container) = reader.next_container().unwrap() {
                containers.push((path.display().to_string(), container));
            }
        }
    }
    containers.sort_by(|a, b| a.0.cmp(&b.0));
    containers
}

/// The blocks of a container, decompressed, each as its content type, id and content.
fn blocks(container: &Container) -> Vec<(u8, i32, Vec<u8>)> {
    let mut bytes = Bytes(&container.bytes);
    let mut blocks = Vec::new();
    while !bytes.0.is_empty() {
        let block = Block::parse(&mut bytes, container.file.version).unwrap();
        blocks.push((block.content_type, block.content_id, block.content().unwrap().into_owned()));
    }
    blocks
}

fn decoded(
    container: &Container,
    blocks: &[(u8, i32, Vec<u8>)],
    reference: &Reference,
) -> Result<Vec<u8>, CramFault> {
    let mut bytes = Vec::new();
    for (content_type, id, content) in blocks {
        put_block(&mut bytes, 0, *content_type, *id, content.len(), content);
    }
    decode(&bytes, container.header.records, &container.file, ReadOptions::default(), Some(reference))
}

#[test]
fn damaged_blocks_never_panic() {
    let containers = first_containers();
    let Some(folder) = corpus() else { return };
    let reference = Reference::open(&folder.join("ce.fa")).unwrap();
    let whole: Vec<_> = containers.iter().map(|(_, container)| blocks(container)).collect();
    for ((path, container), blocks) in containers.iter().zip(&whole) {
        decoded(container, blocks, &reference).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    let place = (0..whole.len(), any::<usize>(), any::<usize>(), any::<u8>(), 0..4_u8);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(4000));
    let result = runner.run(&place, |(file, block, at, byte, what)| {
        let mut damaged = whole[file].clone();
        let block = block % damaged.len();
        let content = &mut damaged[block].2;
        if !content.is_empty() {
            let at = at % content.len();
            match what {
                0 => content[at] = byte,
                1 => content[at] ^= 1 << (byte % 8),
                2 => content.truncate(at),
                _ => content.insert(at, byte),
            }
        }
        let _ = decoded(&containers[file].1, &damaged, &reference);
        Ok(())
    });
    result.unwrap();
}
