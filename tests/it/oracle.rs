//! The corpus and the tools that tests compare with.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program;

/// The folder of the corpus, or nothing after having said so.
pub(crate) fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("BIOSERDE_CORPUS").map(PathBuf::from);
    let folder = named.clone().unwrap_or_else(|| program::root().join("../shared/corpus"));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(named.is_none() || !are_required(), "BIOSERDE_CORPUS is not there: {}", folder.display());
    println!("skipped: no corpus at {} (BIOSERDE_CORPUS names another place)", folder.display());
    None
}

/// Whether the tools can be run; says so when not.
pub(crate) fn has_tools(tools: &[&str]) -> bool {
    let missing = tools.iter().find(|tool| Command::new(tool).arg("--version").output().is_err());
    if let Some(tool) = missing {
        assert!(!are_required(), "{tool} is not installed");
        println!("skipped: {tool} is not installed");
    }
    missing.is_none()
}

fn are_required() -> bool {
    std::env::var_os("BIOSERDE_REQUIRE_ORACLES").is_some_and(|v| v == "1")
}

/// What a tool prints; nothing when it fails.
pub(crate) fn output(tool: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(tool).args(args).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a tool that has to succeed.
pub(crate) fn must(tool: &str, args: &[&str]) -> String {
    let output = Command::new(tool).args(args).output().unwrap();
    assert!(output.status.success(), "{tool} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The files of a folder and its sub-folders whose names end as told, sorted.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path, endings));
        } else if endings.iter().any(|e| path.to_str().unwrap().ends_with(e)) {
            files.push(path);
        }
    }
    files.sort();
    files
}
