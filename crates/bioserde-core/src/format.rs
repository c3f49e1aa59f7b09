/// What a record of a format is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Sequence alignments: SAM and BAM.
    Alignments,
    /// Variants: VCF and BCF.
    Variants,
}

impl Family {
    /// The name of the table that holds the records, and the htsget endpoint that serves them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alignments => "reads",
            Self::Variants => "variants",
        }
    }
}

/// What stands between a file's bytes and its format. The set is closed by the specifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// The bytes as they are.
    None,
    /// One or more gzip members that are not BGZF blocks (RFC 1952).
    Gzip,
    /// BGZF blocks (SAMv1 §4.1).
    Bgzf,
}

/// How a file format is recognised and named. One line of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The lower-case name used on the command line and in metadata.
    pub name: &'static str,
    /// What its records are about.
    pub family: Family,
    /// The bytes every file of the format starts with, once inflated. Empty where there are none.
    pub magic: &'static [u8],
    /// File name endings, with the dot, the usual one first.
    pub suffixes: &'static [&'static str],
    /// Endings of its index files, with the dot, in the order they are tried.
    pub index_suffixes: &'static [&'static str],
}
