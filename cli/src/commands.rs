//! One file a command.

pub(crate) mod convert;
pub(crate) mod docs;
pub(crate) mod index;
pub(crate) mod inspect;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod view;

use std::io::Write;

/// Writes to standard output.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
