use std::collections::BTreeSet;
use std::fmt;

use crate::error::excerpt;
use crate::{Endpoint, Error};

const INFO: &str = "INFO/";
const FORMAT: &str = "FORMAT/";

/// What `tags` and `notags` name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// A tag of reads: two characters (SAMv1 §1.5).
    Sam([u8; 2]),
    /// A key of INFO, written `KEY` or `INFO/KEY`.
    Info(String),
    /// A key of FORMAT, written `FORMAT/KEY` (extension).
    Format(String),
}

impl Tag {
    /// Reads one item of the parameter `parameter`.
    fn parse(endpoint: Endpoint, parameter: &str, item: &str) -> Result<Self, Error> {
        match endpoint {
            Endpoint::Reads => Self::parse_sam(item),
            Endpoint::Variants => Self::parse_key(item),
        }
        .ok_or_else(|| {
            let (what, hint) = match endpoint {
                Endpoint::Reads => {
                    ("tag of SAM", "a tag is a letter and a letter or digit, as in `tags=NM,MD`")
                }
                Endpoint::Variants => {
                    ("key of VCF", "write INFO keys as `KEY` or `INFO/KEY` and FORMAT keys as `FORMAT/KEY`")
                }
            };
            Error::input(format!("`{parameter}` has `{}`, which is not a {what}", excerpt(item)))
                .with_hint(hint)
        })
    }

    fn parse_sam(item: &str) -> Option<Self> {
        match item.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphanumeric() => Some(Self::Sam([*a, *b])),
            _ => None,
        }
    }

    fn parse_key(item: &str) -> Option<Self> {
        let (key, make): (_, fn(String) -> Self) = match (item.strip_prefix(FORMAT), item.strip_prefix(INFO))
        {
            (Some(key), _) => (key, Self::Format),
            (_, Some(key)) => (key, Self::Info),
            _ => (item, Self::Info),
        };
        // Older VCFs have keys beyond the grammar of VCFv4.3 §1.4.2; these characters end a key in any.
        let ends = |c: char| c.is_whitespace() || c.is_control() || ",;=:".contains(c);
        (!key.is_empty() && !key.contains(ends)).then(|| make(key.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sam([a, b]) => write!(f, "{}{}", char::from(*a), char::from(*b)),
            Self::Info(key) if key.starts_with(INFO) || key.starts_with(FORMAT) => write!(f, "{INFO}{key}"),
            Self::Info(key) => f.write_str(key),
            Self::Format(key) => write!(f, "{FORMAT}{key}"),
        }
    }
}

/// The `tags` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum TagSelection {
    /// `tags` is absent.
    #[default]
    All,
    /// These and no others; the empty set is `tags=`.
    Only(BTreeSet<Tag>),
}

impl TagSelection {
    pub(super) fn parse(endpoint: Endpoint, items: Option<&[String]>) -> Result<Self, Error> {
        items.map_or(Ok(Self::All), |items| set(endpoint, "tags", items).map(Self::Only))
    }

    /// Whether a tag passes `tags`.
    ///
    /// FORMAT keys are left alone until `tags` names one: without the extension `tags` speaks of INFO.
    pub(super) fn has(&self, tag: &Tag) -> bool {
        match (self, tag) {
            (Self::All, _) => true,
            (Self::Only(tags), Tag::Format(_)) if !tags.iter().any(|t| matches!(t, Tag::Format(_))) => true,
            (Self::Only(tags), _) => tags.contains(tag),
        }
    }
}

/// Reads the `notags` of a request and refuses those that `tags` has too.
pub(super) fn parse_notags(
    endpoint: Endpoint,
    items: Option<&[String]>,
    tags: &TagSelection,
) -> Result<BTreeSet<Tag>, Error> {
    let notags = set(endpoint, "notags", items.unwrap_or_default())?;
    let both = match tags {
        TagSelection::All => None,
        TagSelection::Only(tags) => tags.intersection(&notags).next(),
    };
    match both {
        None => Ok(notags),
        Some(tag) => {
            let message = format!("`{}` is in both `tags` and `notags`", excerpt(&tag.to_string()));
            Err(Error::input(message).with_hint("name it in one of them"))
        }
    }
}

fn set(endpoint: Endpoint, parameter: &str, items: &[String]) -> Result<BTreeSet<Tag>, Error> {
    items.iter().map(|item| Tag::parse(endpoint, parameter, item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_sam_are_two_characters() {
        let sam = |item| Tag::parse(Endpoint::Reads, "tags", item).ok();
        assert_eq!(sam("NM"), Some(Tag::Sam(*b"NM")));
        assert_eq!(sam("x0"), Some(Tag::Sam(*b"x0")));
        for bad in ["", "N", "NMM", "0X", "é", "N-", "INFO/DP"] {
            assert_eq!(sam(bad), None, "{bad}");
        }
    }

    #[test]
    fn p20_tags_of_variants_are_keys_of_info_or_format() {
        let key = |item| Tag::parse(Endpoint::Variants, "tags", item).ok();
        assert_eq!(key("DP"), Some(Tag::Info("DP".into())));
        assert_eq!(key("INFO/DP"), key("DP"));
        assert_eq!(key("FORMAT/DP"), Some(Tag::Format("DP".into())));
        assert_eq!(key("1000G"), Some(Tag::Info("1000G".into())));
        assert_eq!(key("GERP++_RS"), Some(Tag::Info("GERP++_RS".into())));
        for bad in ["", "INFO/", "FORMAT/", "A B", "A;B", "A=B", "A,B", "A:B", "A\n"] {
            assert_eq!(key(bad), None, "{bad}");
        }
    }

    #[test]
    fn display_reads_back() {
        for item in ["DP", "FORMAT/DP", "INFO/INFO/DP", "INFO/FORMAT/DP"] {
            let tag = Tag::parse(Endpoint::Variants, "tags", item).unwrap();
            assert_eq!(Tag::parse(Endpoint::Variants, "tags", &tag.to_string()).unwrap(), tag);
        }
    }
}
