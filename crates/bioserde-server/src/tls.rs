mod certified;
mod error;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::error::TlsError;
use self::watch::Files;

/// The certificate that the server shows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// A PEM file with the certificate of this server, followed by those of the authorities between it and
    /// a known one.
    pub certificate: PathBuf,
    /// A PEM file with the private key of the certificate, not encrypted: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// TLS 1.2 and 1.3 with a certificate that can be exchanged while the server runs.
#[derive(Debug)]
pub struct Tls {
    config: TlsConfig,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    /// The files that were read last, also if they were faulty.
    read: ArcSwap<Files>,
    server: Arc<ServerConfig>,
}

/// The certificate for new connections.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Reads the certificate and its key. Relative paths are of the working directory.
    ///
    /// A certificate that is not valid at this time is used all the same, and said with `tracing::warn!`.
    pub fn new(config: &TlsConfig) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        // Before reading: what changes meanwhile is then read again.
        let read = ArcSwap::from_pointee(Files::of(config));
        let certified = certified::load(config, &provider)?;
        let current = Arc::new(Current(ArcSwap::from_pointee(certified)));
        let resolver = Arc::clone(&current);
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Provider)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: config.clone(), provider, current, read, server: Arc::new(server) })
    }

    /// The configuration for a `TlsAcceptor`. Its certificate is always the one in use.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }

    /// Reads the certificate and its key again and shows it to new connections; for SIGHUP.
    ///
    /// With an error the old one stays in use. Reads files, so that it belongs on a thread that may block.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.read.store(Arc::new(Files::of(&self.config)));
        let certified = certified::load(&self.config, &self.provider)?;
        self.current.0.store(Arc::new(certified));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
