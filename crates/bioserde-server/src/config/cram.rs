use std::path::PathBuf;
use std::sync::Arc;

use bioserde_read::Reference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;

/// CRAM files: what their records are decoded with. Records are decoded for slices that have the wanted ones
/// and no others, for replies as BAM, and for tables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cram {
    /// FASTA files that CRAM files were written against, plain or in BGZF blocks, each with its `.fai` (and
    /// `.gzi`) beside it. For each CRAM file the first is taken that has its sequences. Where none has, slices
    /// are whole containers, with other records too. Files that hold their own bases need none.
    #[schemars(title = "list of paths")]
    pub references: Vec<PathBuf>,
}

impl Cram {
    /// Opens the references.
    ///
    /// # Errors
    ///
    /// One of them, or its index, cannot be read.
    pub fn open_references(&self) -> Result<Vec<Arc<Reference>>, ConfigError> {
        let open = |path: &PathBuf| Reference::open(path).map(Arc::new).map_err(ConfigError::Reference);
        self.references.iter().map(open).collect()
    }
}
