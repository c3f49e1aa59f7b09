use http::HeaderValue;

/// What the page may load and speak to: this server, the host of its tickets, and igv.js where it comes from.
///
/// igv.js makes `style` elements and attributes of its own, draws from `data:` and `blob:` images, and reads the
/// lengths of reference sequences from a `blob:` URL. Without it none of that is allowed. What it would ask of
/// other hosts (genomes, searches) never is.
pub(super) fn policy(igv: Option<&str>, tickets: Option<&str>) -> HeaderValue {
    let script = igv.filter(|url| url.contains("://")).map(|url| format!(" {}", source(url)));
    let tickets = tickets.map(|origin| format!(" {origin}"));
    let [style, image, blob] = match igv {
        Some(_) => [" 'unsafe-inline'", " data: blob:", " blob:"],
        None => [""; 3],
    };
    let policy = format!(
        "default-src 'none'; script-src 'self'{}; style-src 'self'{style}; img-src 'self'{image}; \
         connect-src 'self'{}{blob}; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
        script.unwrap_or_default(),
        tickets.unwrap_or_default(),
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// A script as a source: without its query, and with what separates sources escaped (CSP level 3 §2.3.1).
fn source(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url.get(..end).unwrap_or(url).replace(';', "%3B").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_nothing_foreign_without_igv() {
        let policy = policy(None, None);
        assert_eq!(
            policy.to_str().unwrap(),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
        );
    }

    #[test]
    fn igv_is_allowed_alone_and_tickets_by_their_host() {
        let policy = policy(Some("https://cdn.test/a;b/igv.js?v=1"), Some("https://h.test:8443"));
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("script-src 'self' https://cdn.test/a%3Bb/igv.js;"), "{policy}");
        assert!(policy.contains("connect-src 'self' https://h.test:8443 blob:;"), "{policy}");
    }
}
