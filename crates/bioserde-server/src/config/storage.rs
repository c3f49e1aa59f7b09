use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Size;

/// What is kept in memory between requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// Room for headers and indexes of files. Those that were not used for longest make way.
    pub datasets_bytes: Size,
    /// Room for made parts of slices, which are asked for again soon.
    pub slices_bytes: Size,
}

impl Default for Cache {
    fn default() -> Self {
        Self { datasets_bytes: Size::new(1 << 30), slices_bytes: Size::new(64 << 20) }
    }
}

/// Room on a disk for data that cannot be sent as they are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Spool {
    /// The folder for them. Without it they go to that which the system has for temporary files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(title = "path")]
    pub folder: Option<PathBuf>,
    /// The most that those may take together which are kept for who asks again, and each alone. A reply
    /// that is larger is refused.
    pub bytes: Size,
}

impl Default for Spool {
    fn default() -> Self {
        Self { folder: None, bytes: Size::new(4 << 30) }
    }
}
