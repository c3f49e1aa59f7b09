use serde_json::{Map, Value, json};
use thiserror::Error as ThisError;

use crate::{Endpoint, Format, VERSION};

/// The description of one endpoint (htsget §"GA4GH service-info", GA4GH service-info 1.0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceInfo {
    /// Unique, best as a reversed domain name.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The version of the service, not of the specification.
    pub version: String,
    /// Who runs it.
    pub organization: Organization,
    /// What it is, in sentences.
    pub description: Option<String>,
    /// A URL or `mailto:` address.
    pub contact_url: Option<String>,
    /// A URL.
    pub documentation_url: Option<String>,
    /// When it was first deployed.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Such as `prod`, `test`, `dev`, `staging`.
    pub environment: Option<String>,
    /// What is served.
    pub endpoint: Endpoint,
    /// The formats that a request may name here.
    pub formats: Vec<Format>,
    /// Whether `fields` changes what is sent.
    pub is_fields_effective: bool,
    /// Whether `tags` and `notags` change what is sent.
    pub is_tags_effective: bool,
}

/// Who runs a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The name for people.
    pub name: String,
    /// A URL.
    pub url: String,
}

impl ServiceInfo {
    /// The body of the reply, to be sent as [`crate::media_type::SERVICE_INFO`].
    ///
    /// `htsget.formats` has only formats of the specification, since validators know no others. Those
    /// that bioserde adds stand in an object of their own, `bioserde`, at the top.
    pub fn to_json(&self) -> String {
        let mut info = Map::new();
        let mut add = |key: &str, value: Value| info.insert(key.to_owned(), value);
        add("id", self.id.as_str().into());
        add("name", self.name.as_str().into());
        add("version", self.version.as_str().into());
        add("type", json!({"group": "org.ga4gh", "artifact": "htsget", "version": VERSION}));
        add("organization", json!({"name": self.organization.name, "url": self.organization.url}));
        let optional = [
            ("description", self.description.as_deref()),
            ("contactUrl", self.contact_url.as_deref()),
            ("documentationUrl", self.documentation_url.as_deref()),
            ("createdAt", self.created_at.as_ref().map(Timestamp::as_str)),
            ("updatedAt", self.updated_at.as_ref().map(Timestamp::as_str)),
            ("environment", self.environment.as_deref()),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                add(key, value.into());
            }
        }
        add(
            "htsget",
            json!({
                "datatype": self.endpoint.name(),
                "formats": self.format_names(false),
                "fieldsParameterEffective": self.is_fields_effective,
                "tagsParametersEffective": self.is_tags_effective,
            }),
        );
        let extensions = self.extensions();
        if !extensions.is_empty() {
            add("bioserde", json!({"formats": self.format_names(true), "extensions": extensions}));
        }
        Value::Object(info).to_string()
    }

    fn format_names(&self, is_extension: bool) -> Vec<&'static str> {
        let mut formats: Vec<_> = self.formats.iter().filter(|f| f.is_extension() == is_extension).collect();
        formats.sort_unstable();
        formats.dedup();
        formats.into_iter().map(|format| format.name()).collect()
    }

    /// The extensions that docs/htsget.md describes and that this endpoint has.
    fn extensions(&self) -> Vec<&'static str> {
        let has_tables = self.formats.iter().any(|format| format.is_extension());
        let has_format_keys = self.endpoint == Endpoint::Variants && self.is_tags_effective;
        [("table-formats", has_tables), ("format-keys", has_format_keys)]
            .into_iter()
            .filter_map(|(name, is_there)| is_there.then_some(name))
            .collect()
    }
}

/// A date and time of ISO 8601 in the form of RFC 3339, such as `2026-08-01T09:30:00Z`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp(String);

