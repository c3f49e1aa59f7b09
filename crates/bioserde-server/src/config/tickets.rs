use std::fs;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::Fault;
use super::{ConfigError, Layer, Period, Secret, Size, check};

/// The least that a part can have: a BGZF block is not longer.
const LEAST_PIECE: Size = Size::new(64 << 10);
/// The most that the specification lets a part have (htsget §"Response data blocks").
const MOST_PIECE: Size = Size::new(1_000_000_000);

/// The replies that tell a client where its data are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tickets {
    /// Whether a ticket may carry data itself.
    pub inline: Inline,
    /// What the URLs of a ticket stand for. The records are the same.
    pub mode: TicketMode,
    /// The most bytes that one URL of a ticket stands for: from 64 KiB to 1 GB.
    pub piece_bytes: Size,
    /// How long the URLs of a ticket can be used.
    pub lifetime: Period,
    /// What the URLs of tickets are signed with. Servers that share it, and the file system with the files,
    /// honour each other's tickets. Without
    /// it and `secret_file` each start makes a new one, and tickets of before are void.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// A text file with the secret in it, in place of `secret`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(title = "path")]
    pub secret_file: Option<PathBuf>,
}

/// Whether a ticket may carry data itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Inline {
    /// Short data, such as headers and the edges of slices, stand in the ticket as `data:` URLs.
    Auto,
    /// A ticket has `http` and `https` URLs alone.
    Never,
}

/// What the URLs of a ticket stand for. The records are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TicketMode {
    /// Records, which are cut out of the file when the URL is fetched.
    Exact,
    /// Bytes of the file, wherever a block of it has wanted records alone, as they could be had from an
    /// object store. The edges stand in the ticket, so that `inline` has to be `auto`.
    Block,
}

impl Default for Tickets {
    fn default() -> Self {
        Self {
            inline: Inline::Auto,
            mode: TicketMode::Exact,
            piece_bytes: Size::new(512 << 20),
            lifetime: Period::from_secs(3600),
            secret: None,
            secret_file: None,
        }
    }
}

impl Tickets {
    /// The secret, which may have to be read from its file; nothing where none is configured.
    ///
    /// # Errors
    ///
    /// The file cannot be read or holds no secret.
    pub fn read_secret(&self) -> Result<Option<Secret>, ConfigError> {
        const KEY: &str = "tickets.secret_file";
        let Some(path) = &self.secret_file else { return Ok(self.secret.clone()) };
        let unreadable = |source| ConfigError::Unreadable { key: KEY, path: path.clone(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let invalid = |e| Fault::value(KEY, format!("{}: {e}", path.display())).at(Layer::Together);
        text.trim().parse().map(Some).map_err(invalid)
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        check::size("tickets.piece_bytes", self.piece_bytes, LEAST_PIECE, MOST_PIECE)?;
        if self.lifetime < Period::from_secs(1) {
            return Err(Fault::value("tickets.lifetime", "is at least a second"));
        }
        if self.mode == TicketMode::Block && self.inline == Inline::Never {
            return Err(Fault::value(
                "tickets.inline",
                "the edges of blocks have no other place than the ticket",
            ));
        }
        if self.secret.is_some() && self.secret_file.is_some() {
            return Err(Fault::value("tickets.secret_file", "there is a `tickets.secret` already"));
        }
        Ok(())
    }
}
