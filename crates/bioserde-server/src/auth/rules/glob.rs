use regex::{Regex, RegexSet, escape};

use crate::auth::error::RuleError;

/// The ids that a rule names.
#[derive(Debug)]
pub(super) struct Globs(RegexSet);

impl Globs {
    pub(super) fn new(globs: &[String]) -> Result<Self, RuleError> {
        if globs.is_empty() {
            return Err(RuleError::Empty { setting: "ids".to_owned() });
        }
        if let Some(glob) = globs.iter().find(|glob| Regex::new(&pattern(glob)).is_err()) {
            return Err(RuleError::Glob { glob: glob.clone() });
        }
        let all = || globs.join(" ");
        RegexSet::new(globs.iter().map(|glob| pattern(glob)))
            .map(Self)
            .map_err(|_| RuleError::Glob { glob: all() })
    }

    /// Whether a pattern matches. None matches an id with `.` or `..` between slashes: a store that resolves
    /// these would give another file than the one that the pattern was written for.
    pub(super) fn match_id(&self, id: &str) -> bool {
        !id.split('/').any(|part| part == "." || part == "..") && self.0.is_match(id)
    }
}

fn pattern(glob: &str) -> String {
    let mut pattern = String::from("(?s)\\A");
    let mut rest = glob;
    let mut is_start = true;
    while let Some(c) = rest.chars().next() {
        let (regex, length) = if rest.starts_with("**/") && is_start {
            ("(?:.*/)?".to_owned(), 3)
        } else if rest.starts_with("**") {
            (".*".to_owned(), 2)
        } else if c == '*' {
            ("[^/]*".to_owned(), 1)
        } else {
            (escape(c.encode_utf8(&mut [0; 4])), c.len_utf8())
        };
        let (used, left) = rest.split_at(length);
        is_start = used.ends_with('/');
        pattern.push_str(&regex);
        rest = left;
    }
    pattern.push_str("\\z");
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, id: &str) -> bool {
        Globs::new(&[glob.to_owned()]).unwrap().match_id(id)
    }

    #[test]
    fn a_star_stands_for_text_in_one_segment_and_two_for_any() {
        let table = [
            ("NA12878", "NA12878", true),
            ("NA12878", "NA128789", false),
            ("NA12878", "x/NA12878", false),
            ("NA1*", "NA12878", true),
            ("NA1*", "NA12878/x", false),
            ("*", "a", true),
            ("*", "a/b", false),
            ("**", "a/b/c", true),
            ("a/*/c", "a/b/c", true),
            ("a/*/c", "a/b/b/c", false),
            ("a/**", "a/b/c", true),
            ("a/**", "ab/c", false),
            ("a/**", "a", false),
            ("a/**/c", "a/b/b/c", true),
            ("a/**/c", "a/c", true),
            ("a/**/c", "a/bc", false),
            ("**/c", "c", true),
            ("**/c", "a/b/c", true),
            ("**/c", "abc", false),
            ("a.b+c", "a.b+c", true),
            ("a.b", "axb", false),
            ("[ab]", "a", false),
            ("Zürich*", "Zürich-1", true),
            ("a*", "a\nb", true),
        ];
        for (glob, id, wanted) in table {
            assert_eq!(matches(glob, id), wanted, "{glob} {id:?}");
        }
    }

    #[test]
    fn no_pattern_matches_an_id_that_climbs() {
        for id in ["open/../secret", "..", "open/.", "./secret", "open/.."] {
            assert!(!matches("**", id), "{id}");
        }
        assert!(matches("**", "a..b/.hidden/..."));
    }

    #[test]
    fn a_rule_names_ids() {
        assert!(matches!(Globs::new(&[]), Err(RuleError::Empty { .. })));
        let long = "*a".repeat(1_000_000);
        assert!(matches!(Globs::new(&[long]), Err(RuleError::Glob { .. })));
    }
}