/// The text is not a date and time of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[error("a time is written as in `2026-08-01T09:30:00Z`")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// Takes a date, `T`, a time of day, and `Z` or an offset.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        is_rfc3339(text).then(|| Self(text.to_owned())).ok_or(InvalidTimestamp)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 3339 §5.6; a leap second is 60.
fn is_rfc3339(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let (clock, offset) = match time.find(['Z', '+', '-']).and_then(|at| time.split_at_checked(at)) {
        Some(parts) => parts,
        None => return false,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let is_offset =
        offset == "Z" || offset.get(1..).is_some_and(|o| numbers(o, ':', &[(2, 0, 23), (2, 0, 59)]));
    numbers(date, '-', &[(4, 0, 9999), (2, 1, 12), (2, 1, 31)])
        && numbers(clock, ':', &[(2, 0, 23), (2, 0, 59), (2, 0, 60)])
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
        && is_offset
}

/// Whether the text is numbers of given width and bounds with a separator between them.
fn numbers(text: &str, separator: char, wanted: &[(usize, u32, u32)]) -> bool {
    let parts: Vec<_> = text.split(separator).collect();
    parts.len() == wanted.len()
        && parts.iter().zip(wanted).all(|(part, (width, low, high))| {
            let is_plain = part.len() == *width && part.bytes().all(|byte| byte.is_ascii_digit());
            is_plain && part.parse().is_ok_and(|n: u32| (*low..=*high).contains(&n))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(endpoint: Endpoint) -> ServiceInfo {
        ServiceInfo {
            id: "org.example.htsget".into(),
            name: "Example".into(),
            version: "0.1.0".into(),
            organization: Organization { name: "Example".into(), url: "https://example.org".into() },
            description: None,
            contact_url: Some("mailto:a@example.org".into()),
            documentation_url: None,
            created_at: Some(Timestamp::parse("2026-08-01T09:30:00Z").unwrap()),
            updated_at: None,
            environment: None,
            endpoint,
            formats: vec![endpoint.default_format()],
            is_fields_effective: endpoint == Endpoint::Reads,
            is_tags_effective: true,
        }
    }

    fn value(info: &ServiceInfo) -> Value {
        serde_json::from_str(&info.to_json()).unwrap()
    }

    #[test]
    fn service_info_is_that_of_the_specification() {
        let wanted = json!({
            "id": "org.example.htsget",
            "name": "Example",
            "version": "0.1.0",
            "organization": {"name": "Example", "url": "https://example.org"},
            "type": {"group": "org.ga4gh", "artifact": "htsget", "version": "1.3.0"},
            "contactUrl": "mailto:a@example.org",
            "createdAt": "2026-08-01T09:30:00Z",
            "htsget": {
                "datatype": "reads",
                "formats": ["BAM"],
                "fieldsParameterEffective": true,
                "tagsParametersEffective": true,
            },
        });
        assert_eq!(value(&info(Endpoint::Reads)), wanted);
    }

    #[test]
    fn d3_effective_keys_have_the_exact_names() {
        let info = value(&info(Endpoint::Variants));
        let keys: Vec<_> = info["htsget"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["datatype", "fieldsParameterEffective", "formats", "tagsParametersEffective"]);
        assert_eq!(info["htsget"]["fieldsParameterEffective"], false);
    }

    #[test]
    fn extensions_stand_outside_of_htsget() {
        let mut info = info(Endpoint::Variants);
        info.formats = vec![Format::Parquet, Format::Bcf, Format::Vcf, Format::Csv, Format::Vcf];
        let info = value(&info);
        assert_eq!(info["htsget"]["formats"], json!(["VCF", "BCF"]));
        let own = json!({"formats": ["PARQUET", "CSV"], "extensions": ["table-formats", "format-keys"]});
        assert_eq!(info["bioserde"], own);
    }

    #[test]
    fn e10_times_are_iso_8601() {
        for good in ["2026-08-01T09:30:00Z", "2026-08-01T09:30:60.123+05:30", "0001-12-31T23:59:59-00:00"] {
            assert!(Timestamp::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "2026-08-01",
            "2026-08-01T09:30:00",
            "2026-13-01T09:30:00Z",
            "2026-08-01 09:30:00Z",
            "2026-08-01T09:30:00.Z",
            "2026-8-01T09:30:00Z",
            "2026-08-01T09:30:00+5:30",
            "2026-08-01T09:30:00Zx",
            "é",
            "T+é",
        ] {
            assert_eq!(Timestamp::parse(bad), Err(InvalidTimestamp), "{bad}");
        }
    }
}
