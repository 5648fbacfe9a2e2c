#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::document::UsdPerMtok;
use crate::rollup::{Measures, bucket};

const NOW: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z
const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

fn ask(since: &str, until: &str, group_by: &[&str], filters: &[&str]) -> Result<Request, Vec<ReportError>> {
    let owned = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
    let query = Query {
        since: since.to_owned(),
        until: until.to_owned(),
        group_by: owned(group_by),
        filters: owned(filters),
        baseline: None,
    };
    Request::parse(Subject::Requests, &query, NOW)
}

#[test]
fn what_roll_ups_do_not_have_is_asked_for_a_month_at_most() {
    assert!(ask("31d", "", &["session"], &["ip=10.0.0.1"]).is_ok());
    assert!(ask("2025-01-01", "", &["code", "node"], &[]).is_ok(), "roll-ups answer for any time");
    for (group_by, filters) in [(&["session"][..], &[][..]), (&[], &["ip=10.0.0.1"])] {
        let errors = ask("32d", "", group_by, filters).unwrap_err();
        assert!(
            errors[0].to_string().ends_with("is answered from single requests: ask for at most 31 days"),
            "{errors:?}"
        );
    }
    let query = Query { since: "32d".into(), group_by: vec!["target".into()], ..Query::default() };
    assert!(Request::parse(Subject::Attempts, &query, NOW).is_err());
}

#[test]
fn each_subject_has_its_dimensions() {
    let ask = |subject, name: &str| {
        let query = Query { filters: vec![format!("{name}=1")], ..Query::default() };
        Request::parse(subject, &query, NOW).is_ok()
    };
    for name in ["caller", "group", "provider", "client", "status", "code", "region", "node", "ip"] {
        assert!([Subject::Requests, Subject::Attempts].into_iter().all(|it| ask(it, name)), "{name}");
    }
    assert!(ask(Subject::Attempts, "class") && !ask(Subject::Requests, "class"));
    assert!(ask(Subject::Attempts, "target") && !ask(Subject::Requests, "target"));
}

