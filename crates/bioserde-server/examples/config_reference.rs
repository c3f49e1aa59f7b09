//! Writes docs/config.md to standard output.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(bioserde_server::config::reference().as_bytes())
}
