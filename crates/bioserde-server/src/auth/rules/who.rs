use std::collections::BTreeMap;

use serde_json::Value;

use crate::auth::caller::Caller;
use crate::auth::config::{AllowedValues, ClaimValue, Rule};
use crate::auth::error::RuleError;

/// Whom a rule is for.
#[derive(Debug)]
pub(super) enum Who {
    Everyone,
    /// Those with one of the subjects and all of the claims.
    Some {
        subjects: Option<Vec<String>>,
        claims: BTreeMap<String, AllowedValues>,
    },
}

impl Who {
    pub(super) fn new(rule: &Rule) -> Result<Self, RuleError> {
        let given = [("subjects", rule.subjects.is_some()), ("claims", rule.claims.is_some())];
        let given = given.into_iter().find_map(|(name, is_given)| is_given.then_some(name));
        match (rule.everyone, given) {
            (true, None) => return Ok(Self::Everyone),
            (true, Some(setting)) => return Err(RuleError::EveryoneAndSome { setting }),
            (false, None) => return Err(RuleError::NoOne),
            (false, Some(_)) => {}
        }
        let empty = |setting: &str| RuleError::Empty { setting: setting.to_owned() };
        if rule.subjects.as_ref().is_some_and(Vec::is_empty) {
            return Err(empty("subjects"));
        }
        if rule.claims.as_ref().is_some_and(BTreeMap::is_empty) {
            return Err(empty("claims"));
        }
        let claims = rule.claims.clone().unwrap_or_default();
        if let Some((name, _)) = claims.iter().find(|(_, allowed)| allowed.as_slice().is_empty()) {
            return Err(empty(&format!("claims.{name}")));
        }
        Ok(Self::Some { subjects: rule.subjects.clone(), claims })
    }

    pub(super) fn is(&self, caller: &Caller) -> bool {
        let Self::Some { subjects, claims } = self else {
            return true;
        };
        let is_subject = |subjects: &Vec<String>| {
            caller.subject().is_some_and(|subject| subjects.iter().any(|one| one == subject))
        };
        subjects.as_ref().is_none_or(is_subject)
            && claims.iter().all(|(name, allowed)| {
                caller.claim(name).is_some_and(|value| has_allowed(name, value, allowed.as_slice()))
            })
    }
}

/// Whether a claim, one member of it if it is a list, or one word of a scope is allowed.
fn has_allowed(name: &str, value: &Value, allowed: &[ClaimValue]) -> bool {
    match value {
        Value::Array(members) => members.iter().any(|member| is_allowed(member, allowed)),
        Value::String(words) if name == "scope" => words
            .split(' ')
            .any(|word| allowed.iter().any(|one| matches!(one, ClaimValue::Text(t) if t == word))),
        value => is_allowed(value, allowed),
    }
}

fn is_allowed(value: &Value, allowed: &[ClaimValue]) -> bool {
    allowed.iter().any(|one| match one {
        ClaimValue::Text(text) => value.as_str() == Some(text),
        ClaimValue::Number(number) => value.as_i64() == Some(*number),
        ClaimValue::Flag(flag) => value.as_bool() == Some(*flag),
    })
}
