//! What was typed for an input: a path, an id of a configuration, or the URL of an htsget server.

mod ids;
mod remote;

use std::path::Path;

use anyhow::{Context, bail};
use bioserde_convert::PlannedInput;
use bioserde_htsget_client::{Address, Client, Settings, Token};
use bioserde_read::Options;

use crate::args::SourceArgs;
use crate::exit_code::UsageError;
use crate::ui;
use ids::Ids;

/// The variable that holds the token for htsget servers.
const TOKEN_VARIABLE: &str = "BIOSERDE_TOKEN";

/// What is wanted of an input, which a server need not send more of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Its records, or those of the regions.
    Records,
    /// What tells its columns.
    Columns,
    /// Its header.
    Header,
}

/// Where inputs are looked for.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    args: &'a SourceArgs,
    ids: Option<Ids>,
    is_quiet: bool,
}

impl<'a> Sources<'a> {
    /// Reads the configuration, where one is named.
    pub(crate) fn new(args: &'a SourceArgs, is_quiet: bool) -> anyhow::Result<Self> {
        let ids = args.config.as_deref().map(Ids::read).transpose()?;
        Ok(Self { args, ids, is_quiet })
    }

    /// Finds an input; asks its server for it, if it has one.
    pub(crate) fn find(&self, text: &str, wish: Wish, options: &Options) -> anyhow::Result<PlannedInput> {
        let path = || PlannedInput::from(text.to_owned());
        if text == "-" || Path::new(text).exists() {
            return Ok(path());
        }
        if Address::is_meant(text) {
            return self.ask(text, wish, options);
        }
        let Some(ids) = &self.ids else { return Ok(path()) };
        match ids.find(text)? {
            Some(input) => Ok(input),
            None => bail!("{text}: there is no such file, and {} has no such id", ids.name()),
        }
    }

    fn ask(&self, text: &str, wish: Wish, options: &Options) -> anyhow::Result<PlannedInput> {
        // A query may hold what nobody else should see.
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        let shown = if shown.contains('@') { "the URL" } else { shown };
        let address: Address = text.parse().map_err(|e| UsageError(format!("{shown}: {e}")))?;
        let token = self.token()?;
        if token.is_some() && address.is_plain() && !self.is_quiet {
            ui::say(&format!("notice: {address}: the token goes there by http, which others can read"));
        }
        let public_key = options.keys.public_key();
        let client = Client::new(Settings { token, public_key, system_proxy: true, ..Settings::default() })?;
        remote::open(&client, &address, wish, options)
    }

    fn token(&self) -> anyhow::Result<Option<Token>> {
        let (text, name) = match &self.args.token_file {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.with_context(|| format!("{}: cannot read the token", path.display()))?;
                (text, path.display().to_string())
            }
            None => match std::env::var(TOKEN_VARIABLE) {
                Ok(text) => (text, TOKEN_VARIABLE.to_owned()),
                Err(std::env::VarError::NotPresent) => return Ok(None),
                Err(_) => bail!("{TOKEN_VARIABLE}: this is no token"),
            },
        };
        Ok(Some(text.parse().with_context(|| name)?))
    }
}
