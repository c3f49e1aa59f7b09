//! Whom a reply is encrypted for (the draft `encryptionScheme`, docs/htsget.md).

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bioserde_crypt4gh::{Encryptor, PublicKey};
use bioserde_htsget::{Error, ErrorKind, Query};
use http::HeaderMap;

use crate::content::Content;
use crate::failure::Failure;
use crate::records::spool_failed;
use crate::stopping::Stopping;

/// The header with the client's public key.
const HEADER: &str = "client-public-key";

/// The key of the client, where a query asks for encrypted data.
///
/// # Errors
///
/// `InvalidInput`: the key is missing, or is none.
pub(crate) fn recipient(headers: &HeaderMap, query: &Query) -> Result<Option<PublicKey>, Error> {
    if !query.is_encrypted {
        return Ok(None);
    }
    let fault = |message: String| {
        let hint = format!("send the public key of Crypt4GH, in base64, in the header `{HEADER}`");
        Error::new(ErrorKind::InvalidInput, message).with_hint(hint)
    };
    let mut values = headers.get_all(HEADER).iter();
    let value = values.next().ok_or_else(|| fault("`encryptionScheme` is given without a key".to_owned()))?;
    if values.next().is_some() {
        return Err(fault(format!("`{HEADER}` is sent twice")));
    }
    let key: PublicKey = value
        .to_str()
        .unwrap_or_default()
        .parse()
        .map_err(|e| fault(format!("`{HEADER}` is no public key: {e}")))?;
    // Not every number is a key that can be encrypted for.
    Encryptor::new(&[key]).map_err(|e| fault(format!("`{HEADER}`: {e}")))?;
    Ok(Some(key))
}

/// Writes some content, encrypted.
pub(crate) fn write(
    content: &Content,
    recipient: PublicKey,
    stopping: &Stopping,
    path: &Path,
) -> Result<(), Failure> {
    let write = || {
        let mut out = BufWriter::new(File::create(path)?);
        let mut encryptor = Encryptor::new(&[recipient])?;
        content.read_all(|bytes| {
            if stopping.is_set() {
                return Err(io::Error::other("the work was given up"));
            }
            encryptor.write(bytes, &mut out)
        })?;
        encryptor.finish(&mut out)?;
        out.flush()
    };
    write().map_err(|e| spool_failed(&e))
}
