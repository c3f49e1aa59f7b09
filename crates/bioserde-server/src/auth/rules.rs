mod glob;
mod granted;
mod region;
mod who;

use bioserde_core::Region;
use bioserde_htsget::{Endpoint, Error, ErrorKind};

use self::glob::Globs;
use self::granted::Granted;
use self::who::Who;
use super::caller::Caller;
use super::config::Rule;
use super::error::RuleError;

/// The rules, ready to be applied.
#[derive(Debug)]
pub(super) struct Rules(Vec<Compiled>);

#[derive(Debug)]
struct Compiled {
    who: Who,
    endpoint: Option<Endpoint>,
    ids: Globs,
    regions: Option<Vec<Region>>,
}

impl Rules {
    /// Checks each rule, or gives the 1-based number of a wrong one.
    pub(super) fn new(rules: &[Rule]) -> Result<Self, (usize, RuleError)> {
        let compile = |(i, rule)| Compiled::new(rule).map_err(|error| (i + 1, error));
        rules.iter().enumerate().map(compile).collect::<Result<_, _>>().map(Self)
    }

    /// What the caller may read of an id, the union of the rules that match, or nothing.
    fn granted(&self, caller: &Caller, endpoint: Endpoint, id: &str) -> Option<Granted> {
        let matching = self.0.iter().filter(|rule| rule.matches(caller, endpoint, id));
        Granted::union(matching.map(|rule| rule.regions.as_deref()))
    }

    /// Holds a request against the rules. It is answered as a whole or refused as a whole.
    pub(super) fn authorise(
        &self,
        caller: &Caller,
        endpoint: Endpoint,
        id: &str,
        regions: Option<&[Region]>,
        header_only: bool,
    ) -> Result<(), Error> {
        let denied = |message| Error::new(ErrorKind::PermissionDenied, message);
        let Some(granted) = self.granted(caller, endpoint, id) else {
            return Err(denied(format!("the token does not allow reading `{id}` of {endpoint}")));
        };
        if header_only || granted.is_whole() {
            return Ok(());
        }
        let hint = format!("it allows {granted}");
        let Some(regions) = regions else {
            return Err(
                denied(format!("the token does not allow reading the whole of `{id}`")).with_hint(hint)
            );
        };
        let mut forbidden = regions.iter().filter(|region| !granted.covers(region));
        let Some(first) = forbidden.next() else {
            return Ok(());
        };
        let others = match forbidden.count() {
            0 => String::new(),
            1 => " and 1 other region".to_owned(),
            n => format!(" and {n} other regions"),
        };
        Err(denied(format!("the token does not allow reading {first}{others} of `{id}`")).with_hint(hint))
    }
}

impl Compiled {
    fn new(rule: &Rule) -> Result<Self, RuleError> {
        let regions = match rule.regions.as_deref() {
            Some([]) => return Err(RuleError::Empty { setting: "regions".to_owned() }),
            Some(regions) => Some(regions.iter().map(region::parse).collect::<Result<_, _>>()?),
            None => None,
        };
        Ok(Self {
            who: Who::new(rule)?,
            endpoint: rule.endpoint.map(Endpoint::from),
            ids: Globs::new(&rule.ids)?,
            regions,
        })
    }

    fn matches(&self, caller: &Caller, endpoint: Endpoint, id: &str) -> bool {
        self.endpoint.is_none_or(|wanted| wanted == endpoint) && self.ids.match_id(id) && self.who.is(caller)
    }
}

#[cfg(test)]
mod tests;
