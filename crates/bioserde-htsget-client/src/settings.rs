use std::time::Duration;

use bioserde_crypt4gh::PublicKey;

use crate::Token;

/// How a client asks.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Sent to the server of the ticket alone: its scheme, host and port.
    pub token: Option<Token>,
    /// Sent to the server of the ticket where a query asks for encrypted data (the draft `encryptionScheme`).
    pub public_key: Option<PublicKey>,
    /// For so long a connection may take to come about.
    pub connect_timeout: Duration,
    /// For so long a server may send nothing.
    pub idle_timeout: Duration,
    /// How often a request is made, at least once, until it has an answer or goes on for some way.
    pub tries: u32,
    /// The pause before the second try; each later one is twice as long.
    pub pause: Duration,
    /// The longest pause that a server may ask for by `Retry-After`.
    pub longest_pause: Duration,
    /// The size of a ticket in bytes, at most.
    pub ticket_limit: u64,
    /// Whether to go through the proxy that the system, and so the environment, names.
    pub system_proxy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: None,
            public_key: None,
            connect_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(60),
            tries: 4,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(120),
            ticket_limit: 64 << 20,
            system_proxy: false,
        }
    }
}
