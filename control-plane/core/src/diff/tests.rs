#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::parse::parse;

const EXAMPLE: &str = include_str!("../reference/example.yaml");

fn document(text: &str) -> Document {
    parse(text, &|_| None).unwrap().document
}

/// What changes when a piece of the example is replaced.
fn changes(piece: &str, with: &str) -> Vec<String> {
    assert!(EXAMPLE.contains(piece), "{piece}");
    let changes = diff(&document(EXAMPLE), &document(&EXAMPLE.replacen(piece, with, 1)));
    changes.iter().map(ToString::to_string).collect()
}

#[test]
fn a_document_does_not_differ_from_itself() {
    assert_eq!(diff(&document(EXAMPLE), &document(EXAMPLE)), []);
}

#[test]
fn changes_are_told_by_names_and_with_defaults() {
    for (piece, with, told) in [
        ("weight: 3", "weight: 5", "~ groups.fast.targets[openai/mini].weight: 3 -> 5"),
        (
            "{model: openai/mini, weight: 3}",
            "{model: openai/mini}",
            "~ groups.fast.targets[openai/mini].weight: 3 -> 1",
        ),
        ("connect: 5s", "connect: 10s", "~ providers.openai.timeouts.connect: 5s -> 10s"),
        ("policy: {kind: weighted}", "policy: {}", "~ groups.fast.policy.kind: weighted -> failover"),
        (
            "cached_input: 0.025",
            "cached_input: 0.03",
            "~ providers.openai.models.mini.prices[2025-08-07].cached_input: 0.025 -> 0.03",
        ),
        ("allow: [fast, agent]", "allow: [fast]", "- callers[ana-search-dev].allow: agent"),
        ("scopes: [inference, explain]", "scopes: [inference]", "- callers[ana-search-dev].scopes: explain"),
        ("rpm: 600, ", "", "- callers[ana-search-dev].limits.rpm: 600"),
        ("{owner: platform}", "{}", "- projects.search.owner: platform"),
        ("aliases: [default]", "aliases: []", "- groups.fast.aliases: default"),
        (
            "concurrency: 20}\n    disabled: false",
            "concurrency: 20}\n    disabled: true",
            "~ callers[ana-search-dev].disabled: false -> true",
        ),
        (
            "targets: [{model: anthropic/sonnet}, {model: openai/mini}]",
            "targets: [{model: openai/mini}, {model: anthropic/sonnet}]",
            r#"~ groups.agent.targets (order): ["anthropic/sonnet","openai/mini"] -> ["openai/mini","anthropic/sonnet"]"#,
        ),
        (
            "credential: {env: OPENAI_API_KEY}",
            "credential: {env: OTHER_KEY}",
            "~ providers.openai.credential.env: OPENAI_API_KEY -> OTHER_KEY",
        ),
    ] {
        let found = changes(piece, with);
        assert!(found.contains(&told.to_owned()), "{piece}: {found:#?}");
    }
}

