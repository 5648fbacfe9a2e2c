use control_plane_core::{
    diff::{Change, ChangeKind},
    effect::{CallerEffect, Effects, GroupEffect, LimitEffect},
    pointer,
};
use serde_json::Value;
use web::{
    Tone,
    parts::{ChangeLine, ChangeTone, Effect},
};

/// How many callers or groups are told one by one.
const TOLD: usize = 12;

/// Differences as they are read, at most so many, and how many more there are.
pub fn changes(all: &[Change], most: usize) -> (Vec<ChangeLine>, u64) {
    let leaves: Vec<Change> = all.iter().cloned().flat_map(Change::leaves).collect();
    let lines = leaves.iter().take(most).map(|it| ChangeLine {
        kind: match it.kind {
            ChangeKind::Added => ChangeTone::Added,
            ChangeKind::Removed => ChangeTone::Removed,
            ChangeKind::Changed => ChangeTone::Changed,
        },
        words: words(&it.path),
        path: it.path.clone(),
        before: it.before.as_ref().map(value).unwrap_or_default(),
        after: it.after.as_ref().map(value).unwrap_or_default(),
    });
    (lines.collect(), leaves.len().saturating_sub(most) as u64)
}

/// A value in a line.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(|| number.to_string(), |it| it.to_string())
        }
        other => other.to_string(),
    }
}

/// A place of the document in words: `Caller ana: requests a minute`.
pub fn words(path: &str) -> String {
    let (path, order) = path.strip_suffix(" (order)").map_or((path, false), |it| (it, true));
    let pointer = pointer(path);
    let mut steps = pointer.split('/').skip(1).map(|it| it.replace("~1", "/").replace("~0", "~"));
    let section = steps.next().unwrap_or_default();
    let kind = match section.as_str() {
        "callers" => "Caller",
        "groups" => "Group",
        "projects" => "Project",
        "providers" => "Provider",
        "settings" => "Setting",
        "oidc" => "OpenID provider",
        other => return other.replace('_', " "),
    };
    let name = steps.next().map(|it| format!(" {it}")).unwrap_or_default();
    let rest: Vec<String> = steps.map(|it| member(&it)).collect();
    let order = if order { ", order" } else { "" };
    if rest.is_empty() { format!("{kind}{name}{order}") } else { format!("{kind}{name}: {}{order}", rest.join(", ")) }
}

fn member(key: &str) -> String {
    match key {
        "rpm" => "requests a minute".to_owned(),
        "tpm" => "tokens a minute".to_owned(),
        "concurrency" => "requests at the same time".to_owned(),
        "allow" => "may use".to_owned(),
        "default_group" => "what auto means".to_owned(),
        "user" => "who answers for it".to_owned(),
        other => other.replace('_', " "),
    }
}

/// Whom a change touches, the gravest first.
pub fn effects(all: &Effects) -> Vec<Effect> {
    let mut told = Vec::new();
    let (shut, others): (Vec<&CallerEffect>, Vec<&CallerEffect>) = all.callers.iter().partition(|it| it.shut_out);
    told.extend(shut.iter().take(TOLD).map(|it| shut_out(it)));
    if !all.settings.is_empty() {
        told.push(effect(Some(Tone::Warning), "Settings that concern everybody:", all.settings.clone()));
    }
    told.extend(others.iter().take(TOLD).flat_map(|it| caller(it)));
    let callers = shut.len().max(TOLD) - TOLD + others.len().max(TOLD) - TOLD;
    if callers > 0 {
        told.push(effect(None, &format!("And {callers} callers more."), Vec::new()));
    }
    told.extend(all.groups.iter().take(TOLD).map(group));
    if all.groups.len() > TOLD {
        told.push(effect(None, &format!("And {} groups more.", all.groups.len() - TOLD), Vec::new()));
    }
    for it in all.prices.iter().take(TOLD) {
        let none = || "none".to_owned();
        let (before, after) = (it.before.clone().unwrap_or_else(none), it.after.clone().unwrap_or_else(none));
        let from = it.from.as_ref().map(|day| format!(" from {day} on")).unwrap_or_default();
        let text = format!("The price of {} goes from {before} to {after}{from}.", it.target);
        told.push(effect(Some(Tone::Note), &text, Vec::new()));
    }
    if !all.keys_missing.is_empty() {
        let text = "Their keys cannot be had here, and requests to them fail:";
        told.push(effect(Some(Tone::Bad), text, all.keys_missing.clone()));
    }
    match all.nodes {
        0 => {}
        1 => told.push(effect(Some(Tone::Note), "One router takes it at once.", Vec::new())),
        many => told.push(effect(Some(Tone::Note), &format!("{many} routers take it at once."), Vec::new())),
    }
    told
}

