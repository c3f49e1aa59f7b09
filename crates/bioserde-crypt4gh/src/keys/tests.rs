use super::*;

/// Of the bytes 1 to 32; made, as the locked files are, by the reference implementation in Python.
const PUBLIC: &str = "B6N8vBQgk8i3VdwbEOhstCY3StFqqFPtC9/AsrhtHHw=";
const SCRYPT: &str = "YzRnaC12MQAGc2NyeXB0ABQAAAAAAAECAwQFBgcICQoLDA0ODwARY2hhY2hhMjBfcG9seTEzMDUAPAABAgMEBQYHCAkKC5K36noIrgxbXEyMUAmInRgb6cIqnFYXS1C2194vt+UhHKVObLzmiRHBDCtUz1reygAJYSBjb21tZW50";
const BCRYPT: &str = "YzRnaC12MQAGYmNyeXB0ABQAAAAKAAECAwQFBgcICQoLDA0ODwARY2hhY2hhMjBfcG9seTEzMDUAPAABAgMEBQYHCAkKC73HvwIwrbpOsXOqdjrXXLhZPd16swYlCqTBUy0sapMmBYrq+R43znviNPRHjoObWAAJYSBjb21tZW50";
const PBKDF2: &str = "YzRnaC12MQAScGJrZGYyX2htYWNfc2hhMjU2ABQAAAPoAAECAwQFBgcICQoLDA0ODwARY2hhY2hhMjBfcG9seTEzMDUAPAABAgMEBQYHCAkKC1owIuu0nHgN2zZMFVZr4weE1tfVbKy2dISbyD3zE4yhNpQ2D4lTJELRgT0M4kA8zgAJYSBjb21tZW50";

fn secret_file(base64: &str) -> String {
    format!("-----BEGIN CRYPT4GH PRIVATE KEY-----\n{base64}\n-----END CRYPT4GH PRIVATE KEY-----\n")
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn unlock(base64: &str, with: Option<&str>) -> std::result::Result<SecretKey, KeyError> {
    SecretKey::from_file(&secret_file(base64), with.map(passphrase).as_ref())
}

#[test]
fn keys_locked_in_each_way_are_opened() {
    for file in [SCRYPT, BCRYPT, PBKDF2] {
        assert_eq!(unlock(file, Some("Grüße")).unwrap().public_key().to_string(), PUBLIC);
        assert_eq!(unlock(file, Some("Grusse")).unwrap_err(), KeyError::WrongPassphrase);
        assert_eq!(unlock(file, None).unwrap_err(), KeyError::PassphraseNeeded);
    }
}

#[test]
fn public_keys_are_read_as_they_are_written() {
    let key: PublicKey = PUBLIC.parse().unwrap();
    assert_eq!(PublicKey::from_file(&key.to_file()).unwrap(), key);
    assert_eq!(key.to_base64url().parse::<PublicKey>().unwrap(), key);
    assert_eq!(STANDARD.encode(key.to_file()).parse::<PublicKey>().unwrap(), key);
    assert_eq!("AAAA".parse::<PublicKey>().unwrap_err(), KeyError::Length { length: 3 });
    assert_eq!("no key".parse::<PublicKey>().unwrap_err(), KeyError::Base64);
}

#[test]
fn what_is_no_such_key_is_told_apart() {
    let public = PUBLIC.parse::<PublicKey>().unwrap().to_file();
    assert_eq!(SecretKey::from_file(&public, None).unwrap_err(), KeyError::IsPublic);
    assert_eq!(PublicKey::from_file(&secret_file(SCRYPT)).unwrap_err(), KeyError::IsSecret);
    assert_eq!(PublicKey::from_file("ssh-ed25519 AAAA me").unwrap_err(), KeyError::OpenSsh);
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(SecretKey::from_file(openssh, None).unwrap_err(), KeyError::OpenSsh);
    assert_eq!(SecretKey::from_file("", None).unwrap_err(), KeyError::NoKeyFile);
    assert_eq!(unlock("c2VjcmV0", None).unwrap_err(), KeyError::Version);
    let open_ended = public.lines().take(2).collect::<Vec<_>>().join("\n");
    assert_eq!(PublicKey::from_file(&open_ended).unwrap_err(), KeyError::Truncated { what: "base64" });
}

#[test]
fn a_key_file_may_end_nowhere_but_before_its_comment() {
    let bytes = STANDARD.decode(PBKDF2).unwrap();
    let comment = bytes.len() - "a comment".len() - 2;
    for end in 0..comment {
        let cut = unlock(&STANDARD.encode(&bytes[..end]), Some("Grüße"));
        assert!(matches!(cut, Err(KeyError::Truncated { .. } | KeyError::Version)), "{end}: {cut:?}");
    }
    assert!(unlock(&STANDARD.encode(&bytes[..comment]), Some("Grüße")).is_ok());
}

#[test]
fn secrets_are_never_shown() {
    let key = unlock(PBKDF2, Some("Grüße")).unwrap();
    assert_eq!(format!("{key:?} {:?}", passphrase("Grüße")), "SecretKey Passphrase");
    let keys: Keyring = [key].into_iter().collect();
    assert_eq!(format!("{keys:?}"), "Keyring([SecretKey])");
}
