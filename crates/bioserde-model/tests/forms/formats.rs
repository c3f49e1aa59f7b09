//! There and back through one format each.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A format: a model to its bytes and back, or what went wrong.
pub(crate) type Format<T> = fn(&T) -> Result<T, String>;

/// Every format, with its name.
pub(crate) fn all<T: Serialize + DeserializeOwned>() -> [(&'static str, Format<T>); 8] {
    [
        ("JSON", json),
        ("JSON by way of a tree", tree),
        ("CBOR", cbor),
        ("MessagePack", message_pack),
        ("MessagePack with names", named_message_pack),
        ("postcard", postcard),
        ("bincode", bincode),
        ("bincode with integers of fixed size", fixed_bincode),
    ]
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

fn json<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    serde_json::from_str(&serde_json::to_string(model).map_err(text)?).map_err(text)
}

fn tree<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    serde_json::from_value(serde_json::to_value(model).map_err(text)?).map_err(text)
}

fn cbor<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    let mut bytes = Vec::new();
    ciborium::into_writer(model, &mut bytes).map_err(text)?;
    ciborium::from_reader(bytes.as_slice()).map_err(text)
}

fn message_pack<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    rmp_serde::from_slice(&rmp_serde::to_vec(model).map_err(text)?).map_err(text)
}

fn named_message_pack<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    rmp_serde::from_slice(&rmp_serde::to_vec_named(model).map_err(text)?).map_err(text)
}

fn postcard<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    postcard::from_bytes(&postcard::to_stdvec(model).map_err(text)?).map_err(text)
}

fn bincode<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    by_bincode(model, bincode::config::standard())
}

fn fixed_bincode<T: Serialize + DeserializeOwned>(model: &T) -> Result<T, String> {
    by_bincode(model, bincode::config::legacy())
}

fn by_bincode<T, C>(model: &T, config: C) -> Result<T, String>
where
    T: Serialize + DeserializeOwned,
    C: bincode::config::Config,
{
    let bytes = bincode::serde::encode_to_vec(model, config).map_err(text)?;
    let (again, len) = bincode::serde::decode_from_slice(&bytes, config).map_err(text)?;
    if len == bytes.len() { Ok(again) } else { Err("bytes are left".to_owned()) }
}
