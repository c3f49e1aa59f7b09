//! The configuration of a server, from a file, the environment and the command line.

use std::path::Path;

use anyhow::Context;
use bioserde_server::config::Config;

/// Reads the file, if there is one, and puts the other layers over it.
pub(crate) fn load(file: Option<&Path>, overrides: toml::Table) -> anyhow::Result<Config> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path);
        text.with_context(|| format!("{}: cannot read the configuration", path.display()))
    };
    let text = file.map(read).transpose()?;
    // Names that are not UTF-8 are nobody's here.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Config::load(file.zip(text.as_deref()), environment, overrides)?)
}
