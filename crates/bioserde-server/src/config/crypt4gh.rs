use std::fs;
use std::path::{Path, PathBuf};

use bioserde_crypt4gh::{Keyring, Passphrase, SecretKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::Fault;
use super::{ConfigError, Layer};

/// Files that are encrypted (Crypt4GH): what opens them. Their names end with `.c4gh`, as in `x.bam.c4gh`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Crypt4gh {
    /// Files with secret keys, as `crypt4gh-keygen` makes them. They are read when the server starts. Whoever
    /// may read an encrypted file by this server gets it decrypted, over whatever connection is used.
    #[schemars(title = "list of paths")]
    pub secret_keys: Vec<PathBuf>,
    /// A text file with the passphrase of keys that are locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(title = "path")]
    pub passphrase_file: Option<PathBuf>,
}

impl Crypt4gh {
    /// The secret keys, out of their files.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or holds no key, or one that the passphrase does not open.
    pub fn read_keys(&self) -> Result<Keyring, ConfigError> {
        const KEYS: &str = "crypt4gh.secret_keys";
        let passphrase = self.passphrase_file.as_deref().map(|path| {
            let text = read("crypt4gh.passphrase_file", path)?;
            Ok::<_, ConfigError>(Passphrase::new(text.trim_end_matches(['\r', '\n']).to_owned()))
        });
        let passphrase = passphrase.transpose()?;
        let key = |path: &PathBuf| {
            let invalid = |e| Fault::value(KEYS, format!("{}: {e}", path.display())).at(Layer::Together);
            SecretKey::from_file(&read(KEYS, path)?, passphrase.as_ref()).map_err(invalid)
        };
        self.secret_keys.iter().map(key).collect()
    }
}

fn read(key: &'static str, path: &Path) -> Result<Zeroizing<String>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { key, path: path.to_owned(), source };
    fs::read_to_string(path).map(Zeroizing::new).map_err(unreadable)
}
