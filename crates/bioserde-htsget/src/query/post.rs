use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::Parameters;
use crate::Error;
use crate::error::excerpt;
use crate::region::QueryRegion;

/// Reads the body of a `POST`: a JSON object, or nothing but white space.
pub(super) fn parse(body: &[u8]) -> Result<Parameters, Error> {
    if body.trim_ascii().is_empty() {
        return Ok(Parameters::default());
    }
    let body: Body = serde_json::from_slice(body).map_err(|error| invalid(&error))?;
    let regions = body.regions.map(checked).transpose()?;
    Ok(Parameters { regions, ..body.parameters })
}

fn checked(regions: Vec<BodyRegion>) -> Result<Vec<QueryRegion>, Error> {
    if regions.is_empty() {
        return Err(Error::input("`regions` is an empty array")
            .with_hint("leave `regions` out for the whole file, or name at least one region"));
    }
    let named = |(i, region): (usize, BodyRegion)| {
        let place = |error: Error| error.within(&format!("region {} of `regions`", i + 1));
        let name = region.reference_name.ok_or_else(|| {
            place(Error::input("`referenceName` is missing"))
                .with_hint("every region names its reference sequence")
        })?;
        super::region(name, region.start, region.end, true).map_err(place)
    };
    regions.into_iter().enumerate().map(named).collect()
}

/// The message of a JSON error may repeat a string of the body, of any length, before the place.
fn invalid(error: &serde_json::Error) -> Error {
    let place = format!("line {}, column {}", error.line(), error.column());
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    Error::input(format!("the body of the request cannot be read at {place}: {}", excerpt(what)))
        .with_hint("see htsget 1.3.0, \"Request body\"")
}

#[derive(Default)]
struct Body {
    parameters: Parameters,
    regions: Option<Vec<BodyRegion>>,
}

#[derive(Default)]
struct BodyRegion {
    reference_name: Option<String>,
    start: Option<u64>,
    end: Option<u64>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Format,
    Class,
    Fields,
    Tags,
    Notags,
    EncryptionScheme,
    Regions,
    ReferenceName,
    Start,
    End,
    #[serde(other)]
    Unknown,
}

/// Takes the value of a key into its place, once. Messages name the key, which serde's do not.
fn take<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    slot: &mut Option<T>,
    key: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::custom(format_args!("`{key}` is given twice")));
    }
    let value = map.next_value().map_err(|error| A::Error::custom(format_args!("`{key}`: {error}")))?;
    *slot = Some(value);
    Ok(())
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object of request parameters")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut body = Body::default();
        let own = &mut body.parameters;
        while let Some(key) = map.next_key()? {
            match key {
                Key::Format => take(&mut own.format, "format", &mut map)?,
                Key::Class => take(&mut own.class, "class", &mut map)?,
                Key::Fields => take(&mut own.fields, "fields", &mut map)?,
                Key::Tags => take(&mut own.tags, "tags", &mut map)?,
                Key::Notags => take(&mut own.notags, "notags", &mut map)?,
                Key::EncryptionScheme => {
                    take(&mut own.encryption_scheme, "encryptionScheme", &mut map)?;
                }
                Key::Regions => take(&mut body.regions, "regions", &mut map)?,
                Key::ReferenceName | Key::Start | Key::End => {
                    let message = "`referenceName`, `start` and `end` belong into an item of `regions`";
                    return Err(A::Error::custom(message));
                }
                Key::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(body)
    }
}

impl<'de> Deserialize<'de> for BodyRegion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RegionVisitor)
    }
}

struct RegionVisitor;

impl<'de> Visitor<'de> for RegionVisitor {
    type Value = BodyRegion;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a region: an object with `referenceName`, `start`, `end`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BodyRegion, A::Error> {
        let mut region = BodyRegion::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::ReferenceName => take(&mut region.reference_name, "referenceName", &mut map)?,
                Key::Start => take(&mut region.start, "start", &mut map)?,
                Key::End => take(&mut region.end, "end", &mut map)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(region)
    }
}
