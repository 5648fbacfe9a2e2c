#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::time::Instant;

use super::*;

const EXAMPLE: &str = include_str!("../reference/example.yaml");

fn none(_: &str) -> Option<String> {
    None
}

fn first(text: &str) -> String {
    parse(text, &none).unwrap_err()[0].to_string()
}

#[test]
fn the_example_is_accepted_without_a_warning() {
    let parsed = parse(EXAMPLE, &none).unwrap();
    assert_eq!(parsed.warnings, []);
    let price = &parsed.document.target("openai/mini").unwrap().1.prices[0];
    assert_eq!(price.cached_input.unwrap().nanos(), 25_000_000);
    assert_eq!(price.from.unwrap().start_ms(), 1_754_524_800_000);
}

/// The mistakes in a text, by their places.
fn places(text: &str) -> Vec<String> {
    parse(text, &none).unwrap_err().into_iter().map(|it| it.path).collect()
}

#[test]
fn a_mistake_in_a_list_hides_no_other_and_makes_none() {
    let document = |provider: &str, group: &str| {
        format!(
            "version: 1\nproviders:\n  x: {{{provider}, models: {{m: {{model: m}}}}}}\n\
             groups:\n  fast: {{{group}, targets: [{{model: x/m}}]}}\n\
             callers: [{{id: a, allow: [fats]}}]\n"
        )
    };
    for (provider, group, found) in [
        (
            "base_url: ftp://x, credential: {env: SMART_ROUTER_MASTER_KEY}, dialects: [openai-chatt]",
            "contract: {dialects: [openai-chat]}",
            &["providers.x.base_url", "providers.x.credential.env", "providers.x.dialects[0]"][..],
        ),
        (
            "base_url: ftp://x, dialects: [smalltalk]",
            "contract: {dialects: [smalltalk, anthropic-messages]}, aliases: [7, 'no name']",
            &[
                "providers.x.base_url",
                "providers.x.dialects[0]",
                "groups.fast.contract.dialects[0]",
                "groups.fast.aliases[0]",
                "groups.fast.aliases[1]",
            ],
        ),
        ("base_url: ftp://x", "aliases: []", &["providers.x", "providers.x.base_url"]),
        (
            "base_url: 'http://10.0.0.1', dialects: openai-chat, network: moon",
            "aliases: []",
            &["providers.x.dialects", "providers.x.network"],
        ),
    ] {
        let expected: Vec<&str> = found.iter().copied().chain(["callers[0].allow[0]"]).collect();
        assert_eq!(places(&document(provider, group)), expected, "{provider} {group}");
    }
}

#[test]
fn a_mistake_in_a_price_hides_no_other() {
    let text = "version: 1\nsettings: {default_group: none, baselines: [{id: b}]}\nproviders:\n  x:\n    base_url: https://x.example\n    \
                dialects: [openai-chat]\n    models: {m: {model: m, context_tokens: 1, max_output_tokens: 2, prices: [{input: -1}]}}\n";
    let found = places(text);
    for place in [
        "settings.default_group",
        "settings.baselines[0]",
        "providers.x.models.m.max_output_tokens",
        "providers.x.models.m.prices[0].input",
        "providers.x.models.m.prices[0]",
    ] {
        assert!(found.iter().any(|it| it == place), "{place}: {found:#?}");
    }
}

#[test]
fn json_is_yaml() {
    let json = crate::canonical::to_json(&parse(EXAMPLE, &none).unwrap().document);
    assert_eq!(parse(&json, &none).unwrap().document, parse(EXAMPLE, &none).unwrap().document);
}

#[test]
fn every_default_that_the_schema_tells_is_the_default() {
    let document = crate::schema::schema();
    let mut checked = 0;
    for (of, rule) in document["$defs"].as_object().unwrap() {
        for (key, member) in rule["properties"].as_object().into_iter().flatten() {
            let Some(default) = member.get("default") else { continue };
            assert!(means_nothing(of, key, default), "{of}.{key}: {default}");
            checked += 1;
        }
    }
    assert!(checked >= 18, "{checked}");
}

