use jsonwebtoken::DecodingKey;
use rustls::pki_types::pem::{PemObject, SectionKind};

/// The one public key of a PEM file, or what was found in its place.
pub(super) fn public_key(text: &[u8]) -> Result<DecodingKey, String> {
    let sections: Vec<SectionKind> = <(SectionKind, Vec<u8>)>::pem_slice_iter(text)
        .map(|section| section.map(|(kind, _)| kind))
        .collect::<Result<_, _>>()
        .map_err(|_| "not a PEM file that can be read".to_owned())?;
    match sections.as_slice() {
        [SectionKind::PublicKey] => {}
        [] => return Err("has no section `PUBLIC KEY`".to_owned()),
        [SectionKind::PublicKey, ..] => return Err("has more than a public key".to_owned()),
        [SectionKind::Certificate, ..] => return Err("has a certificate in place of a public key".to_owned()),
        _ => return Err("has a private key or another thing in place of a public key".to_owned()),
    }
    DecodingKey::from_rsa_pem(text)
        .or_else(|_| DecodingKey::from_ec_pem(text))
        .or_else(|_| DecodingKey::from_ed_pem(text))
        .map_err(|_| "the public key is of an unknown kind".to_owned())
}
