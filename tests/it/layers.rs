//! The layers of docs/architecture.md hold.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::program::root;

/// Every crate and its layer. A crate may depend on crates of lower layers only.
const LAYERS: &[(&str, u32)] = &[
    ("bioserde-core", 0),
    ("bioserde-crypt4gh", 0),
    ("bioserde-model", 1),
    ("bioserde-schema", 1),
    ("bioserde-storage", 1),
    ("bioserde-cram", 2),
    ("bioserde-resolve", 2),
    ("bioserde-table", 2),
    ("bioserde-read", 3),
    ("bioserde-write", 3),
    ("bioserde-convert", 4),
    ("bioserde-htsget", 4),
    ("bioserde", 5),
    ("bioserde-htsget-client", 5),
    ("bioserde-server", 5),
    ("bioserde-cli", 6),
];

/// Crates of the project that only tests and measurements use.
const DEVELOPMENT: &[&str] = &["bioserde-testkit", "bioserde-tests", "bioserde-benches"];

/// Beginnings of the names of heavy dependencies, and the crates that may have them.
const OWNERS: &[(&str, &[&str])] = &[
    ("arrow-array", &["bioserde", "bioserde-convert", "bioserde-read", "bioserde-table", "bioserde-write"]),
    ("arrow-csv", &["bioserde-write"]),
    ("arrow-cast", &["bioserde-table"]),
    ("arrow-ipc", &["bioserde-table", "bioserde-write"]),
    ("arrow-json", &["bioserde-write"]),
    ("axum", &["bioserde-server"]),
    ("chacha20poly1305", &["bioserde-crypt4gh"]),
    ("clap", &["bioserde-cli"]),
    ("indicatif", &["bioserde-cli"]),
    ("libdeflater", &["bioserde-storage"]),
    ("noodles", &["bioserde-cram"]),
    ("object_store", &["bioserde-storage"]),
    ("parquet", &["bioserde-table", "bioserde-write"]),
    ("pyo3", &["bioserde-python"]),
    ("rayon", &["bioserde-convert"]),
    ("reqwest", &["bioserde-htsget-client", "bioserde-server"]),
    ("rusqlite", &["bioserde-table", "bioserde-write"]),
    ("rustls", &["bioserde-server"]),
    ("tokio", &["bioserde-server"]),
    ("tower", &["bioserde-server"]),
    ("x25519-dalek", &["bioserde-crypt4gh"]),
];

#[test]
fn every_edge_goes_down() {
    let faults = faults(&metadata());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_wrong_edge_is_seen() {
    let package = |name: &str, dependency: &str, kind: Value| serde_json::json!({"name": name, "dependencies": [{"name": dependency, "kind": kind}]});
    let with = |p: Value| faults(&serde_json::json!({ "packages": [p] })).len();
    assert_eq!(with(package("bioserde-read", "bioserde-write", Value::Null)), 1);
    assert_eq!(with(package("bioserde-schema", "bioserde-convert", "build".into())), 1);
    assert_eq!(with(package("bioserde-core", "bioserde-testkit", Value::Null)), 1);
    assert_eq!(with(package("bioserde-core", "bioserde-testkit", "dev".into())), 0);
    assert_eq!(with(package("bioserde-read", "libdeflater", Value::Null)), 1);
    assert_eq!(with(package("bioserde-new", "serde", Value::Null)), 1);
}

fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(root());
    serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap()
}

fn layer(name: &str) -> Option<u32> {
    LAYERS.iter().find(|(n, _)| *n == name).map(|(_, layer)| *layer)
}

fn faults(metadata: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if DEVELOPMENT.contains(&name) {
            continue;
        }
        let Some(layer) = layer(name) else {
            faults.push(format!("{name} has no layer: give it one here and in docs/architecture.md"));
            continue;
        };
        let used: BTreeSet<&str> = package["dependencies"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|d| d["kind"] != "dev")
            .map(|d| d["name"].as_str().unwrap())
            .collect();
        faults.extend(used.into_iter().filter_map(|used| fault(name, layer, used)));
    }
    faults
}

fn fault(name: &str, own: u32, used: &str) -> Option<String> {
    if DEVELOPMENT.contains(&used) {
        return Some(format!("{name} uses {used}, which is for tests"));
    }
    if let Some(layer) = layer(used)
        && layer >= own
    {
        return Some(format!("{name} (layer {own}) uses {used} (layer {layer})"));
    }
    let (heavy, owners) = OWNERS.iter().find(|(prefix, _)| used.starts_with(prefix))?;
    (!owners.contains(&name)).then(|| format!("{name} uses {used}; {heavy} belongs to {}", owners.join(", ")))
}
