use bioserde_core::{Interval, ParseRegionError, Position, Region};

use crate::auth::config::{GrantedRegion, RegionParts};
use crate::auth::error::RuleError;

/// The region that an element of `regions` is. No header is at hand to say what a colon means, so that one
/// outside braces has to begin an interval.
pub(super) fn parse(granted: &GrantedRegion) -> Result<Region, RuleError> {
    match granted {
        GrantedRegion::Text(text) => parse_text(text),
        GrantedRegion::Parts(parts) => from_parts(parts),
    }
}

fn parse_text(text: &str) -> Result<Region, RuleError> {
    let name = Region::presumed_name(text);
    if name == *text && text.contains(':') {
        return Err(RuleError::Colon { text: text.to_owned() });
    }
    if name.is_empty() {
        return Err(RuleError::Region { text: text.to_owned(), source: ParseRegionError::Empty });
    }
    // As the name of a sequence `*` is not possible (SAMv1 §1.2.1), but the parser believes what it is told.
    let names: &[&str] = if name == "*" { &[] } else { &[&name] };
    Region::parse(text, names).map_err(|source| RuleError::Region { text: text.to_owned(), source })
}

fn from_parts(parts: &RegionParts) -> Result<Region, RuleError> {
    let RegionParts { name, start, end } = parts;
    if name.is_empty() {
        return Err(RuleError::Empty { setting: "regions.name".to_owned() });
    }
    if name == "*" {
        let has_interval = start.is_some() || end.is_some();
        return if has_interval { Err(RuleError::UnplacedInterval) } else { Ok(Region::Unplaced) };
    }
    let position = |given: Option<u64>, default| given.map_or(Some(default), Position::new);
    let interval = Option::zip(position(*start, Interval::ALL.start), position(*end, Position::MAX));
    let interval = interval.map(|(start, end)| Interval { start, end });
    match interval.filter(|interval| interval.start <= interval.end) {
        Some(interval) => Ok(Region::Mapped { name: name.clone(), interval }),
        None => Err(RuleError::Interval { name: name.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<String, RuleError> {
        parse(&GrantedRegion::Text(text.to_owned())).map(|region| region.to_string())
    }

    fn parts(name: &str, start: Option<u64>, end: Option<u64>) -> Result<String, RuleError> {
        parse(&GrantedRegion::Parts(RegionParts { name: name.to_owned(), start, end }))
            .map(|region| region.to_string())
    }

    #[test]
    fn regions_are_written_as_samtools_writes_them() {
        for same in ["chr1", "chr1:1000-2000", "chr1:5-", "chr1:0-9", "*"] {
            assert_eq!(text(same).unwrap(), same);
        }
        assert_eq!(text("chr1:1,000-2,000").unwrap(), "chr1:1000-2000");
        assert_eq!(text("{HLA:01}:1-5").unwrap(), "HLA:01:1-5");
        assert_eq!(text("{HLA:01}").unwrap(), "HLA:01");
        assert_eq!(parts("HLA-A*01:01", Some(1), Some(5)).unwrap(), "HLA-A*01:01:1-5");
        assert_eq!(parts("HLA-A*01:01", None, None).unwrap(), "HLA-A*01:01");
        assert_eq!(parts("*", None, None).unwrap(), "*");
    }

    #[test]
    fn a_text_that_could_mean_another_region_is_refused() {
        for wrong in
            ["", "chr1:5", "chr1:9-5", "chr1:a-5", "chr1:", "HLA-A*01:01", ":1-5", "*:1-5", "{*}:1-5"]
        {
            assert!(text(wrong).is_err(), "{wrong}");
        }
        assert!(matches!(text("chr1:a-5"), Err(RuleError::Colon { .. })));
        assert!(matches!(parts("chr1", Some(9), Some(5)), Err(RuleError::Interval { .. })));
        assert!(matches!(parts("chr1", None, Some(1 << 31)), Err(RuleError::Interval { .. })));
        assert!(matches!(parts("*", Some(1), None), Err(RuleError::UnplacedInterval)));
        assert!(parts("", None, None).is_err());
    }
}
