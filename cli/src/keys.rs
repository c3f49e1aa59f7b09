//! Keys for encrypted inputs and outputs, from the files that hold them.

use std::path::Path;

use anyhow::{Context, bail};
use bioserde_crypt4gh::{KeyError, Keyring, Passphrase, PublicKey, SUFFIX, SecretKey};
use bioserde_write::OutputFormat;
use zeroize::Zeroizing;

use crate::args::{KeyArgs, RecipientArgs};
use crate::exit_code::UsageError;

/// The variables of the reference implementation of Crypt4GH: the path of a secret key, and what locks it.
const KEY_VARIABLE: &str = "C4GH_SECRET_KEY";
const PASSPHRASE_VARIABLE: &str = "C4GH_PASSPHRASE";

/// The secret keys that were named; else the one that the environment names.
pub(crate) fn keyring(args: &KeyArgs) -> anyhow::Result<Keyring> {
    let passphrase = passphrase()?;
    if !args.decrypt_key.is_empty() {
        return args.decrypt_key.iter().map(|path| secret_key(path, passphrase.as_ref())).collect();
    }
    let Some(path) = std::env::var_os(KEY_VARIABLE).filter(|path| !path.is_empty()) else {
        return Ok(Keyring::default());
    };
    match secret_key(Path::new(&path), passphrase.as_ref()) {
        Ok(key) => Ok([key].into_iter().collect()),
        // It is there for all that is done with Crypt4GH: files that are not encrypted need no passphrase.
        Err(e) if e.downcast_ref() == Some(&KeyError::PassphraseNeeded) => Ok(Keyring::default()),
        Err(e) => Err(e.context(KEY_VARIABLE)),
    }
}

fn passphrase() -> anyhow::Result<Option<Passphrase>> {
    match std::env::var(PASSPHRASE_VARIABLE) {
        Ok(text) => Ok(Some(Passphrase::new(text))),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(_) => bail!("{PASSPHRASE_VARIABLE}: the passphrase is not UTF-8"),
    }
}

fn secret_key(path: &Path, passphrase: Option<&Passphrase>) -> anyhow::Result<SecretKey> {
    let text = std::fs::read(path).map(Zeroizing::new);
    let text = text.with_context(|| format!("{}: cannot read the key", path.display()))?;
    let text = std::str::from_utf8(&text).map_err(|_| KeyError::NoKeyFile);
    let key = text.and_then(|text| SecretKey::from_file(text, passphrase));
    let needs = matches!(key, Err(KeyError::PassphraseNeeded));
    let advice = if needs { format!(" (it is read from {PASSPHRASE_VARIABLE})") } else { String::new() };
    key.with_context(|| format!("{}: no secret key can be had{advice}", path.display()))
}

/// The public keys that an output is encrypted for.
pub(crate) fn recipients(args: &RecipientArgs) -> anyhow::Result<Vec<PublicKey>> {
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("{}: cannot read the key", path.display()))?;
        let key = PublicKey::from_file(&text);
        key.with_context(|| format!("{}: no public key can be had", path.display()))
    };
    args.recipient.iter().map(read).collect()
}

/// The name of an output tells whether it is encrypted; standard output has none.
pub(crate) fn check_name(output: &str, recipients: &[PublicKey]) -> Result<(), UsageError> {
    let fault = match (output.ends_with(SUFFIX), recipients.is_empty()) {
        (true, true) => "this is the name of an encrypted file: say for whom with --recipient",
        (false, false) if output != "-" => "what --recipient encrypts has a name that ends with .c4gh",
        _ => return Ok(()),
    };
    Err(UsageError(format!("{output}: {fault}")))
}

/// What is encrypted is written from its beginning to its end.
pub(crate) fn check_format(format: OutputFormat, recipients: &[PublicKey]) -> Result<(), UsageError> {
    let spec = format.spec();
    if spec.streams || recipients.is_empty() {
        return Ok(());
    }
    let why = "is not written from beginning to end, as an encrypted file must be";
    Err(UsageError(format!("{} {why}: encrypt it afterwards, or choose another format", spec.name)))
}
