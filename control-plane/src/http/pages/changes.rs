//! Differences of the configuration and whom they touch, as pages tell them.

use control_plane_core::{
    diff::{Change, ChangeKind, shown},
    effect::{CallerEffect, Effects, GroupEffect, LimitEffect, PriceEffect},
    pointer,
};
use serde_json::Value;
use web::{
    Tone,
    form::Mistake,
    parts::{ChangeLine, ChangeTone, Effect},
    show::Count,
};

/// How many differences a page lists.
const MOST: usize = 200;
/// How much of a value is told, in characters.
const LONGEST: usize = 400;
/// How many groups, callers and prices are told one by one.
const EACH: usize = 20;

/// The first differences, and how many there are more.
pub fn lines(changes: &[Change]) -> (Vec<ChangeLine>, Count) {
    (changes.iter().take(MOST).map(line).collect(), Count(changes.len().saturating_sub(MOST) as u64))
}

/// The same of what was filled in: what appears or goes is told member by member.
pub fn leaves(changes: Vec<Change>) -> (Vec<ChangeLine>, Count) {
    lines(&changes.into_iter().flat_map(Change::leaves).collect::<Vec<_>>())
}

fn line(it: &Change) -> ChangeLine {
    ChangeLine {
        kind: match it.kind {
            ChangeKind::Added => ChangeTone::Added,
            ChangeKind::Removed => ChangeTone::Removed,
            ChangeKind::Changed => ChangeTone::Changed,
        },
        words: it.words(),
        path: it.path.clone(),
        before: value(it.before.as_ref()),
        after: value(it.after.as_ref()),
    }
}

/// A value on one line; empty: there is none.
pub fn value(value: Option<&Value>) -> String {
    let Some(value) = value else { return String::new() };
    let whole = shown(value);
    match whole.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    }
}

/// What the check finds in a document, where it stands by a JSON pointer.
pub fn mistake(it: &control_plane_core::Problem) -> Mistake {
    Mistake { pointer: pointer(&it.path), field: String::new(), text: it.message.clone(), hint: String::new() }
}

/// Whom a change touches, and what.
pub fn effects(of: &Effects) -> Vec<Effect> {
    let mut all = Vec::new();
    if *of == Effects::default() {
        return all;
    }
    all.push(routers(of.nodes));
    if of.callers_touched > 0 {
        let (callers, tokens) = (many(of.callers_touched, "caller"), many(of.tokens_touched, "open token"));
        let requests = match of.requests_last_day {
            0 => "no request in the last 24 hours".to_owned(),
            day => format!("{} in the last 24 hours, about {} in an hour", many(day, "request"), of.requests_per_hour),
        };
        all.push(effect(None, format!("{callers} with {tokens}: {requests}."), Vec::new()));
    }
    if !of.settings.is_empty() {
        let text = "Settings, which concern everybody:".to_owned();
        all.push(effect(Some(Tone::Warning), text, of.settings.clone()));
    }
    all.extend(of.keys_missing.iter().map(|it| {
        effect(Some(Tone::Bad), format!("No key is at hand for the provider {it}: its targets fail."), Vec::new())
    }));
    each(&mut all, &of.groups, "groups", group);
    each(&mut all, &of.callers, "callers", caller);
    each(&mut all, &of.prices, "prices", price);
    // The gravest first.
    all.sort_by_key(|it| it.tone != Some(Tone::Bad));
    all
}

/// What is told instead to those who see a part of the configuration alone.
pub fn effects_untold() -> Vec<Effect> {
    let text = "Whom it touches is told to those who see the whole configuration.";
    vec![effect(Some(Tone::Note), text.to_owned(), Vec::new())]
}

fn effect(tone: Option<Tone>, text: String, whom: Vec<String>) -> Effect {
    Effect { tone, text, whom }
}

fn each<T>(all: &mut Vec<Effect>, of: &[T], what: &str, told: impl Fn(&T) -> Effect) {
    all.extend(of.iter().take(EACH).map(told));
    if of.len() > EACH {
        all.push(effect(None, format!("And {} more {what}.", of.len() - EACH), Vec::new()));
    }
}

