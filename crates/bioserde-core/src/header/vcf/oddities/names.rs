/// Whether a text is an `INFO` or `FORMAT` key of VCF 4.3 and later (§1.6.1, §1.6.2).
pub(super) fn is_key(text: &str) -> bool {
    let is_first = |b: &u8| b.is_ascii_alphabetic() || *b == b'_';
    text.as_bytes().first().is_some_and(is_first)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b))
}

/// Whether a text is a URL (RFC 3986), with a host as RFC 1738 §5 has it.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    let is_forbidden = |c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c);
    // A single letter is a drive.
    scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(is_scheme)
        && !rest.is_empty()
        && !rest.contains(is_forbidden)
        && rest.strip_prefix("//").is_none_or(is_authority)
}

/// `[user@]host[:port]`, where `text` may go on with a path. `file:///path` has no host.
fn is_authority(text: &str) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if let Some(address) = host.strip_prefix('[') {
        return address.contains(']');
    }
    let (host, port) = host.split_once(':').unwrap_or((host, ""));
    port.bytes().all(|b| b.is_ascii_digit()) && (host.is_empty() || is_host(host))
}

/// Four numbers, or a name whose last part does not begin with a digit.
fn is_host(text: &str) -> bool {
    let parts: Vec<&str> = text.strip_suffix('.').unwrap_or(text).split('.').collect();
    let is_part = |p: &&str| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || "-_%~".contains(c));
    let is_address = parts.len() == 4 && parts.iter().all(|p| p.parse::<u8>().is_ok());
    let is_named = parts.last().is_some_and(|p| !p.starts_with(|c: char| c.is_ascii_digit()));
    is_address || is_named && parts.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for url in [
            "ftp://user@host:8080/path/to/file.fastq",
            "ftp://www.ebi.ac.uk:8080/valid/host/to/file.db",
            "http://123.0.1.2:8080/valid/host/to/file.db",
            "ftp://user@host:8080/path/to/pedigreeDB?arg1=db1",
            "file:///data/a.fa",
            "file:/data/a.fa",
            "https://1000genomes.org",
            "s3://bucket_1/a.fa",
            "http://[::1]:80/a",
        ] {
            assert!(is_url(url), "{url}");
        }
        for text in [
            "",
            "<>",
            "assembly.fa",
            "/data/a.fa",
            r"C:\a.fa",
            "http:",
            "http://a b",
            "ftp://8080:8080/not-valid/host/to/file.fastq",
            "ftp://host:x/a",
            "ftp://1.2.3.256/a",
            "ftp://a..b/c",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn keys() {
        for key in ["AC", "_a", "a.b_1", "M5mC"] {
            assert!(is_key(key), "{key}");
        }
        for text in ["", "1000G", ".a", "a-b", "a b", "é"] {
            assert!(!is_key(text), "{text}");
        }
    }
}
