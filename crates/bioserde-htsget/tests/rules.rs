//! docs/htsget.md has every rule, and the tests that it names exist.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/htsget.md")).unwrap()
}

/// The names of all test functions below a folder.
fn tests(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            names.extend(tests(&entry.path()));
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap_or_default().replace("#[tokio::test]", "#[test]");
        let after = text.split("#[test]").skip(1).filter_map(|t| t.split_once("fn ")?.1.split_once('('));
        names.extend(after.map(|(name, _)| name.to_owned()));
    }
    names
}

/// Where tests are that the page may name.
const FOLDERS: &[&str] = &["../../crates", "../../tests/it"];

fn tests_of(folders: &[&str]) -> BTreeSet<String> {
    folders.iter().flat_map(|folder| tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))).collect()
}

/// The words in backticks that are written as names of tests are.
fn named(page: &str) -> BTreeSet<String> {
    let is_name = |word: &&str| {
        word.matches('_').count() >= 2 && word.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'))
    };
    page.split('`').skip(1).step_by(2).filter(is_name).map(str::to_owned).collect()
}

#[test]
fn the_page_names_tests_that_exist() {
    let tests = tests_of(FOLDERS);
    let named = named(&page().replace("```", ""));
    assert!(named.len() > 40, "{named:?}");
    let missing: Vec<_> = named.difference(&tests).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn tests_named_for_a_rule_are_on_the_page() {
    let is_rule =
        |name: &&String| name.starts_with(['e', 'p', 't', 'd']) && name.as_bytes()[1].is_ascii_digit();
    let tests = tests_of(&["src", "../bioserde-htsget-client/src", "../bioserde-server/src"]);
    let named = named(&page().replace("```", ""));
    let missing: Vec<_> = tests.iter().filter(is_rule).filter(|name| !named.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_page_has_every_rule() {
    let page = page();
    for (letter, last) in [('E', 12), ('P', 20), ('T', 15)] {
        for number in 1..=last {
            let start = format!("| {letter}{number} | ");
            assert_eq!(page.matches(&start).count(), 1, "{start}");
        }
    }
}