#[test]
fn a_dead_first_target_is_blamed_before_all_others() {
    let request = ask("24h", "", &["provider"], &[]).unwrap();
    let row = |provider: &str, classes: &[(&str, u64)]| AttemptRow {
        values: vec![provider.to_owned()],
        classes: classes.iter().map(|(class, count)| ((*class).to_owned(), *count)).collect(),
        latency: [(bucket(2_000_000), 3)].into_iter().collect(),
        ..AttemptRow::default()
    };
    let alive = row("alive", &[("ok", 90), ("bad-request", 8), ("client-closed", 2)]);
    let dead = row("dead", &[("timeout", 30), ("network", 10)]);
    let report = AttemptReport::new(request, vec![alive, dead]);
    let text = report.render(Format::Markdown);
    let line = |at: usize| text.lines().nth(at).unwrap().to_owned();
    assert!(text.starts_with("Attempts from 2025-12-31 00:00 UTC"), "{text}");
    assert!(line(4).starts_with("| dead | 40 | 0 | 40 | 100.0 | 0 | 0 | network 10, timeout 30 | 1998.8 |"), "{text}");
    assert!(line(5).starts_with("| alive | 100 | 90 | 0 | 0.0 | 8 | 2 | bad-request 8, client-closed 2 |"), "{text}");
    assert!(line(6).starts_with("| **total** | 140 | 90 | 40 |"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&report.render(Format::Json)).unwrap();
    assert_eq!(json["rows"][0]["classes"]["timeout"], 30);
    assert_eq!(json["rows"][0]["failed_ratio"], 1.0);
    assert_eq!(json["total"]["failed_ratio"], 0.29);
    assert!(report.render(Format::Csv).contains("\ndead,40,0,40,100.0,0,0,\"network 10, timeout 30\",1998.8"));
}

#[test]
fn output_is_timed_where_that_can_be_said() {
    let mut timed = row(&["ana"], 1, 0);
    timed.measures.timed_output_tokens = 300;
    timed.measures.output_us = 4_000_000;
    let json = report(&["caller"], vec![timed, row(&["bo"], 1, 0)]).json();
    assert_eq!(json["rows"][0]["output_tokens_per_second"], 75.0);
    assert_eq!(json["rows"][1]["output_tokens_per_second"], serde_json::Value::Null);
    assert_eq!(json["total"]["output_tokens_per_second"], 75.0);
    let record = |stream, first_byte_us| crate::usage::UsageRecord {
        code: "ok".into(),
        stream,
        first_byte_us,
        latency_us: 50_000,
        upstream_us: 40_000,
        tokens: crate::usage::Tokens { output: 10, ..Default::default() },
        ..Default::default()
    };
    assert_eq!(record(true, 10_000).output_us(), 40_000);
    assert_eq!(record(true, 0).output_us(), 0);
    assert_eq!(record(true, 49_000).output_us(), 0, "it came in one piece");
    assert_eq!(record(false, 49_000).output_us(), 40_000);
    assert_eq!(crate::usage::UsageRecord { code: "client-closed".into(), ..record(true, 10_000) }.output_us(), 0);
}

fn row(values: &[&str], requests: u64, cost_nanousd: u64) -> ReportRow {
    ReportRow {
        values: values.iter().map(|it| (*it).to_owned()).collect(),
        measures: Measures {
            requests,
            input_tokens: 1_000_000,
            output_tokens: 500_000,
            cost_nanousd,
            ..Measures::default()
        },
        latency: [(bucket(100_000), requests)].into_iter().collect(),
        ..ReportRow::default()
    }
}

fn report(group_by: &[&str], rows: Vec<ReportRow>) -> Report {
    Report::new(ask("24h", "", group_by, &[]).unwrap(), rows, None)
}

#[test]
fn periods_are_read_as_people_write_them() {
    for (since, until, expected) in [
        ("", "", (NOW - 7 * 24 * HOUR, NOW + MINUTE)),
        ("24h", "", (NOW - 24 * HOUR, NOW + MINUTE)),
        ("50h", "", (NOW - 3 * 24 * HOUR, NOW + MINUTE)),
        ("7d", "1d", (NOW - 7 * 24 * HOUR, NOW - 24 * HOUR)),
        ("90s", "now", (NOW - 90_000, NOW + MINUTE)),
        ("2025-12-31", "2026-01-01", (NOW - 24 * HOUR, NOW)),
        ("2025-12-31T23:00:00Z", "2026-01-01T01:30:00+01:00", (NOW - HOUR, NOW + HOUR / 2)),
    ] {
        let request = ask(since, until, &[], &[]).unwrap();
        assert_eq!((request.since_ms, request.until_ms), expected, "{since} {until}");
    }
}

#[test]
fn every_mistake_of_a_question_is_told() {
    let errors = ask("yesterday", "2026-02-30", &["caler", "group,hours"], &["x", "hour=1", "users=ana"]).unwrap_err();
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 7, "{told:#?}");
    assert!(told[0].starts_with("`yesterday` is no moment"));
    assert!(told[2].contains("did you mean `caller`?"));
    assert!(told[3].contains("did you mean `hour`?"));
    assert!(told[5].contains("--since"));
    assert!(ask("1d", "2d", &[], &[]).unwrap_err()[0].to_string().contains("before it starts"));
}

#[test]
fn filters_of_one_dimension_belong_together() {
    let request = ask("", "", &[], &["caller=ana", "group=fast", "caller=a=b"]).unwrap();
    assert_eq!(
        request.filters,
        [
            Filter { dimension: Dimension::Caller, values: vec!["ana".into(), "a=b".into()], negated: false },
            Filter { dimension: Dimension::Group, values: vec!["fast".into()], negated: false },
        ]
    );
    assert_eq!(ask("", "", &["caller,group", "caller"], &[]).unwrap().group_by, [Dimension::Caller, Dimension::Group]);
}

#[test]
fn the_dearest_come_first_and_hours_in_their_order() {
    let rows = vec![row(&["a"], 1, 5), row(&["b"], 1, 9), row(&["c"], 1, 9)];
    let order = |it: &Report| it.rows.iter().map(|it| it.values.join("/")).collect::<Vec<_>>().join(" ");
    assert_eq!(order(&report(&["caller"], rows)), "b c a");
    let rows = vec![
        row(&["a", "2026-01-01T01:00Z"], 1, 9),
        row(&["b", "2026-01-01T00:00Z"], 1, 1),
        row(&["c", "2026-01-01T01:00Z"], 1, 10),
    ];
    assert_eq!(
        order(&report(&["caller", "hour"], rows)),
        "b/2026-01-01T00:00Z c/2026-01-01T01:00Z a/2026-01-01T01:00Z"
    );
}

