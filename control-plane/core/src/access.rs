//! Whether a caller may use a group, and why: each condition in its order.

use serde::Serialize;
use vocabulary::{Scope, TargetState};

use crate::Document;
use crate::document::Caller;

/// Whether a caller may use a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessVerdict {
    /// It may.
    Yes,
    /// It may, and means it by `auto`.
    Default,
    /// It may, and something else is in the way.
    Blocked,
    /// It may not.
    No,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessReason {
    /// What is looked at: `allow`, `disabled`, `scopes`, `tokens`, `targets` or `default_group`.
    pub rule: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// In a sentence.
    pub text: String,
}

/// Whether a caller may use a group, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupAccess {
    /// Whether.
    pub verdict: AccessVerdict,
    /// Each condition in its order.
    pub reasons: Vec<AccessReason>,
}

impl AccessVerdict {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Yes, Self::Default, Self::Blocked, Self::No];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Default => "default",
            Self::Blocked => "blocked",
            Self::No => "no",
        }
    }
}

/// Whether a caller may use a group of a document, given how many of its tokens are open. `None`: there is no such group.
pub fn group_access(document: &Document, caller: &Caller, group: &str, open_tokens: u64) -> Option<GroupAccess> {
    let found = document.groups.get(group)?;
    let allowed = caller.allow.iter().any(|it| it == group);
    let reason =
        |rule, holds: bool, yes: String, no: String| AccessReason { rule, holds, text: if holds { yes } else { no } };
    let serving = found
        .targets
        .iter()
        .filter(|it| document.target(&it.model).is_some_and(|(_, model)| model.state == TargetState::Active));
    let (serving, all) = (serving.count(), found.targets.len());
    let tokens = if open_tokens == 1 {
        "one token that is open".to_owned()
    } else {
        format!("{open_tokens} tokens that are open")
    };
    let mut reasons = vec![
        reason(
            "allow",
            allowed,
            format!("Its allow list names {group}."),
            format!("Its allow list does not name {group}."),
        ),
        reason(
            "disabled",
            !caller.disabled,
            "It is not disabled.".to_owned(),
            "It is disabled: it may not call at all.".to_owned(),
        ),
        reason(
            "scopes",
            caller.scopes.contains(&Scope::Inference),
            "Its tokens may call models.".to_owned(),
            "Its tokens may not call models: they lack the scope inference.".to_owned(),
        ),
        reason("tokens", open_tokens > 0, format!("It has {tokens}."), "It has no token that is open.".to_owned()),
        reason(
            "targets",
            serving > 0,
            format!("{serving} of {all} targets of {group} are active."),
            format!("None of the {all} targets of {group} is active."),
        ),
    ];
    let clear = reasons.iter().all(|it| it.holds);
    let meant = caller.default_group.as_deref().or(document.settings.default_group.as_deref()) == Some(group);
    reasons.extend(meant.then(|| what_auto_means(caller, group, allowed)));
    let verdict = match (allowed, clear) {
        (false, _) => AccessVerdict::No,
        (true, false) => AccessVerdict::Blocked,
        (true, true) if meant => AccessVerdict::Default,
        (true, true) => AccessVerdict::Yes,
    };
    Some(GroupAccess { verdict, reasons })
}

/// Of the group that `auto` means for a caller.
fn what_auto_means(caller: &Caller, group: &str, allowed: bool) -> AccessReason {
    let by = if caller.default_group.is_some() { "Its own default_group" } else { "The default_group of the settings" };
    let text = if allowed {
        format!("{by} makes auto mean {group}.")
    } else {
        format!("{by} makes auto mean {group}, which it may not use: requests for auto are refused.")
    };
    AccessReason { rule: "default_group", holds: allowed, text }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::parse::parse;

    const DOCUMENT: &str = "\
version: 1
settings: {default_group: fast}
providers:
  p: {base_url: https://p.example, dialects: [openai-chat], models: {m: {model: x, state: active}, n: {model: y, state: active}}}
groups:
  fast: {targets: [{model: p/m}, {model: p/n}]}
  gone: {targets: [{model: p/n}]}
callers:
  - {id: ana, allow: [fast, gone]}
  - {id: ben, allow: [gone], default_group: gone}
  - {id: cay, allow: [fast], disabled: true}
  - {id: dan, allow: [fast], scopes: [metrics]}
";

    #[test]
    fn each_verdict_has_its_reasons() {
        let mut document = parse(DOCUMENT, &|_| None).unwrap().document;
        document.providers["p"].models["n"].state = TargetState::Retired;
        for (caller, group, tokens, verdict, missing) in [
            ("ana", "fast", 1, AccessVerdict::Default, vec![]),
            ("ana", "fast", 0, AccessVerdict::Blocked, vec!["tokens"]),
            ("ana", "gone", 2, AccessVerdict::Blocked, vec!["targets"]),
            ("ben", "fast", 1, AccessVerdict::No, vec!["allow"]),
            ("ben", "gone", 1, AccessVerdict::Blocked, vec!["targets"]),
            ("cay", "fast", 1, AccessVerdict::Blocked, vec!["disabled"]),
            ("dan", "fast", 1, AccessVerdict::Blocked, vec!["scopes"]),
            ("dan", "gone", 0, AccessVerdict::No, vec!["allow", "scopes", "tokens", "targets"]),
        ] {
            let found = group_access(&document, document.caller(caller).unwrap(), group, tokens).unwrap();
            let fails: Vec<&str> = found.reasons.iter().filter(|it| !it.holds).map(|it| it.rule).collect();
            assert_eq!((found.verdict, fails), (verdict, missing), "{caller} {group}");
        }
        assert_eq!(group_access(&document, document.caller("ana").unwrap(), "none", 1), None);
    }
}