/// Whether a document that says so equals one that says nothing.
fn means_nothing(of: &str, key: &str, value: &serde_json::Value) -> bool {
    use crate::document::{
        AdminSessions, Caller, Cors, Fallback, Group, GroupTarget, Modalities, Model, OidcProvider, OutputCap, Policy,
        Provider, Reasoning, ResponsesStore, Reveal, Settings, SharedState, Timeouts, UsageSettings, Webhook,
    };
    fn same<T: serde::de::DeserializeOwned + PartialEq>(
        base: &serde_json::Value,
        key: &str,
        v: &serde_json::Value,
    ) -> bool {
        let mut with = base.clone();
        with[key] = v.clone();
        let read = |it: serde_json::Value| serde_json::from_value::<T>(it).unwrap();
        read(base.clone()) == read(with)
    }
    let base = serde_json::json!({});
    match of {
        "Settings" => same::<Settings>(&base, key, value),
        "UsageSettings" => same::<UsageSettings>(&base, key, value),
        "ResponsesStore" => same::<ResponsesStore>(&base, key, value),
        "Cors" => same::<Cors>(&base, key, value),
        "AdminSessions" => same::<AdminSessions>(&base, key, value),
        "OidcProvider" => {
            same::<OidcProvider>(&serde_json::json!({"id": "a", "issuer": "b", "client_id": "c"}), key, value)
        }
        "Webhook" => same::<Webhook>(&serde_json::json!({"id": "a", "url": "https://a"}), key, value),
        "SharedState" => same::<SharedState>(&base, key, value),
        "Provider" => same::<Provider>(&serde_json::json!({"base_url": "", "dialects": []}), key, value),
        "Timeouts" => same::<Timeouts>(&base, key, value),
        "Model" => same::<Model>(&serde_json::json!({"model": "m"}), key, value),
        "Modalities" => same::<Modalities>(&base, key, value),
        "Reasoning" => same::<Reasoning>(&base, key, value),
        "OutputCap" => same::<OutputCap>(&base, key, value),
        "Group" => same::<Group>(&serde_json::json!({"targets": []}), key, value),
        "GroupTarget" => same::<GroupTarget>(&serde_json::json!({"model": "m"}), key, value),
        "Policy" => same::<Policy>(&base, key, value),
        "Fallback" => same::<Fallback>(&base, key, value),
        "Reveal" => same::<Reveal>(&base, key, value),
        "Caller" => same::<Caller>(&serde_json::json!({"id": "c"}), key, value),
        _ => panic!("{of} has a default that nobody checks"),
    }
}

#[test]
fn the_schema_has_no_alternatives() {
    let text = crate::schema::json_schema();
    for keyword in ["\"anyOf\"", "\"oneOf\"", "\"null\""] {
        assert!(!text.contains(keyword), "{keyword}");
    }
}

#[test]
fn hostile_texts_are_refused() {
    let bomb = (1..40).fold("version: 1\na0: &a0 [x, x]\n".to_owned(), |text, at| {
        format!("{text}a{at}: &a{at} [*a{}, *a{}]\n", at - 1, at - 1)
    });
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a,".repeat(100_000));
    let tower = (1..200).fold("a0: &a0 [x]\n".to_owned(), |text, at| format!("{text}a{at}: &a{at} [*a{}]\n", at - 1));
    for (text, told) in [
        (bomb, "becomes too large"),
        (long, "becomes too large"),
        (tower, "levels deep"),
        ("[".repeat(100_000), "levels deep"),
        ("{a: ".repeat(100_000), "levels deep"),
        ("- ".repeat(10_000), "levels deep"),
        ("? ".repeat(10_000), "levels deep"),
        ("x".repeat(5_000_000), "at most 4194304 are read"),
    ] {
        let message = first(&text);
        assert!(message.contains(told), "{text:.40}: {message:.200}");
    }
}