#[test]
fn money_is_exact() {
    for (nanos, text) in [
        (0, "0.00"),
        (1, "0.000000001"),
        (10_000_000, "0.01"),
        (123_000, "0.000123"),
        (12_500_000_000, "12.50"),
        (-12_500_000_001, "-12.500000001"),
        (i128::from(u64::MAX), "18446744073.709551615"),
    ] {
        assert_eq!(usd(nanos), text);
    }
}

#[test]
fn markdown_shows_a_table_and_its_total() {
    let text = report(&["caller"], vec![row(&["ana|x"], 2, 1_500_000_000), row(&[""], 1, 1)]).render(Format::Markdown);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Usage from 2025-12-31 00:00 UTC to 2026-01-01 00:01 UTC, by caller");
    assert!(lines[2].starts_with("| caller | requests | errors | fallbacks |"), "{text}");
    assert!(lines[4].starts_with("| ana\\|x | 2 | 0 | 0 | 1000000 |"), "{text}");
    assert!(lines[4].contains("| 1.50 |"), "{text}");
    assert!(lines[5].starts_with("| - | 1 |"), "{text}");
    assert!(lines[6].starts_with("| **total** | 3 | 0 | 0 | 2000000 |"), "{text}");
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(lines[2..].iter().all(|it| columns(it) == columns(lines[2])), "{text}");
}

#[test]
fn a_report_without_dimensions_or_rows_has_a_total() {
    let empty = report(&[], Vec::new());
    assert!(empty.render(Format::Markdown).lines().nth(4).unwrap().starts_with("| 0 | 0 |"));
    assert_eq!(empty.render(Format::Csv).lines().count(), 2);
    assert_eq!(empty.json()["total"]["latency_p50_ms"], serde_json::Value::Null);
}

#[test]
fn a_total_alone_is_told_once() {
    for format in [Format::Markdown, Format::Table] {
        let text = report(&[], vec![row(&[], 7, 0)]).render(format);
        assert_eq!(text.matches('7').count(), 1, "{text}");
    }
}

#[test]
fn a_table_is_aligned() {
    let text =
        report(&["caller"], vec![row(&["ana"], 2, 1_500_000_000), row(&["a-long-name"], 10, 1)]).render(Format::Table);
    let lines: Vec<&str> = text.lines().skip(2).collect();
    assert!(lines[0].starts_with("CALLER       REQUESTS  ERRORS"), "{text}");
    assert!(lines[1].starts_with("ana                 2       0"), "{text}");
    assert!(lines[2].starts_with("a-long-name        10       0"), "{text}");
    assert!(lines[3].starts_with("total              12       0"), "{text}");
}

