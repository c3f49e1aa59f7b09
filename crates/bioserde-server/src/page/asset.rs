use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// A file of the page.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Bytes,
    /// Whether the bytes are compressed by gzip.
    pub(crate) is_gzip: bool,
    /// Without quotes.
    pub(crate) etag: String,
}

impl Asset {
    pub(super) fn new(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let digest = digest(&SHA256, &bytes);
        let etag = URL_SAFE_NO_PAD.encode(digest.as_ref().get(..15).unwrap_or_default());
        Self { media_type, bytes, is_gzip: false, etag }
    }

    #[cfg(igv)]
    fn gzip(media_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { is_gzip: true, ..Self::new(media_type, bytes) }
    }
}

/// The files that are the same in every server, by path.
pub(super) fn fixed() -> HashMap<&'static str, Asset> {
    let text = |path, media_type, text: &'static str| (path, Asset::new(media_type, text));
    let files = [
        text("page.css", STYLE, include_str!("page.css")),
        text("icon.svg", "image/svg+xml", include_str!("icon.svg")),
        text("main.js", SCRIPT, include_str!("main.js")),
        text("datasets.js", SCRIPT, include_str!("datasets.js")),
        text("igv_view.js", SCRIPT, include_str!("igv_view.js")),
        text("region.js", SCRIPT, include_str!("region.js")),
        text("server.js", SCRIPT, include_str!("server.js")),
        text("slice.js", SCRIPT, include_str!("slice.js")),
        #[cfg(igv)]
        ("igv.js", Asset::gzip(SCRIPT, include_bytes!("../../../../web/dist/igv.js.gz"))),
    ];
    files.into_iter().collect()
}
