//! The committed fixtures are what the generators write.

use std::fs;

use crate::program::root;

#[test]
fn are_current() {
    for (name, bytes) in bioserde_testkit::fixtures::all() {
        let path = root().join("tests/data").join(name);
        let advice = "cargo run -p bioserde-testkit --example make_fixtures -- tests/data";
        let committed = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; {advice}", path.display()));
        assert!(committed == bytes, "{} is not what the generator writes; {advice}", path.display());
    }
}
