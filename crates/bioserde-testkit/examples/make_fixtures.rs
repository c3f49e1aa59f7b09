//! Writes the fixtures: `cargo run -p bioserde-testkit --example make_fixtures -- tests/data`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "tests/data".to_owned()));
    std::fs::create_dir_all(&folder)?;
    for (name, bytes) in bioserde_testkit::fixtures::all() {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
