use std::fmt;
use std::str::FromStr;

use reqwest::header::HeaderValue;
use thiserror::Error;

/// A bearer token (RFC 6750), which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(HeaderValue);

/// The text is no token. It is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a token is one line of letters, digits and `-._~+/=`")]
pub struct InvalidToken;

impl Token {
    /// The value of `Authorization`.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    /// Blanks and ends of lines around the token do not belong to it (RFC 6750 §2.1).
    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        let token = text.trim();
        let is_fit = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        if token.is_empty() || !token.chars().all(is_fit) {
            return Err(InvalidToken);
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| InvalidToken)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_line_and_never_shown() {
        let token: Token = " abc.DEF-1~2+3/4== \n".parse().unwrap();
        assert_eq!(token.authorization().to_str().unwrap(), "Bearer abc.DEF-1~2+3/4==");
        assert_eq!(format!("{token:?}"), "Token(hidden)");
        for bad in ["", " \n", "a b", "a\nb", "é", "a\u{0}"] {
            assert_eq!(bad.parse::<Token>(), Err(InvalidToken), "{bad:?}");
        }
    }
}
