use std::fmt;

use crate::Format;

/// What a ticket is asked for (htsget §"GET request").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Alignments, under `/reads/<id>`.
    Reads,
    /// Variants, under `/variants/<id>`.
    Variants,
}

impl Endpoint {
    /// The id that both endpoints keep for their description (htsget §"URL parameters").
    pub const SERVICE_INFO_ID: &str = "service-info";

    /// The segment of the path, which is also the `datatype` of service-info.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Variants => "variants",
        }
    }

    /// The endpoint of a path segment, or nothing.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Reads, Self::Variants].into_iter().find(|endpoint| endpoint.name() == name)
    }

    /// The format of a reply when the request names none.
    pub fn default_format(self) -> Format {
        match self {
            Self::Reads => Format::Bam,
            Self::Variants => Format::Vcf,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e1_recommended_names() {
        for endpoint in [Endpoint::Reads, Endpoint::Variants] {
            assert_eq!(Endpoint::from_name(endpoint.name()), Some(endpoint));
        }
        assert_eq!(Endpoint::from_name("Reads"), None);
    }
}
