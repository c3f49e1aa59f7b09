use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WebUrl;

/// The web page that lists the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// Whether there is one.
    pub enabled: bool,
    /// Where the page loads the script igv.js from, to draw what it lists. Without it the page loads
    /// nothing from elsewhere and draws nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub igv_url: Option<WebUrl>,
}

impl Default for Page {
    fn default() -> Self {
        Self { enabled: true, igv_url: None }
    }
}