fn effect(tone: Option<Tone>, text: &str, whom: Vec<String>) -> Effect {
    Effect { tone, text: text.to_owned(), whom }
}

fn times(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("one {one}") } else { format!("{count} {many}") }
}

fn shut_out(it: &CallerEffect) -> Effect {
    let tokens = match it.tokens {
        0 => "It has no token that is open".to_owned(),
        count => format!("Its {} open nothing", times(count, "open token", "open tokens"))
            .replace("one open token open", "one open token opens"),
    };
    let text = format!(
        "{} can no longer call. {tokens}; {} in the last day.",
        it.id,
        match it.requests_last_day {
            0 => "it sent nothing".to_owned(),
            count => format!("it sent {}", times(count, "request", "requests")),
        }
    );
    effect(Some(Tone::Bad), &text, Vec::new())
}

fn caller(it: &CallerEffect) -> Vec<Effect> {
    let mut told = Vec::new();
    let sent = times(it.requests_last_day, "request", "requests");
    match it.kind {
        ChangeKind::Added => {
            told.push(effect(None, &format!("{} is new. It calls once it has a token.", it.id), Vec::new()));
        }
        ChangeKind::Removed => {}
        ChangeKind::Changed => {
            told.push(effect(None, &format!("{} changes: {sent} in the last day.", it.id), Vec::new()));
        }
    }
    if !it.loses.is_empty() {
        told.push(effect(Some(Tone::Warning), &format!("{} may no longer use:", it.id), it.loses.clone()));
    }
    if !it.gains.is_empty() {
        told.push(effect(None, &format!("{} may use, too:", it.id), it.gains.clone()));
    }
    if !it.tightened.is_empty() {
        let text = format!("{} is limited further:", it.id);
        told.push(effect(Some(Tone::Warning), &text, it.tightened.iter().map(limit).collect()));
    }
    if !it.loosened.is_empty() {
        told.push(effect(None, &format!("{} is limited less:", it.id), it.loosened.iter().map(limit).collect()));
    }
    told
}

fn limit(it: &LimitEffect) -> String {
    let side = |value: Option<u64>| value.map_or_else(|| "no limit".to_owned(), |it| it.to_string());
    format!("{}: {} to {}", member(&it.limit), side(it.before), side(it.after))
}

fn group(it: &GroupEffect) -> Effect {
    let kind = match it.kind {
        ChangeKind::Added => "is new",
        ChangeKind::Removed => "goes",
        ChangeKind::Changed => "changes",
    };
    let text = format!(
        "Group {} {kind}: {} in the last day, {} may use it.",
        it.id,
        times(it.requests_last_day, "request", "requests"),
        times(it.callers, "caller", "callers")
    );
    let percent = |share: f64| format!("{}%", (share * 10.0).round() / 10.0);
    let targets = it
        .targets
        .iter()
        .map(|to| format!("{}: {} to {}", to.target, percent(to.share_before), percent(to.share_after)));
    let tone = (it.kind == ChangeKind::Removed && it.requests_last_day > 0).then_some(Tone::Warning);
    effect(tone, &text, targets.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_told_in_words() {
        for (path, told) in [
            ("callers[ana].limits.rpm", "Caller ana: limits, requests a minute"),
            ("groups.fast.targets[openai/mini].weight", "Group fast: targets, openai/mini, weight"),
            ("groups.fast.targets (order)", "Group fast: targets, order"),
            ("projects.search", "Project search"),
            ("settings.default_group", "Setting default_group"),
            ("version", "version"),
        ] {
            assert_eq!(words(path), told);
        }
    }

    #[test]
    fn what_appears_is_told_member_by_member_and_lists_end() {
        let added = Change {
            path: "callers[ana]".to_owned(),
            kind: ChangeKind::Added,
            before: None,
            after: Some(json!({"id": "ana", "allow": ["fast"], "user": ""})),
        };
        let (lines, more) = changes(&[added], 2);
        assert_eq!((lines.len(), more), (2, 1));
        assert_eq!((lines[0].words.as_str(), lines[0].after.as_str()), ("Caller ana: id", "ana"));
    }
}
