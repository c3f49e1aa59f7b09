use super::Parameters;
use crate::error::excerpt;
use crate::region::QueryRegion;
use crate::{Error, percent};

/// Every query parameter of htsget §"Query parameters", and that of the draft on encryption; the names are case-sensitive.
const NAMES: [&str; 9] =
    ["format", "class", "referenceName", "start", "end", "fields", "tags", "notags", "encryptionScheme"];

/// The name and the undecoded value of each htsget parameter; others are passed over.
///
/// A parameter without `=` has the empty value, as in forms.
fn known(raw_query: &str) -> impl Iterator<Item = (&'static str, &str)> {
    raw_query.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = percent::decode(name)?;
        NAMES.into_iter().find(|known| *known == name).map(|name| (name, value))
    })
}

/// Refuses htsget parameters in the URL of a `POST`.
pub(super) fn refuse_parameters(raw_query: &str) -> Result<(), Error> {
    match known(raw_query).next() {
        None => Ok(()),
        Some((name, _)) => Err(Error::input(format!("`{name}` stands in the URL of a POST request"))
            .with_hint("put it in the JSON body, or use GET")),
    }
}

/// Reads a query string; `start == end` is legal here.
pub(super) fn parse(raw_query: &str) -> Result<Parameters, Error> {
    let mut values: [Option<String>; NAMES.len()] = Default::default();
    for (name, value) in known(raw_query) {
        let Some((_, slot)) = NAMES.iter().zip(&mut values).find(|(known, _)| **known == name) else {
            continue;
        };
        if slot.is_some() {
            return Err(Error::input(format!("`{name}` is given twice")).with_hint(match name {
                "fields" | "tags" | "notags" => "separate the items by commas",
                "referenceName" | "start" | "end" => "use POST to ask for several regions",
                _ => "give it once",
            }));
        }
        *slot = Some(percent::decode(value).ok_or_else(|| {
            Error::input(format!("`{name}` is `{}`, which is not percent-encoded UTF-8", excerpt(value)))
                .with_hint("write `%` as `%25`")
        })?);
    }
    let [format, class, reference_name, start, end, fields, tags, notags, encryption_scheme] = values;
    Ok(Parameters {
        format,
        class,
        regions: region(reference_name, start.as_deref(), end.as_deref())?,
        fields: fields.map(items),
        tags: tags.map(items),
        notags: notags.map(items),
        encryption_scheme,
    })
}

fn region(
    reference_name: Option<String>,
    start: Option<&str>,
    end: Option<&str>,
) -> Result<Option<Vec<QueryRegion>>, Error> {
    let start = start.map(|text| number("start", text)).transpose()?;
    let end = end.map(|text| number("end", text)).transpose()?;
    let Some(name) = reference_name else {
        let Some(given) = start.map(|_| "start").or(end.map(|_| "end")) else {
            return Ok(None);
        };
        return Err(Error::input(format!("`{given}` is given without `referenceName`"))
            .with_hint("say which reference sequence is meant"));
    };
    super::region(name, start, end, false).map(|region| Some(vec![region]))
}

fn number(name: &str, text: &str) -> Result<u64, Error> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain).ok_or_else(|| {
        let message = format!("`{name}` is `{}`, which is not a whole number below 2^64", excerpt(text));
        Error::input(message).with_hint("positions are 0-based, without sign, point or separators")
    })
}

/// The items of a comma-separated list; the empty text has none.
fn items(text: String) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { text.split(',').map(str::to_owned).collect() }
}