#[test]
fn what_is_new_and_what_is_gone_is_told_whole() {
    let found = changes("projects:\n", "projects:\n  ads: {}\n  maps: {owner: geo}\n");
    assert_eq!(found, ["+ projects.ads: {}", r#"+ projects.maps: {"owner":"geo"}"#]);
    let found = changes(
        "    targets: [{model: anthropic/sonnet}, {model: openai/mini}]",
        "    targets: [{model: openai/mini}]",
    );
    assert_eq!(found, [r#"- groups.agent.targets[anthropic/sonnet]: {"model":"anthropic/sonnet"}"#]);
}

#[test]
fn what_is_new_can_be_told_line_by_line() {
    let group = "groups:\n  new: {policy: {kind: weighted}, targets: [{model: openai/mini, weight: 2}]}\n";
    let added = diff(&document(EXAMPLE), &document(&EXAMPLE.replacen("groups:\n", group, 1)));
    let lines: Vec<String> = added.into_iter().flat_map(Change::leaves).map(|it| it.to_string()).collect();
    for line in [
        "+ groups.new.policy.kind: weighted",
        "+ groups.new.targets[0].model: openai/mini",
        "+ groups.new.targets[0].weight: 2",
    ] {
        assert!(lines.contains(&line.to_owned()), "{lines:#?}");
    }
}

#[test]
fn an_order_without_meaning_is_no_change() {
    for (piece, with) in [
        ("allow: [fast, agent]", "allow: [agent, fast]"),
        ("dialects: [openai-chat, openai-responses]", "dialects: [openai-responses, openai-chat]"),
        (
            "- {model: openai/mini, weight: 3}\n      - {model: private/llama, weight: 1}",
            "- {model: private/llama, weight: 1}\n      - {model: openai/mini, weight: 3}",
        ),
        ("timeouts: {connect: 5s, first_byte: 60s, stream_idle: 120s, total: 600s}", "timeouts: {}"),
        ("first_byte: 60s", "first_byte: 1m"),
        ("input: 0.25,", "input: \"0.250\","),
    ] {
        assert_eq!(changes(piece, with), Vec::<String>::new(), "{piece}");
    }
    let swapped = "projects:\n  b: {}\n  a: {}\nversion: 1\n";
    assert_eq!(diff(&document("version: 1\nprojects: {a: {}, b: {}}\n"), &document(swapped)), []);
}

#[test]
fn a_whole_section_is_told_by_its_entries() {
    let found: Vec<String> = diff(&document(EXAMPLE), &Document::empty()).iter().map(|it| it.path.clone()).collect();
    for path in
        ["providers.openai", "groups.fast", "projects.search", "callers[ana-search-dev]", "settings.default_group"]
    {
        assert!(found.contains(&path.to_owned()), "{found:#?}");
    }
}

#[test]
fn what_a_stale_file_would_take_back_is_told_and_its_own_changes_are_not() {
    let with = |rpm: u64, callers: &str, default: &str| {
        let text = format!(
            "version: 1\nsettings: {{default_group: {default}}}\nproviders:\n  p: {{base_url: \"https://p.example/v1\", dialects: \
             [openai-chat], models: {{m: {{model: m, state: active}}}}}}\ngroups:\n  a: {{targets: [{{model: p/m}}]}}\n  b: {{targets: \
             [{{model: p/m}}]}}\ncallers:\n  - {{id: ana, allow: [a], limits: {{rpm: {rpm}}}}}\n{callers}"
        );
        document(&text)
    };
    let base = with(10, "", "a");
    // Somebody else has lowered a limit and added a caller.
    let current = with(5, "  - {id: bo, allow: [a]}\n", "a");
    let paths =
        |new: &Document| -> Vec<String> { undone(&base, &current, new).into_iter().map(|it| it.path).collect() };
    let stale = paths(&with(10, "", "b"));
    assert!(stale.contains(&"callers[ana].limits.rpm".to_owned()), "{stale:?}");
    assert!(stale.iter().any(|it| it.starts_with("callers[bo]")), "{stale:?}");
    assert!(!stale.iter().any(|it| it.starts_with("settings")), "its own change: {stale:?}");
    assert!(paths(&with(7, "  - {id: bo, allow: [a]}\n", "b")).is_empty(), "another value takes nothing back");
    assert!(paths(&current).is_empty());
    assert!(undone(&current, &current, &base).is_empty(), "whoever knows what is in force may change it back");
}

/// As with mistakes: see the tests of reading.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test compares two times")]
fn the_work_grows_with_the_document_and_not_with_its_square() {
    let document = |callers: usize, group: &str| {
        let mut document = Document::empty();
        let of = |at: usize| serde_json::json!({"id": format!("c{at}"), "allow": [group]});
        document.callers = (0..callers).map(|at| serde_json::from_value(of(at)).unwrap()).collect();
        document
    };
    let took = |times: usize, callers: usize| {
        let (before, after) = (document(callers, "a"), document(callers, "b"));
        let began = std::time::Instant::now();
        (0..times).for_each(|_| assert_eq!(diff(&before, &after).len(), callers * 2));
        began.elapsed()
    };
    let (one, many) = (took(1, 20_000), took(200, 500));
    assert!(one < many, "{one:?} for one, {many:?} for many");
}
