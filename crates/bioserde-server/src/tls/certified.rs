use std::fs;
use std::path::Path;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::{TlsConfig, TlsError};

/// Reads a certificate with its chain and its key, and checks that they belong together.
pub(super) fn load(config: &TlsConfig, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain = read_chain(&config.certificate)?;
    let key = read_key(&config.key)?;
    let key = provider
        .key_provider
        .load_private_key(key)
        .map_err(|source| TlsError::Key { path: config.key.clone(), source })?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(Error::InconsistentKeys(_)) => {
            Err(TlsError::Mismatch { certificate: config.certificate.clone(), key: config.key.clone() })
        }
        Err(error) => Err(TlsError::Certificate {
            path: config.certificate.clone(),
            number: 1,
            reason: error.to_string(),
        }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(path)?)
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::Pem { path: path.to_owned(), source })?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_owned() });
    }
    for (i, certificate) in chain.iter().enumerate() {
        check_certificate(path, i + 1, certificate)?;
    }
    Ok(chain)
}

/// Reads a certificate. One that is not valid now is no error: its clients decide.
fn check_certificate(path: &Path, number: usize, der: &CertificateDer<'_>) -> Result<(), TlsError> {
    let wrong = |reason| TlsError::Certificate { path: path.to_owned(), number, reason };
    let (_, certificate) = X509Certificate::from_der(der).map_err(|e| wrong(e.to_string()))?;
    let validity = certificate.validity();
    if !validity.is_valid() {
        let (from, to) = (validity.not_before, validity.not_after);
        tracing::warn!(file = %path.display(), number, %from, %to, "the certificate is not valid at this time");
    }
    Ok(())
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey { path: path.to_owned() },
        source => TlsError::Pem { path: path.to_owned(), source },
    })
}
