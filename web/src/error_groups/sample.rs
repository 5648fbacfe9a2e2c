use super::{ErrorGroupRow, ErrorGroups};
use crate::{
    Range, Sample, Sampled, Screen,
    chart::{Kind, Spark, Unit},
    parts::{Absent, Exports, Why},
    sample::{NOW_MS, series, wave},
    show::{Count, Delta, Moment, Percent, Wish},
};

/// Status, code, class, target, meaning, advice.
const USUAL: [[&str; 5]; 5] = [
    [
        "upstream-capacity-throttled",
        "rate-limit",
        "openai/mini",
        "Every target that could serve was rate limited by its provider.",
        "Add a target of another provider, or ask for a higher limit.",
    ],
    [
        "rate-limit-tokens",
        "",
        "",
        "The caller used up its tokens a minute.",
        "Raise its limit, or have it wait as the answer says.",
    ],
    [
        "upstream-timeout",
        "timeout",
        "private/llama-70b",
        "The target did not begin to answer in time.",
        "Look at its latency; raise its first-byte timeout if it is slow on purpose.",
    ],
    [
        "model-not-allowed",
        "",
        "",
        "The caller asked for a model that it may not use.",
        "Add the group to its allow list.",
    ],
    [
        "upstream-access-denied",
        "access-denied",
        "anthropic/sonnet",
        "The provider refuses the router's key.",
        "Set a key that works.",
    ],
];
const STATUSES: [u32; 5] = [503, 429, 504, 403, 503];

impl Sampled for ErrorGroups {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        let count = |usual| Count(of.count(usual));
        let href = |format: &str| format!("/errors/export.{format}?since=7d");
        Self {
            range: Range { compare: None, ..Range::sample(of, Screen::Errors) },
            failed: count(544),
            share: some.then_some(Percent(0.0132)),
            delta: some.then_some(Delta { now: 132.0, before: 90.0, wish: Wish::Less }),
            callers: count(7),
            saved: Some(count(130)),
            left_out: if of == Sample::Huge {
                "The newest 100,000 failures were looked at.".to_owned()
            } else {
                String::new()
            },
            chart: series(of, "errors", "Failed requests by code", Kind::Bars, Unit::Count),
            groups: (0..of.rows(5, 60)).map(|at| group(of, at)).collect(),
            exports: Exports { csv: href("csv"), json: href("json"), ndjson: href("ndjson") },
            command: "smart-router report --since 7d --group-by code,target --filter failed=yes".to_owned(),
            nothing: (!some).then(|| {
                Absent::new(Why::FilteredOut, "No errors", "Nothing in this period fits the filters.")
                    .go("Clear all filters", "/errors")
            }),
        }
    }
}

fn group(of: Sample, at: usize) -> ErrorGroupRow {
    let [code, class, target, meaning, advice] = USUAL[at % USUAL.len()];
    let named = |text: &str, number| if text.is_empty() { String::new() } else { of.name(&[text], number) };
    let moment = |ago_s: i64| Moment { at_ms: NOW_MS - ago_s * 1_000, now_ms: NOW_MS };
    let request =
        |number: usize| (format!("req_01jdc8k2f0m7q4w2x9s{number}"), "/requests/req_01jdc8k2f0m7q4w2x9s3".to_owned());
    ErrorGroupRow {
        code: named(code, at),
        status: STATUSES[at % STATUSES.len()],
        group: of.name(&["fast", "smart"], at + 3),
        class: named(class, at + 1),
        target: named(target, at + 2),
        meaning: meaning.to_owned(),
        advice: advice.to_owned(),
        count: Count(of.count(312 / (at as u64 + 1))),
        share: Percent(0.57 / (at as f64 + 1.0)),
        spark: Spark(wave(28, 4.0 - at as f64 % 3.0, 3.0)),
        first: moment(412_000 - at as i64 * 3_000),
        last: moment(40 + at as i64 * at as i64 * 900),
        callers: Count(of.count(4)),
        href: "/requests?since=7d&filter=code%3Dupstream-timeout".to_owned(),
        samples: (0..3).map(request).collect(),
        docs_href: "/docs/reference/errors#upstream-timeout".to_owned(),
    }
}