#[test]
fn what_has_no_price_has_saved_nothing() {
    let baseline = crate::document::Baseline {
        id: "frontier".into(),
        input_usd_per_mtok: UsdPerMtok::parse("5").unwrap(),
        output_usd_per_mtok: UsdPerMtok::parse("25.00").unwrap(),
    };
    let request = ask("24h", "", &["model"], &["model=x/local", "model=x/mini"]).unwrap();
    let rows = vec![row(&["x/mini"], 1, 1_000_000_000), row(&["x/local"], 3, 0)];
    let mut report = Report::new(request.clone(), rows, Some((&baseline).into()));
    report.tell_unpriced(vec![row(&["x/local"], 3, 0)]);
    let json = report.json();
    assert_eq!(json["rows"][1]["cost_usd"], serde_json::Value::Null);
    assert_eq!(json["rows"][1]["saved_usd"], serde_json::Value::Null);
    assert_eq!(json["rows"][1]["unpriced_requests"], 3);
    assert_eq!(json["total"]["unpriced_requests"], 3);
    assert_eq!(json["total"]["saved_usd"], "16.50");
    assert!(report.render(Format::Csv).contains(",–,3,"));

    let of = |models: &[&str]| request.of_models(&models.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
    assert_eq!(of(&["x/local", "y/other"]).unwrap().filters[0].values, ["x/local"]);
    assert_eq!(of(&["y/other"]), None);
}

#[test]
fn csv_is_quoted_and_runs_nothing() {
    let rows = ["=1+1", "+1", "-1", "@x", "a,b", "say \"hi\"", "two\nlines", "plain"];
    let text = report(&["caller"], rows.iter().map(|it| row(&[it], 1, 0)).collect()).render(Format::Csv);
    for cell in [
        "\"'=1+1\",",
        "\"'+1\",",
        "\"'-1\",",
        "\"'@x\",",
        "\"a,b\",",
        "\"say \"\"hi\"\"\",",
        "\"two\nlines\",",
        "plain,",
    ] {
        assert!(text.contains(&format!("\n{cell}")), "{cell}: {text}");
    }
    assert!(text.starts_with("caller,requests,errors,"));
}

#[test]
fn json_has_numbers_and_exact_money() {
    let json = report(&["caller", "status"], vec![row(&["ana", "200"], 4, 1)]).json();
    assert_eq!(json["rows"][0]["caller"], "ana");
    assert_eq!(json["rows"][0]["status"], "200");
    assert_eq!(json["rows"][0]["requests"], 4);
    assert_eq!(json["rows"][0]["cost_usd"], "0.000000001");
    let latency = json["rows"][0]["latency_p95_ms"].as_f64().unwrap();
    assert!((95.0..105.0).contains(&latency), "{latency}");
    assert_eq!(json["total"]["requests"], 4);
    assert_eq!(json["since"], "2025-12-31T00:00:00Z");
}

#[test]
fn savings_are_measured_against_a_baseline() {
    let baseline = crate::document::Baseline {
        id: "frontier".into(),
        input_usd_per_mtok: UsdPerMtok::parse("5").unwrap(),
        output_usd_per_mtok: UsdPerMtok::parse("25.00").unwrap(),
    };
    let request = ask("24h", "", &["caller"], &[]).unwrap();
    let report = Report::new(request, vec![row(&["ana"], 1, 1_000_000_000)], Some((&baseline).into()));
    assert_eq!(report.json()["rows"][0]["baseline_usd"], "17.50");
    assert_eq!(report.json()["rows"][0]["saved_usd"], "16.50");
    assert!(report.render(Format::Markdown).contains("| 17.50 | 16.50 |"));

    let mut document = crate::Document::empty();
    document.settings.baselines.push(baseline);
    let query = |name: &str| Query { baseline: Some(name.to_owned()), ..Query::default() };
    assert_eq!(query("frontier").baseline(&document).unwrap().unwrap().id, "frontier");
    assert!(query("fronteir").baseline(&document).unwrap_err().to_string().contains("did you mean `frontier`?"));
}

#[test]
fn a_value_that_no_row_can_have_is_told() {
    let asked = |filter: &str| {
        let query = Query { filters: vec![filter.to_owned()], ..Query::default() };
        Request::parse(Subject::Requests, &query, NOW).map(drop).map_err(|it| it[0].to_string())
    };
    assert_eq!(
        asked("status=abc"),
        Err("no row has `status=abc`: write an HTTP status, such as 200 or 429".to_owned())
    );
    assert!(asked("dialect=openai").is_err_and(|it| it.contains("there are") && it.contains("openai-chat")));
    for filter in ["status=499", "dialect=openai-chat", "caller=nobody"] {
        assert_eq!(asked(filter), Ok(()));
    }
}

#[test]
fn a_long_report_says_what_it_leaves_out_and_its_file_has_all() {
    let rows = || vec![row(&["ana"], 1, 30), row(&["bo"], 2, 20), row(&["cy"], 3, 10)];
    let whole = report(&["caller"], rows());
    let pieces = whole.head(Format::Csv) + &whole.lines(Format::Csv, 0..2) + &whole.lines(Format::Csv, 2..3);
    assert_eq!(pieces, whole.render(Format::Csv));
    let pieces = whole.head(Format::Ndjson) + &whole.lines(Format::Ndjson, 0..1) + &whole.lines(Format::Ndjson, 1..3);
    assert_eq!(pieces, whole.render(Format::Ndjson));
    assert_eq!(whole.json()["rows_left_out"], 0);

    let mut short = report(&["caller"], rows());
    short.shorten(2);
    let json = short.json();
    assert_eq!((json["rows"].as_array().unwrap().len(), &json["rows_left_out"]), (2, &serde_json::json!(1)));
    assert_eq!(json["total"]["requests"], 6);
    assert!(short.render(Format::Table).ends_with("\nRows left out: 1. CSV and NDJSON have all.\n"));
    assert!(!whole.render(Format::Table).contains("left out"));
}
