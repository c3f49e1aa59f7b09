use thiserror::Error;

/// Why a key cannot be had. No message holds anything of a key or a passphrase.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text has no `-----BEGIN CRYPT4GH ... KEY-----`.
    #[error("this is no Crypt4GH key file")]
    NoKeyFile,
    /// The key is one of OpenSSH.
    #[error("this is a key of OpenSSH; keys of Crypt4GH can be read")]
    OpenSsh,
    /// A secret key where a public one is wanted.
    #[error("this is a secret key; the public key is wanted here")]
    IsSecret,
    /// A public key where a secret one is wanted.
    #[error("this is a public key; the secret key is wanted here")]
    IsPublic,
    /// What stands between the lines is no base64.
    #[error("the key is not in base64")]
    Base64,
    /// A key of another length.
    #[error("the key has {length} bytes, not 32")]
    Length {
        /// Bytes that are there.
        length: usize,
    },
    /// Another version of the file.
    #[error("the file does not begin with `c4gh-v1`")]
    Version,
    /// The file ends too early.
    #[error("the key file ends inside its {what}")]
    Truncated {
        /// What is incomplete.
        what: &'static str,
    },
    /// The key is derived from the passphrase in an unknown way.
    #[error("the key is locked by `{0}`; scrypt, bcrypt and pbkdf2_hmac_sha256 are known")]
    Derivation(String),
    /// What the derivation needs is out of its range.
    #[error("the options of {0} are out of range")]
    Options(&'static str),
    /// The key is encrypted in an unknown way.
    #[error("the key is encrypted by `{0}`; chacha20_poly1305 is known")]
    Cipher(String),
    /// The key is locked.
    #[error("the key is locked, and there is no passphrase")]
    PassphraseNeeded,
    /// The key is locked with another passphrase.
    #[error("the passphrase is wrong, or the key file is corrupt")]
    WrongPassphrase,
}
