//! From a passphrase to the key that a secret key is encrypted with.

use sha2::Sha256;
use zeroize::Zeroizing;

use super::{KeyError, Passphrase};

/// More would be hours.
const MAX_ROUNDS: u32 = 10_000_000;

/// A way of derivation with its options.
#[derive(Debug)]
pub(super) struct Derivation<'a> {
    function: Function,
    rounds: u32,
    salt: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
enum Function {
    Scrypt,
    Bcrypt,
    Pbkdf2,
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Self::Scrypt => "scrypt",
            Self::Bcrypt => "bcrypt",
            Self::Pbkdf2 => "pbkdf2_hmac_sha256",
        }
    }
}

impl<'a> Derivation<'a> {
    /// The options are the number of rounds, four bytes with the high one first, and the salt.
    pub(super) fn new(name: &[u8], options: &'a [u8]) -> Result<Self, KeyError> {
        let known = [Function::Scrypt, Function::Bcrypt, Function::Pbkdf2];
        let function = known.into_iter().find(|f| f.name().as_bytes() == name);
        let function = function.ok_or_else(|| KeyError::Derivation(name.escape_ascii().to_string()))?;
        let fault = KeyError::Options(function.name());
        let Some((rounds, salt)) = options.split_first_chunk() else { return Err(fault) };
        let rounds = u32::from_be_bytes(*rounds);
        // Scrypt has none.
        let has_rounds = matches!(function, Function::Scrypt) || (1..=MAX_ROUNDS).contains(&rounds);
        if has_rounds { Ok(Self { function, rounds, salt }) } else { Err(fault) }
    }

    pub(super) fn derive(&self, passphrase: &Passphrase) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let (passphrase, salt) = (passphrase.0.as_bytes(), self.salt);
        let mut key = Zeroizing::new([0; 32]);
        let fault = || KeyError::Options(self.function.name());
        match self.function {
            Function::Scrypt => {
                // As the reference implementation has it: n = 2^14, r = 8, p = 1.
                let params = scrypt::Params::new(14, 8, 1).map_err(|_| fault())?;
                scrypt::scrypt(passphrase, salt, &params, key.as_mut()).map_err(|_| fault())?;
            }
            Function::Bcrypt => {
                bcrypt_pbkdf::bcrypt_pbkdf(passphrase, salt, self.rounds, key.as_mut())
                    .map_err(|_| fault())?;
            }
            Function::Pbkdf2 => {
                pbkdf2::pbkdf2_hmac::<Sha256>(passphrase, salt, self.rounds, key.as_mut());
            }
        }
        Ok(key)
    }
}
