use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WebUrl;

/// The web page at `/`, with lists of the files that it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// Whether there is one.
    pub enabled: bool,
    /// Where the page loads igv.js from, as a module, to draw regions. Without it, igv.js is that which
    /// was built into the server; if none was, regions are not drawn. Nothing else is loaded from
    /// elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub igv_url: Option<WebUrl>,
}

impl Default for Page {
    fn default() -> Self {
        Self { enabled: true, igv_url: None }
    }
}
