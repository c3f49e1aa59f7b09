//! Headers as serde values: every line in order, and every field of it.

mod sam;
mod vcf;

pub use sam::{ReferenceSequence, SamHeader, SamHeaderField, SamHeaderLine, SamHeaderRecord};
pub use vcf::{StructuredLine, UnstructuredLine, VcfHeader, VcfHeaderField, VcfHeaderLine};

use bioserde_core::{sam as core_sam, vcf as core_vcf};
use serde::{Deserialize, Serialize};

/// How the lines of a header end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LineEnd {
    /// `\n`
    #[default]
    #[serde(rename = "\n")]
    Lf,
    /// `\r\n`
    #[serde(rename = "\r\n")]
    CrLf,
}

impl LineEnd {
    /// The characters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }

    /// How a line ends that ends with `\n`.
    fn of(line: &str) -> Self {
        if line.ends_with("\r\n") { Self::CrLf } else { Self::Lf }
    }

    /// The line without this end; nothing where it ends otherwise.
    fn strip(self, line: &str) -> Option<&str> {
        (Self::of(line) == self).then(|| line.strip_suffix(self.as_str())).flatten()
    }
}

/// Why a text has no header model, or a model no header.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The text is not UTF-8.
    #[error("the header is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// The last line is not a `#CHROM` line with its columns.
    #[error("the last line of the header is not `#CHROM POS ID REF ALT QUAL FILTER INFO [FORMAT sample...]`")]
    Columns,
    /// A line of the model does not read back from the text: a field has a tab, a line break, or what
    /// would end it.
    #[error("line {line} of the model does not read back: `{text}`")]
    NotReadBack {
        /// 1-based.
        line: usize,
        /// The line, shortened.
        text: String,
    },
    /// The text is not a SAM header.
    #[error(transparent)]
    Sam(#[from] core_sam::ParseHeaderError),
    /// The text is not a VCF header.
    #[error(transparent)]
    Vcf(#[from] core_vcf::ParseHeaderError),
}

fn utf8(text: &[u8]) -> Result<&str, HeaderError> {
    std::str::from_utf8(text).map_err(|e| HeaderError::NotUtf8(e.valid_up_to()))
}

/// Says which line of a model is another one when it is read again.
fn check_read_back<T: PartialEq + ToString>(lines: &[T], again: &[T]) -> Result<(), HeaderError> {
    let differs = |(i, line): (usize, &T)| again.get(i) != Some(line);
    let Some(at) = lines.iter().enumerate().position(differs) else { return Ok(()) };
    let text = lines.get(at).map(ToString::to_string).unwrap_or_default();
    Err(HeaderError::NotReadBack { line: at + 1, text: text.chars().take(60).collect() })
}
