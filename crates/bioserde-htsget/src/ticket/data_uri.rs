use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use thiserror::Error as ThisError;

const PREFIX: &str = "data:;base64,";

/// Writes padding; reads texts with and without it, as htslib does.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a text is not a data URI of htsget.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum InvalidDataUri {
    /// The text does not begin with `data:`.
    #[error("the URI does not begin with `data:`")]
    Scheme,
    /// `;base64` does not stand right before the first comma.
    #[error("the data URI has no `;base64` right before its first comma")]
    NotBase64,
    /// What follows the comma is not base64. The specification forbids percent-encoding it again.
    #[error("the payload of the data URI is not base64: {what}")]
    Payload {
        /// What is wrong, and where.
        what: String,
    },
}

/// Writes bytes as `data:;base64,...` (htsget §"Inline data block URIs").
pub fn data_uri(bytes: &[u8]) -> String {
    let mut uri = String::with_capacity(PREFIX.len() + bytes.len().div_ceil(3) * 4);
    uri.push_str(PREFIX);
    BASE64.encode_string(bytes, &mut uri);
    uri
}

/// Reads the bytes of a data URI with any media type or none, which says nothing about them.
pub fn parse_data_uri(uri: &str) -> Result<Vec<u8>, InvalidDataUri> {
    if !is_data_uri(uri) {
        return Err(InvalidDataUri::Scheme);
    }
    let (before, payload) = uri.split_once(',').ok_or(InvalidDataUri::NotBase64)?;
    let is_base64 = before.len().checked_sub(";base64".len()).and_then(|at| before.get(at..));
    if !is_base64.is_some_and(|text| text.eq_ignore_ascii_case(";base64")) {
        return Err(InvalidDataUri::NotBase64);
    }
    BASE64.decode(payload).map_err(|error| InvalidDataUri::Payload { what: error.to_string() })
}

/// Whether the scheme is `data`, in any case of letters (RFC 3986 §3.1).
pub(super) fn is_data_uri(url: &str) -> bool {
    url.get(.."data:".len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn t10_data_uris_are_base64_without_media_type() {
        assert_eq!(data_uri(b"BAM\x01"), "data:;base64,QkFNAQ==");
        assert_eq!(data_uri(b""), "data:;base64,");
    }

    #[test]
    fn t10_any_media_type_is_passed_over() {
        let uris = [
            "data:application/vnd.ga4gh.bam;base64,QkFNAQ==",
            "data:;base64,QkFNAQ==",
            "DATA:text/plain;charset=utf-8;Base64,QkFNAQ",
        ];
        for uri in uris {
            assert_eq!(parse_data_uri(uri).unwrap(), b"BAM\x01", "{uri}");
        }
    }

    #[test]
    fn t10_other_data_uris_are_refused() {
        use InvalidDataUri as E;
        assert_eq!(parse_data_uri("https://x/;base64,QkFN"), Err(E::Scheme));
        for uri in ["data:", "data:base64,QkFN", "data:;base64;x=y,QkFN", "data:,x;base64,QkFN"] {
            assert_eq!(parse_data_uri(uri), Err(E::NotBase64), "{uri}");
        }
        for uri in ["data:;base64,QkFNAQ%3D%3D", "data:;base64,Qk FN", "data:;base64,Q", "data:;base64,-_8="]
        {
            assert!(matches!(parse_data_uri(uri), Err(E::Payload { .. })), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn data_uris_read_back(bytes in any::<Vec<u8>>()) {
            prop_assert_eq!(parse_data_uri(&data_uri(&bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_panics(text in "(data:)?[;a-z0-9,=é]*") {
            let _ = parse_data_uri(&text);
        }
    }
}
