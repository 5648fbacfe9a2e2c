#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::moment_ms;
use crate::parse::parse;

fn ms(text: &str) -> i64 {
    moment_ms(text, 0).unwrap()
}

fn cadence(every: Every, at: &str, zone: &str) -> Cadence {
    let it = ReportSchedule { every, at: at.to_owned(), timezone: zone.to_owned(), ..ReportSchedule::default() };
    it.cadence().unwrap()
}

#[test]
fn a_period_is_told_on_the_day_after_it() {
    for (every, now, since, until, due, next) in [
        (
            Every::Day,
            "2026-03-10T06:59:00Z",
            "2026-03-08T00:00:00+01:00",
            "2026-03-09T00:00:00+01:00",
            "2026-03-09T08:00:00+01:00",
            "2026-03-10T08:00:00+01:00",
        ),
        (
            Every::Day,
            "2026-03-10T07:00:00Z",
            "2026-03-09T00:00:00+01:00",
            "2026-03-10T00:00:00+01:00",
            "2026-03-10T08:00:00+01:00",
            "2026-03-11T08:00:00+01:00",
        ),
        // The day on which clocks go forward has 23 hours, the one on which they go back 25.
        (
            Every::Day,
            "2026-03-30T12:00:00Z",
            "2026-03-29T00:00:00+01:00",
            "2026-03-30T00:00:00+02:00",
            "2026-03-30T08:00:00+02:00",
            "2026-03-31T08:00:00+02:00",
        ),
        (
            Every::Week,
            "2026-10-26T07:00:00Z",
            "2026-10-19T00:00:00+02:00",
            "2026-10-26T00:00:00+01:00",
            "2026-10-26T08:00:00+01:00",
            "2026-11-02T08:00:00+01:00",
        ),
        (
            Every::Week,
            "2026-10-25T12:00:00Z",
            "2026-10-12T00:00:00+02:00",
            "2026-10-19T00:00:00+02:00",
            "2026-10-19T08:00:00+02:00",
            "2026-10-26T08:00:00+01:00",
        ),
        (
            Every::Month,
            "2026-03-31T12:00:00Z",
            "2026-02-01T00:00:00+01:00",
            "2026-03-01T00:00:00+01:00",
            "2026-03-01T08:00:00+01:00",
            "2026-04-01T08:00:00+02:00",
        ),
        (
            Every::Month,
            "2026-01-01T06:00:00Z",
            "2025-11-01T00:00:00+01:00",
            "2025-12-01T00:00:00+01:00",
            "2025-12-01T08:00:00+01:00",
            "2026-01-01T08:00:00+01:00",
        ),
    ] {
        let it = cadence(every, "08:00", "Europe/Berlin");
        let period = ReportPeriod { since_ms: ms(since), until_ms: ms(until), due_ms: ms(due) };
        assert_eq!((it.latest(ms(now)), it.next_ms(ms(now))), (period, ms(next)), "{every:?} {now}");
    }
}

#[test]
fn a_time_that_clocks_skip_is_the_next_one() {
    let it = cadence(Every::Day, "02:30", "Europe/Berlin");
    assert_eq!(it.next_ms(ms("2026-03-28T12:00:00Z")), ms("2026-03-29T03:30:00+02:00"));
}

#[test]
fn what_was_missed_is_counted() {
    let it = cadence(Every::Day, "08:00", "UTC");
    for (from, before, times) in [
        ("2026-03-10T08:00:00Z", "2026-03-10T08:00:00Z", 0),
        ("2026-03-10T08:00:00Z", "2026-03-10T08:00:01Z", 1),
        ("2026-03-10T08:00:00Z", "2026-03-14T08:00:00Z", 4),
        ("2020-01-01", "2026-03-14T08:00:00Z", 366),
    ] {
        assert_eq!(it.times(ms(from), ms(before)), times, "{from} {before}");
    }
}

#[test]
fn each_mistake_is_told_by_its_field() {
    let text =
        "version: 1\nsettings: {webhooks: [{id: finance, url: \"https://hooks.example\"}]}\nprojects: {search: {}}\n";
    let document = parse(text, &|_| None).unwrap().document;
    let good = ReportSchedule {
        name: "Spend".to_owned(),
        webhook: "finance".to_owned(),
        project: Some("search".to_owned()),
        group_by: vec!["model".to_owned()],
        filter: vec!["caller=ana".to_owned()],
        at: "08:00".to_owned(),
        ..ReportSchedule::default()
    };
    let now = ms("2026-03-10T07:00:00Z");
    assert_eq!(good.check(&document, now), []);
    let fields = |change: fn(&mut ReportSchedule)| -> Vec<&str> {
        let mut bad = good.clone();
        change(&mut bad);
        bad.check(&document, now).into_iter().map(|it| it.field).collect()
    };
    assert_eq!(fields(|it| it.name = " ".to_owned()), ["name"]);
    assert_eq!(fields(|it| it.name = "a\nb".to_owned()), ["name"]);
    assert_eq!(fields(|it| it.webhook = "finanse".to_owned()), ["webhook"]);
    assert_eq!(fields(|it| it.project = Some("other".to_owned())), ["project"]);
    for at in ["8:00", "24:00", "08:60", "+8:00", "", "08:00:00"] {
        let bad = ReportSchedule { at: at.to_owned(), ..good.clone() };
        assert_eq!(bad.check(&document, now).iter().map(|it| it.field).collect::<Vec<_>>(), ["at"], "{at}");
    }
    assert_eq!(fields(|it| it.timezone = "Mars/Olympus".to_owned()), ["timezone"]);
    assert_eq!(fields(|it| it.baseline = Some("none".to_owned())), ["baseline"]);
    assert_eq!(fields(|it| it.group_by.push("colour".to_owned())), ["group_by"]);
    assert_eq!(fields(|it| it.filter.push("colour=red".to_owned())), ["filter"]);
    assert_eq!(fields(|it| it.filter.push("hour=1".to_owned())), ["filter"]);
    // A month is looked up in single requests, too.
    assert_eq!(fields(|it| (it.every, it.group_by) = (Every::Month, vec!["session".to_owned()])), [""; 0]);
}
