//! What a server can be told: one [`Config`] from defaults, a TOML file, environment variables and the
//! command line. docs/config.md, which [`reference()`] makes, has every key.
//!
//! A section is a struct of its own with defaults, a documented field for each key, and a `check` for
//! what types cannot say. A field of [`Config`] and a line in its `check` add it; the schema, the
//! reference, the variables and the messages follow from the struct.

mod check;
mod cors;
mod cram;
mod crypt4gh;
mod error;
mod file;
mod keys;
mod layers;
mod limits;
mod locations;
mod log;
mod page;
mod period;
mod quantity;
mod reference;
mod secret;
mod service;
mod size;
mod storage;
mod tickets;
mod time;
mod url;
mod variable;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Deserializer, Serialize, de};
use toml::Table;

use crate::auth::AuthConfig;
use crate::tls::TlsConfig;

pub use cors::{Cors, CorsOrigins};
pub use cram::Cram;
pub use crypt4gh::Crypt4gh;
pub use error::{ConfigError, Layer};
pub use limits::Limits;
pub use locations::Location;
pub use log::{Log, LogFormat, LogLevel};
pub use page::Page;
pub use period::{InvalidPeriod, Period};
pub use reference::reference;
pub use secret::{InvalidSecret, Secret};
pub use service::{Organization, Service};
pub use size::{InvalidSize, Size};
pub use storage::{Cache, Spool};
pub use tickets::{Inline, TicketMode, Tickets};
pub use time::Time;
pub use url::{ContactUrl, InvalidUrl, PublicUrl, WebUrl};
pub use variable::VARIABLE_PREFIX;

/// The whole configuration of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The IP address and port to listen on. Port 0 is any that is free.
    #[serde(deserialize_with = "address")]
    pub addr: SocketAddr,
    /// The scheme, host and path that the URLs in tickets begin with, such as
    /// `https://example.org/htsget`. Without it they begin with the host that the request names, which
    /// is right only where no proxy stands before the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<PublicUrl>,
    /// Where the files are. The first location that has a file for an id gives it. Relative paths
    /// begin at the folder in which the server is started.
    pub locations: Vec<Location>,
    /// What the server says of itself at `/reads/service-info` and `/variants/service-info`.
    pub service: Service,
    /// The replies that tell a client where its data are.
    pub tickets: Tickets,
    /// What is kept in memory between requests.
    pub cache: Cache,
    /// Room on a disk for data that cannot be sent as they are made.
    pub spool: Spool,
    /// What one request, and all together, may take.
    pub limits: Limits,
    /// CRAM files, and what their records are decoded with.
    pub cram: Cram,
    /// Files that are encrypted, and what opens them.
    pub crypt4gh: Crypt4gh,
    /// Which web pages may use the server from a browser.
    pub cors: Cors,
    /// What is written to standard error.
    pub log: Log,
    /// Who may read what, by bearer tokens. Without it everyone may read everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthConfig>,
    /// The certificate of an HTTPS server. Without it the server speaks HTTP, which is for a machine or
    /// a network of one's own, or behind a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsConfig>,
    /// The web page that lists the files.
    pub page: Page,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: (Ipv4Addr::LOCALHOST, 8080).into(),
            public_url: None,
            locations: Vec::new(),
            service: Service::default(),
            tickets: Tickets::default(),
            cache: Cache::default(),
            spool: Spool::default(),
            limits: Limits::default(),
            cram: Cram::default(),
            crypt4gh: Crypt4gh::default(),
            cors: Cors::default(),
            log: Log::default(),
            auth: None,
            tls: None,
            page: Page::default(),
        }
    }
}

impl Config {
    /// Puts the layers over each other: the defaults, a file (its name, for messages, and its text),
    /// the variables that begin with [`VARIABLE_PREFIX`], and what the command line says. Tables are
    /// merged, all else is replaced. Other variables are passed over.
    ///
    /// # Errors
    ///
    /// A layer has a key that does not exist or a value that cannot be used, and is named with it.
    pub fn load(
        file: Option<(&Path, &str)>,
        environment: impl IntoIterator<Item = (String, String)>,
        overrides: Table,
    ) -> Result<Self, ConfigError> {
        layers::load(file, environment, overrides)
    }

    /// The locations to look for files in, in order.
    ///
    /// # Errors
    ///
    /// There is none, or one cannot be used.
    pub fn locations(&self) -> Result<bioserde_resolve::Locations, ConfigError> {
        let locations = self.locations.iter().map(|location| location.0.clone());
        bioserde_resolve::Locations::new(locations).map_err(ConfigError::Location)
    }

    /// The configuration as TOML, with `(hidden)` in place of secrets.
    ///
    /// # Errors
    ///
    /// A path is not UTF-8, which no configuration that was loaded has.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string_pretty(self).map_err(|e| ConfigError::Write { message: e.to_string() })
    }
}

/// The JSON Schema of the file, as JSON text.
pub fn schema() -> String {
    format!("{:#}", schema_for!(Config).to_value())
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let advice = "is no IP address with a port, such as `127.0.0.1:8080` or `[::]:8080`";
    text.parse().map_err(|_| de::Error::custom(format_args!("`{text}` {advice}")))
}

#[cfg(test)]
mod tests;
