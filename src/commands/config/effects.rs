//! Whom a change touches, in words.

use std::fmt::Write as _;

use control_plane_core::effect::{CallerEffect, Effects, LimitEffect};

/// One line for all, then one for each thing that is touched.
pub fn told(effects: &Effects) -> String {
    let Effects { nodes, callers_touched, tokens_touched, requests_last_day, requests_per_hour, .. } = effects;
    let mut out = format!(
        "Touches {}, {}, {}; {} in the last day, {requests_per_hour} an hour.\n",
        count(*callers_touched, "caller"),
        count(*tokens_touched, "token"),
        count(*nodes, "router"),
        count(*requests_last_day, "request"),
    );
    for setting in &effects.settings {
        let _ = writeln!(out, "{setting}: concerns everybody");
    }
    for group in &effects.groups {
        let (requests, callers) = (count(group.requests_last_day, "request"), count(group.callers, "caller"));
        let _ = writeln!(out, "{} group {}: {requests} in the last day, {callers}", group.kind.sign(), group.id);
        for target in &group.targets {
            let _ = writeln!(out, "    {}: {}% -> {}%", target.target, target.share_before, target.share_after);
        }
    }
    effects.callers.iter().for_each(|it| caller(&mut out, it));
    for price in &effects.prices {
        let word = |it: &Option<String>| it.clone().unwrap_or_else(|| "none".to_owned());
        let from = price.from.as_ref().map_or_else(String::new, |it| format!(" from {it}"));
        let _ = writeln!(out, "price of {}{from}: {} -> {}", price.target, word(&price.before), word(&price.after));
    }
    for provider in &effects.keys_missing {
        let _ = writeln!(out, "provider {provider}: needs a key that no control plane has");
    }
    out
}

fn caller(out: &mut String, it: &CallerEffect) {
    let (tokens, requests) = (count(it.tokens, "token"), count(it.requests_last_day, "request"));
    let _ = write!(out, "{} caller {}: {tokens}, {requests} in the last day", it.kind.sign(), it.id);
    if it.shut_out {
        out.push_str("; can no longer call");
    }
    for (verb, groups) in [("gains", &it.gains), ("loses", &it.loses)] {
        if !groups.is_empty() {
            let _ = write!(out, "; {verb} {}", groups.join(", "));
        }
    }
    for LimitEffect { limit, before, after } in it.tightened.iter().chain(&it.loosened) {
        let word = |it: &Option<u64>| it.map_or_else(|| "unlimited".to_owned(), |it| it.to_string());
        let _ = write!(out, "; {limit} {} -> {}", word(before), word(after));
    }
    out.push('\n');
}

fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use control_plane_core::diff::ChangeKind;
    use control_plane_core::effect::{GroupEffect, TargetEffect};

    use super::*;

    #[test]
    fn whom_it_touches_is_told_line_by_line() {
        let effects = Effects {
            nodes: 1,
            callers_touched: 2,
            tokens_touched: 3,
            requests_last_day: 2400,
            requests_per_hour: 100,
            settings: vec!["settings.cors".to_owned()],
            groups: vec![GroupEffect {
                id: "fast".to_owned(),
                kind: ChangeKind::Changed,
                requests_last_day: 2000,
                callers: 1,
                targets: vec![TargetEffect { target: "openai/mini".to_owned(), share_before: 75.0, share_after: 50.5 }],
            }],
            callers: vec![CallerEffect {
                id: "ana".to_owned(),
                kind: ChangeKind::Changed,
                tokens: 3,
                requests_last_day: 1,
                shut_out: false,
                gains: Vec::new(),
                loses: vec!["agent".to_owned()],
                tightened: vec![LimitEffect { limit: "rpm".to_owned(), before: None, after: Some(60) }],
                loosened: Vec::new(),
            }],
            prices: Vec::new(),
            keys_missing: vec!["openai".to_owned()],
        };
        let lines = "Touches 2 callers, 3 tokens, 1 router; 2400 requests in the last day, 100 an hour.\n\
                     settings.cors: concerns everybody\n\
                     ~ group fast: 2000 requests in the last day, 1 caller\n    openai/mini: 75% -> 50.5%\n\
                     ~ caller ana: 3 tokens, 1 request in the last day; loses agent; rpm unlimited -> 60\n\
                     provider openai: needs a key that no control plane has\n";
        assert_eq!(told(&effects), lines);
    }
}
