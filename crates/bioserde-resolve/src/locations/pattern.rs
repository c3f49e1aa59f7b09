use regex::Regex;

use super::{InvalidLocation, id};

/// A regular expression on whole ids, and what becomes of those that match.
#[derive(Debug)]
pub(super) struct Pattern {
    regex: Regex,
    substitution: String,
}

impl Pattern {
    pub(super) fn new(regex: &str, substitution: &str) -> Result<Self, InvalidLocation> {
        let invalid = |source| InvalidLocation::Regex { regex: regex.to_owned(), source: Box::new(source) };
        // Alone first: so its faults are told in its own terms, and no unbalanced one passes.
        let alone = Regex::new(regex).map_err(invalid)?;
        let whole = Regex::new(&format!(r"\A(?:{regex})\z")).map_err(invalid)?;
        if let Some(group) = groups(substitution).into_iter().find(|group| !has_group(&alone, group)) {
            return Err(InvalidLocation::Group {
                substitution: substitution.to_owned(),
                group: group.to_owned(),
                regex: regex.to_owned(),
            });
        }
        Ok(Self { regex: whole, substitution: substitution.to_owned() })
    }

    /// The relative path of an id that matches, if it is one.
    pub(super) fn path(&self, id: &str) -> Option<String> {
        let mut path = String::new();
        self.regex.captures(id)?.expand(&self.substitution, &mut path);
        id::is_path(&path).then_some(path)
    }
}

fn has_group(regex: &Regex, group: &str) -> bool {
    match group.parse::<usize>() {
        Ok(number) => number < regex.captures_len(),
        Err(_) => regex.capture_names().flatten().any(|name| name == group),
    }
}

/// The groups that a substitution refers to, by the rules of [`regex::Captures::expand`], which takes
/// unknown ones for empty.
fn groups(substitution: &str) -> Vec<&str> {
    let mut groups = Vec::new();
    let mut rest = substitution;
    while let Some((_, after)) = rest.split_once('$') {
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            rest = after;
        } else if let Some((group, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            groups.push(group);
            rest = after;
        } else {
            let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            groups.extend(rest.get(..end).filter(|group| !group.is_empty()));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(regex: &str, substitution: &str, id: &str) -> Option<String> {
        Pattern::new(regex, substitution).unwrap().path(id)
    }

    #[test]
    fn groups_are_those_of_the_regex_crate() {
        assert_eq!(groups("$1/${name}-$a_b.$$1$ ${x"), ["1", "name", "a_b"]);
        assert_eq!(groups("$1x"), ["1x"]);
        assert_eq!(groups("plain é"), [""; 0]);
    }

    #[test]
    fn a_substitution_makes_the_path() {
        assert_eq!(path("(..)(.+)", "$1/$1$2", "NA12878").as_deref(), Some("NA/NA12878"));
        assert_eq!(path("s/(?<sample>[^/]+)", "${sample}/x", "s/a").as_deref(), Some("a/x"));
        assert_eq!(path("a|ab", "$0", "ab").as_deref(), Some("ab"));
    }

    #[test]
    fn the_whole_id_has_to_match() {
        assert_eq!(path("a", "x", "ba"), None);
        assert_eq!(path("(?m)^a$", "x", "a\nb"), None);
        assert_eq!(path("a|b", "x", "ac"), None);
    }

    #[test]
    fn a_substitution_leads_nowhere_but_down() {
        for (regex, substitution) in
            [("(.*)", "../$1"), ("(.*)", "/$1"), ("(z)?.*", "$1"), ("(z)?.*", "a/$1/b")]
        {
            assert_eq!(path(regex, substitution, "x"), None, "{substitution}");
        }
        assert_eq!(path("([^-]*)-([^-]*)", "$1$2", ".-."), None);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let said = |regex, substitution| Pattern::new(regex, substitution).unwrap_err().to_string();
        assert_eq!(said("a)(?:b", ""), "the regular expression `a)(?:b` cannot be used");
        assert_eq!(said("(a)", "$1x"), "the substitution `$1x` has `1x`, and `(a)` has no such group");
        assert_eq!(said("(a)", "$2"), "the substitution `$2` has `2`, and `(a)` has no such group");
    }
}
