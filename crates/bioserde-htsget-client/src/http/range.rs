use reqwest::header::{HeaderMap, HeaderValue, RANGE};

/// Which bytes of a resource are wanted (RFC 9110 §14.1.2). Offsets are 0-based; ends do not belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Whole,
    From { start: u64, end: Option<u64> },
    Last(u64),
}

impl Wanted {
    /// What the headers ask for; nothing for several ranges, or for one of another unit.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let Some(value) = headers.get(RANGE) else { return Some(Self::Whole) };
        let (unit, range) = value.to_str().ok()?.trim().split_once('=')?;
        if !unit.eq_ignore_ascii_case("bytes") {
            return None;
        }
        match range.trim().split_once('-')? {
            ("", last) => Some(Self::Last(last.parse().ok()?)),
            (start, "") => Some(Self::From { start: start.parse().ok()?, end: None }),
            (start, last) => {
                let (start, last): (u64, u64) = (start.parse().ok()?, last.parse().ok()?);
                let end = Some(last.checked_add(1)?).filter(|_| start <= last)?;
                Some(Self::From { start, end: Some(end) })
            }
        }
    }
}

/// The value of a `Range` from a place on.
pub(crate) fn from(start: u64, end: Option<u64>) -> Option<HeaderValue> {
    let last = end.map(|end| end.saturating_sub(1).to_string()).unwrap_or_default();
    HeaderValue::from_str(&format!("bytes={start}-{last}")).ok()
}

/// `Content-Range` (RFC 9110 §14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    /// Does not belong.
    pub(crate) end: u64,
    /// Of the whole resource, where it is known.
    pub(crate) size: Option<u64>,
}

impl ContentRange {
    pub(crate) fn parse(value: &HeaderValue) -> Option<Self> {
        let (unit, rest) = value.to_str().ok()?.trim().split_once(' ')?;
        let (range, size) = rest.trim().split_once('/')?;
        let (start, last) = range.split_once('-')?;
        let (start, last): (u64, u64) = (start.parse().ok()?, last.parse().ok()?);
        let size = if size == "*" { None } else { Some(size.parse().ok()?) };
        let end = last.checked_add(1)?;
        let is_sound = unit.eq_ignore_ascii_case("bytes") && start < end && size.is_none_or(|s| end <= s);
        is_sound.then_some(Self { start, end, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str) -> Option<Wanted> {
        Wanted::of(&HeaderMap::from_iter([(RANGE, HeaderValue::from_str(range).unwrap())]))
    }

    #[test]
    fn ranges_are_read() {
        assert_eq!(Wanted::of(&HeaderMap::new()), Some(Wanted::Whole));
        assert_eq!(wanted("bytes=5-9"), Some(Wanted::From { start: 5, end: Some(10) }));
        assert_eq!(wanted("Bytes=5-"), Some(Wanted::From { start: 5, end: None }));
        assert_eq!(wanted("bytes=-28"), Some(Wanted::Last(28)));
        for other in ["bytes=1-2,4-5", "lines=1-2", "bytes=9-5", "bytes=", "bytes=a-b", "5-9"] {
            assert_eq!(wanted(other), None, "{other}");
        }
    }

    #[test]
    fn content_ranges_are_read() {
        let parse = |text: &str| ContentRange::parse(&HeaderValue::from_str(text).unwrap());
        let range = |size| Some(ContentRange { start: 5, end: 10, size });
        assert_eq!(parse("bytes 5-9/20"), range(Some(20)));
        assert_eq!(parse("bytes 5-9/*"), range(None));
        for other in ["bytes */20", "bytes 5-9/8", "bytes 9-5/20", "lines 5-9/20", "bytes 5-9", "5-9/20"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
