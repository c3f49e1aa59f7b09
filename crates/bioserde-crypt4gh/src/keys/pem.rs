//! Base64 between two lines that say what it is (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Public,
    Secret,
}

impl Kind {
    fn label(self) -> &'static str {
        match self {
            Self::Public => "CRYPT4GH PUBLIC KEY",
            Self::Secret => "CRYPT4GH PRIVATE KEY",
        }
    }

    /// `crypt4gh-keygen` says so too of locked keys.
    fn of(line: &str) -> Option<Self> {
        let label = line.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
        match label {
            "CRYPT4GH PUBLIC KEY" => Some(Self::Public),
            "CRYPT4GH PRIVATE KEY" | "CRYPT4GH ENCRYPTED PRIVATE KEY" => Some(Self::Secret),
            _ => None,
        }
    }
}

pub(super) fn decode(text: &str, wanted: Kind) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if first.contains("OPENSSH") || first.starts_with("ssh-") {
        return Err(KeyError::OpenSsh);
    }
    match (Kind::of(first).ok_or(KeyError::NoKeyFile)?, wanted) {
        (Kind::Public, Kind::Secret) => return Err(KeyError::IsPublic),
        (Kind::Secret, Kind::Public) => return Err(KeyError::IsSecret),
        _ => {}
    }
    let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
    for line in lines {
        if line.starts_with("-----END ") {
            return STANDARD.decode(base64.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::Base64);
        }
        base64.push_str(line);
    }
    Err(KeyError::Truncated { what: "base64" })
}

pub(super) fn encode(bytes: &[u8], kind: Kind) -> String {
    let label = kind.label();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(bytes))
}
