//! The web page: its files, ready to be sent.

mod asset;
mod policy;

use std::collections::HashMap;

use http::HeaderValue;
use serde::Serialize;

pub(crate) use self::asset::Asset;
use crate::config::{Config, PublicUrl, WebUrl};

/// Where igv.js stands among the page's files when it was built into the program.
const IGV: &str = if cfg!(igv) { "page/igv.js" } else { "" };

/// The page and all that belongs to it.
#[derive(Debug)]
pub(crate) struct Page {
    index: Asset,
    assets: HashMap<&'static str, Asset>,
    /// The value of `Content-Security-Policy`.
    pub(crate) policy: HeaderValue,
}

/// What the scripts of the page have to know.
#[derive(Serialize)]
struct Settings<'a> {
    service: &'a str,
    version: &'static str,
    /// Where igv.js is, absolute or relative to the page.
    igv: Option<&'a str>,
    needs_token: bool,
}

impl Page {
    /// The page as it is configured, below a path without `/` at the end; nothing if there shall be none.
    pub(crate) fn new(config: &Config, public_path: &str) -> Option<Self> {
        if !config.page.enabled {
            return None;
        }
        let own = Some(IGV).filter(|path| !path.is_empty());
        let igv = config.page.igv_url.as_ref().map(WebUrl::as_str).or(own);
        let settings = Settings {
            service: &config.service.name,
            version: env!("CARGO_PKG_VERSION"),
            igv,
            needs_token: config.auth.is_some(),
        };
        let mut assets = asset::fixed();
        let settings = serde_json::to_vec(&settings).unwrap_or_default();
        assets.insert("settings.json", Asset::new("application/json", settings));
        let public_url = config.public_url.as_ref().map(PublicUrl::as_str);
        let origin = public_url.map(|url| url.strip_suffix(public_path).unwrap_or(url));
        let path = public_path.replace('&', "&amp;").replace('"', "&quot;");
        let base = format!("<base href=\"{path}/\">");
        let html = include_str!("page/index.html").replace("<base href=\"/\">", &base);
        Some(Self {
            index: Asset::new("text/html; charset=utf-8", html),
            assets,
            policy: policy::policy(igv, origin),
        })
    }

    /// The page itself.
    pub(crate) fn index(&self) -> &Asset {
        &self.index
    }

    /// A file that belongs to it, by its path below `/page/`.
    pub(crate) fn asset(&self, path: &str) -> Option<&Asset> {
        self.assets.get(path)
    }
}