#[test]
fn an_alias_stands_for_its_anchor() {
    let text = "version: 1\nprojects: {a: &it {owner: x}, b: *it}\n";
    let document = parse(text, &none).unwrap().document;
    assert_eq!(document.projects["a"], document.projects["b"]);
}

#[test]
fn no_more_problems_are_told_than_anyone_reads() {
    let keys = (0..5000).fold(String::new(), |text, at| format!("{text}key{at}: 1\n"));
    assert_eq!(parse(&keys, &none).unwrap_err().len(), MAX_PROBLEMS);
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_read() {
    let text = "\u{feff}version: 1\r\nprojects:\r\n  a: {owner: x}\r\n";
    assert_eq!(parse(text, &none).unwrap().document.projects["a"].owner, "x");
}

#[test]
fn a_thousand_callers_are_read() {
    let mut text = EXAMPLE.to_owned();
    for at in 0..1000 {
        writeln!(text, "  - {{id: caller-{at}, allow: [fast, agent], limits: {{rpm: 60}}}}").unwrap();
    }
    assert_eq!(parse(&text, &none).unwrap().document.callers.len(), 1001);
}

#[test]
fn what_a_variable_of_an_address_holds_is_never_repeated() {
    let env = |name: &str| match name {
        "VALKEY_URL" => Some("rediss://:planted@valkey.internal".to_owned()),
        "BROKEN" => Some("planted".to_owned()),
        _ => None,
    };
    let text = |url: &str| {
        format!(
            "version: 1\nsettings: {{responses_store: {{enabled: true}}, shared_state: {{kind: valkey, url: \"{url}\"}}}}\n"
        )
    };
    let document = parse(&text("${VALKEY_URL}"), &env).unwrap().document;
    let told = [
        crate::canonical::to_json(&document),
        crate::canonical::to_yaml(&document),
        format!("{document:?}"),
        format!("{:?}", crate::diff::diff(&Document::empty(), &document)),
        format!("{:?}", parse(&text("${BROKEN}"), &env).unwrap_err()),
        format!("{:?}", parse(&text("redis://${BROKEN}:x"), &env).unwrap_err()),
    ];
    for told in &told {
        assert!(!told.contains("planted"), "{told}");
    }
    for told in &told[..4] {
        assert!(told.contains("${VALKEY_URL}"), "{told}");
    }
    // What was exported means the same again, and keeps its variable.
    assert_eq!(parse(&told[1], &env).unwrap().document, document);
}

/// Many mistakes are told in part, and no warning takes an error's place.
#[test]
fn of_many_problems_the_first_are_told_and_an_error_always() {
    let many: String = (0..5000).fold(String::from("version: 1\n"), |mut text, at| {
        let _ = writeln!(text, "k{at}: 1");
        text
    });
    let problems = parse(&many, &none).unwrap_err();
    assert_eq!(problems.len(), 1000);
    assert_eq!(problems[0].line, 2);
    assert_eq!(problems[999].message, "and 4001 more problems, which are not told");

    let mut text = String::from("version: 1\ncallers:\n");
    for at in 0..1500 {
        let _ = writeln!(text, "  - {{id: c{at}}}");
    }
    let warned = parse(&text, &none).unwrap();
    assert_eq!(warned.warnings.len(), 1000);
    let refused = parse(&format!("{text}providers: {{p: {{base_url: 'ftp://x', dialects: [openai-chat]}}}}\n"), &none);
    assert!(refused.unwrap_err().iter().any(|it| it.severity == Severity::Error && it.path == "providers.p.base_url"));
}

/// One document takes less than small ones of five times its length: what grows with the square of it takes eight times as long.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test compares two times")]
fn the_work_grows_with_the_document_and_not_with_its_square() {
    type Shape = (&'static str, fn(usize) -> String, &'static str);
    let documents: [Shape; 10] = [
        ("version: 1\n", |at| format!("k{at}: 1\n"), ""),
        ("version: 1\ncallers:\n", |at| format!("  - {{id: c{at}, allow: [nope{at}], zz: 1}}\n"), ""),
        ("version: 1\ncallers:\n", |at| format!("  - {{id: c{at}, allow: [nope{at}], project: p{at}}}\n"), ""),
        ("version: 1\ncallers:\n", |at| format!("  - {{id: c{at}}}\n"), ""),
        ("version: 1\nprojects:\n", |at| format!("  'k {at}': {{}}\n"), ""),
        ("version: 1\ngroups:\n", |at| format!("  g{at}: {{aliases: [a{at}], targets: [{{model: p/m{at}}}]}}\n"), ""),
        (
            "version: 1\nsettings:\n  baselines:\n",
            |at| format!("    - {{id: b{at}, input_usd_per_mtok: 1, output_usd_per_mtok: 1}}\n"),
            "",
        ),
        ("{version: 1, callers: [{id: a, allow: [", |at| format!("g{at}, "), "]}]}"),
        ("version: 1\n", |at| format!("k{at}: ${{HOME:-home{at}}}\n"), ""),
        ("{version: 1, x: &a0 {", |at| format!("k{at}: &a{at} [], "), "}}"),
    ];
    for (start, line, end) in documents {
        let text = |count: usize| format!("{start}{}{end}", (0..count).map(line).collect::<String>());
        let took = |times: usize, text: &str| {
            let began = Instant::now();
            (0..times).for_each(|_| drop(parse(text, &none)));
            began.elapsed()
        };
        let (one, many) = (took(1, &text(12_000)), took(100, &text(600)));
        assert!(one < many, "{start}{}: {one:?} for one, {many:?} for many", line(0));
    }
}

#[test]
fn long_keys_and_anchors_in_anchors_take_no_room() {
    let long = format!("version: 1\n{}: 1\n", "k".repeat(513));
    assert!(first(&long).contains("at most 512"), "{}", first(&long));
    let deep =
        (0..50).fold(String::new(), |text, at| format!("{text}&a{at} [")) + &"1,".repeat(100_000) + &"]".repeat(50);
    assert!(first(&format!("x: {deep}")).contains("too large"));
    // Five levels of names of 500 bytes.
    let name = "n".repeat(500);
    let nested = format!("{name}: {{{name}: {{{name}: {{{name}: {{{name}: [{}]}}}}}}}}\n", "1,".repeat(100_000));
    let problems = parse(&format!("version: 1\n{nested}"), &none).unwrap_err();
    assert!(problems.iter().any(|it| it.message.contains("too large from here")), "{}", problems.len());
}

#[test]
fn a_text_is_kept_though_it_is_wrong_unless_something_would_be_lost() {
    let surroundings =
        Surroundings { env: Some(&|name| (name == "HOST").then(|| "a.example".to_owned())), refusal: &|_| None };
    let wrong = "version: 1\ngroups:\n  fast:\n    targets: [{model: none/such, weight: many}]\n";
    let read = read_within(wrong, &surroundings).unwrap();
    assert_eq!(read.value["groups"]["fast"]["targets"][0]["weight"], "many");
    let mistake = read.problems.iter().find(|it| it.path.ends_with("weight")).unwrap();
    assert_eq!((mistake.line, mistake.severity), (4, Severity::Error));
    let variable =
        read_within("version: 1\nproviders: {p: {base_url: 'https://${HOST}/v1'}}\n", &surroundings).unwrap();
    assert_eq!(variable.value["providers"]["p"]["base_url"], "https://a.example/v1");
    for lost in ["version: 1\ngroups: {}\ngroups: {}\n", "version: 1\nx: ${NONE}\n", "- 1\n", "a: [\n", ""] {
        let problems = read_within(lost, &surroundings).unwrap_err();
        assert!(problems.iter().any(|it| it.severity == Severity::Error), "{lost}: {problems:?}");
    }
}
