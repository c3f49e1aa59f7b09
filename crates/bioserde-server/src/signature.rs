//! Signatures of URLs: who has one may read what it names, until it expires.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign, verify};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bioserde_htsget::{Error, ErrorKind};

const EXPIRES: &str = "&expires=";
const SIGNATURE: &str = "&signature=";

/// Signs and checks URLs by HMAC-SHA256 (RFC 2104).
#[derive(Debug)]
pub(crate) struct Signer(Key);

impl Signer {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Key::new(HMAC_SHA256, secret))
    }

    /// A secret of its own: its URLs are of no use to other servers, nor after a restart.
    pub(crate) fn random() -> Option<Self> {
        let mut secret = [0; 32];
        rand::fill(&mut secret).ok()?;
        Some(Self::new(&secret))
    }

    /// A path and query with the time of its end, in seconds since 1970, and the signature of both.
    pub(crate) fn sign(&self, path_and_query: &str, expires: u64) -> String {
        let text = format!("{path_and_query}{EXPIRES}{expires}");
        let signature = URL_SAFE_NO_PAD.encode(sign(&self.0, text.as_bytes()));
        text + SIGNATURE + &signature
    }

    /// What was signed, without time and signature.
    ///
    /// # Errors
    ///
    /// `PermissionDenied`: the signature is missing, another one's, or too old.
    pub(crate) fn verify<'a>(&self, signed: &'a str) -> Result<&'a str, Error> {
        let refused =
            |message| Error::new(ErrorKind::PermissionDenied, message).with_hint("ask for a new ticket");
        let wrong = || refused("this URL is not one of a ticket, or was changed");
        let (text, signature) = signed.rsplit_once(SIGNATURE).ok_or_else(wrong)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| wrong())?;
        verify(&self.0, text.as_bytes(), &signature).map_err(|_| wrong())?;
        let (path_and_query, expires) = text.rsplit_once(EXPIRES).ok_or_else(wrong)?;
        if expires.parse().map_or(true, |expires: u64| expires <= now()) {
            return Err(refused("this URL has expired"));
        }
        Ok(path_and_query)
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_signed_url_can_be_changed() {
        let signer = Signer::random().unwrap();
        let text = "reads/a?part=records&regions=0:1-5";
        let url = signer.sign(text, now() + 100);
        assert_eq!(signer.verify(&url).unwrap(), text);
        for at in 0..url.len() {
            for other in "0aA-_=&/?%".chars().filter(|c| !url[at..].starts_with(*c)) {
                let mut changed = url.clone();
                changed.replace_range(at..=at, &other.to_string());
                assert!(signer.verify(&changed).is_err(), "{changed}");
            }
            assert!(signer.verify(&url[..at]).is_err());
        }
        assert!(signer.verify(&format!("{url}=")).is_err());
        assert!(Signer::random().unwrap().verify(&url).is_err());
    }

    #[test]
    fn signed_urls_expire() {
        let signer = Signer::random().unwrap();
        let error = signer.verify(&signer.sign("reads/a?", now())).unwrap_err();
        assert!(error.message().contains("expired"));
    }
}