fn routers(count: u64) -> Effect {
    let text = match count {
        0 => "No router is connected: each takes it when it comes.".to_owned(),
        1 => "1 router takes it at once.".to_owned(),
        many => format!("{many} routers take it at once."),
    };
    effect(Some(Tone::Note), text, Vec::new())
}

fn many(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{} {what}s", Count(count).exact()) }
}

const fn verb(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "is new",
        ChangeKind::Removed => "goes",
        ChangeKind::Changed => "changes",
    }
}

fn group(it: &GroupEffect) -> Effect {
    let tone =
        (it.kind == ChangeKind::Removed).then_some(if it.requests_last_day > 0 { Tone::Bad } else { Tone::Warning });
    let used = many(it.requests_last_day, "request");
    let text =
        format!("Group {} {}: {used} in 24 hours, {} may call it.", it.id, verb(it.kind), many(it.callers, "caller"));
    let share = |share: f64| format!("{}%", (share * 10.0).round() / 10.0);
    let whom =
        it.targets.iter().map(|it| format!("{}: {} → {}", it.target, share(it.share_before), share(it.share_after)));
    effect(tone, text, whom.collect())
}

fn caller(it: &CallerEffect) -> Effect {
    let used = format!("{} in 24 hours, {}", many(it.requests_last_day, "request"), many(it.tokens, "open token"));
    let (tone, text) = if it.shut_out {
        (Some(Tone::Bad), format!("Caller {} can no longer call at all: {used}.", it.id))
    } else {
        let loses = !it.loses.is_empty() || !it.tightened.is_empty();
        (loses.then_some(Tone::Warning), format!("Caller {} {}: {used}.", it.id, verb(it.kind)))
    };
    let gains = it.gains.iter().map(|group| format!("gains {group}"));
    let loses = it.loses.iter().map(|group| format!("loses {group}"));
    let limits = it.tightened.iter().chain(&it.loosened).map(limit);
    effect(tone, text, gains.chain(loses).chain(limits).collect())
}

fn limit(it: &LimitEffect) -> String {
    let told = |value: Option<u64>| value.map_or_else(|| "no limit".to_owned(), |it| it.to_string());
    format!("{}: {} → {}", it.limit, told(it.before), told(it.after))
}

fn price(it: &PriceEffect) -> Effect {
    let told = |price: &Option<String>| price.clone().unwrap_or_else(|| "no price".to_owned());
    let from = it.from.as_ref().map(|it| format!(" from {it} on")).unwrap_or_default();
    let used = many(it.requests_last_day, "request");
    let tone = it.after.is_none().then_some(Tone::Warning);
    let (before, after) = (told(&it.before), told(&it.after));
    effect(tone, format!("Price of {}: {before} → {after}{from}; {used} in 24 hours.", it.target), Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_are_sentences() {
        assert!(effects(&Effects::default()).is_empty());
        let of = Effects {
            nodes: 2,
            callers_touched: 1,
            tokens_touched: 3,
            requests_last_day: 48,
            requests_per_hour: 2,
            groups: vec![GroupEffect {
                id: "fast".to_owned(),
                kind: ChangeKind::Removed,
                requests_last_day: 48,
                callers: 1,
                targets: Vec::new(),
            }],
            keys_missing: vec!["openai".to_owned()],
            ..Effects::default()
        };
        let told: Vec<(Option<Tone>, String)> = effects(&of).into_iter().map(|it| (it.tone, it.text)).collect();
        let text = |it: &str| it.to_owned();
        assert_eq!(
            told,
            [
                (Some(Tone::Bad), text("No key is at hand for the provider openai: its targets fail.")),
                (Some(Tone::Bad), text("Group fast goes: 48 requests in 24 hours, 1 caller may call it.")),
                (Some(Tone::Note), text("2 routers take it at once.")),
                (None, text("1 caller with 3 open tokens: 48 requests in the last 24 hours, about 2 in an hour.")),
            ]
        );
    }
}
