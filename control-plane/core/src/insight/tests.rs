#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::report::Dimension;
use crate::rollup::Measures;

/// 2026-03-30T10:20:30Z: the day after clocks in Berlin went forward.
const NOW: i64 = 1_774_866_030_000;
const HOUR: i64 = 3_600_000;

fn ask(change: impl FnOnce(&mut SeriesQuery)) -> Result<SeriesRequest, Vec<InsightError>> {
    let mut query = SeriesQuery::default();
    change(&mut query);
    SeriesRequest::parse(&query, NOW)
}

fn cell(bucket: usize, value: &str, requests: u64) -> Cell {
    let measures = Measures { requests, cost_nanousd: requests * 1_000_000_000, ..Measures::default() };
    let latency = [(crate::rollup::bucket(1000 * requests), requests)].into_iter().collect();
    Cell { bucket, values: vec![value.into()], amounts: Amounts { measures, latency, ..Amounts::default() } }
}

#[test]
fn days_are_those_of_the_time_zone_even_when_clocks_change() {
    let request = ask(|it| {
        it.since = "2026-03-27T23:00:00Z".into();
        it.until = "2026-03-30T22:00:00Z".into();
        it.timezone = "Europe/Berlin".into();
        it.bucket = "day".into();
    })
    .unwrap();
    let starts: Vec<String> = request.buckets.starts().iter().map(|it| request.zone.rfc3339(*it)).collect();
    assert_eq!(starts, ["2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"]);
    let hours: Vec<i64> = request.buckets.bounds().windows(2).map(|it| (it[1] - it[0]) / HOUR).collect();
    // The period lasts until now, and so does its last day.
    assert_eq!(hours[..2], [24, 23]);
    assert!(request.buckets.is_open());
}

#[test]
fn the_first_and_the_last_bucket_are_what_the_period_has_of_them() {
    for (bucket, timezone, expected) in [
        ("week", "UTC", "2026-02-23 2026-03-01"),
        ("month", "+05:30", "2026-02-27 2026-03-01"),
        ("hour", "Asia/Kolkata", "2026-02-27 2026-02-27"),
    ] {
        let request = ask(|it| {
            it.since = "2026-02-27".into();
            it.until = "2026-03-05".into();
            it.bucket = bucket.into();
            it.timezone = timezone.into();
        })
        .unwrap();
        assert_eq!(request.buckets.since_ms(), 1_772_150_400_000, "{expected}");
        assert_eq!(request.buckets.until_ms(), 1_772_668_800_000);
        let second = request.zone.rfc3339(request.buckets.starts()[1]);
        match bucket {
            "week" => assert_eq!(second, "2026-03-02T00:00:00+00:00"),
            "month" => assert_eq!(second, "2026-03-01T00:00:00+05:30"),
            _ => assert_eq!(second, "2026-02-27T06:00:00+05:30"),
        }
    }
}

#[test]
fn a_period_begins_with_a_minute_or_a_day_and_the_one_before_is_as_long() {
    let request = ask(|it| it.compare = true).unwrap();
    assert_eq!(request.zone.rfc3339(request.buckets.since_ms()), "2026-03-29T10:20:00+00:00");
    assert_eq!(request.zone.rfc3339(request.buckets.until_ms()), "2026-03-30T10:21:00+00:00");
    let before = request.before.unwrap();
    assert_eq!(before.count(), request.buckets.count());
    assert_eq!(before.until_ms(), request.buckets.since_ms());
    assert_eq!(request.bucket, Bucket::Hour);
    let month = TotalsRequest::parse("30d", "", &[], NOW).unwrap();
    assert_eq!(crate::moment::rfc3339(month.period.since_ms()), "2026-02-28T00:00:00Z");
    assert_eq!(month.before.until_ms(), month.period.since_ms());
    assert_eq!(month.before.since_ms(), month.period.since_ms() - (30 * 24 + 10) * HOUR);
}

#[test]
fn every_mistake_is_told_and_charts_have_limits() {
    let errors = ask(|it| {
        it.timezone = "Europe/Berlyn".into();
        it.bucket = "dya".into();
        it.metrics = vec!["spent".into()];
        it.group_by = vec!["caler,hour".into()];
        it.filters = vec!["model".into()];
        it.top = Some(0);
        it.since = "yesterday".into();
    })
    .unwrap_err();
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 8, "{told:#?}");
    assert!(told[0].contains("Europe/Berlyn") && told[2].contains("did you mean `day`?"), "{told:#?}");
    assert!(told[3].contains("there are `spend`, `requests`"), "{told:#?}");

    let minutes = ask(|it| {
        it.since = "30d".into();
        it.bucket = "minute".into();
    });
    assert!(minutes.unwrap_err()[0].to_string().starts_with("43821 minutes are too many"));
    let points = ask(|it| {
        it.since = "90d".into();
        it.bucket = "hour".into();
        it.group_by = vec!["caller".into()];
        it.top = Some(500);
    });
    assert!(points.unwrap_err()[0].to_string().contains("choose a lower `top`"));
    let dimensions = ask(|it| it.group_by = vec!["caller,user,model,group".into()]);
    assert_eq!(dimensions.unwrap_err(), [InsightError::Dimensions { most: 3 }]);
    for wrong in ["+2:00", "+15:00", "+01:07", "/etc/passwd"] {
        assert!(Zone::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_rest_is_exact_whether_it_was_found_or_taken_away() {
    let request = ask(|it| {
        it.since = "3h".into();
        it.bucket = "hour".into();
        it.group_by = vec!["caller".into()];
        it.metrics = vec!["requests,latency_p50".into()];
    })
    .unwrap();
    let all = vec![cell(0, "ana", 5), cell(1, "bo", 3), cell(1, "chi", 2), cell(2, "ana", 1)];
    let totals = vec![cell(0, "chi", 2), cell(0, "bo", 3), cell(0, "ana", 6)];
    let (top, groups) = ranking(&totals, Metric::Requests, 1);
    assert_eq!((top.as_slice(), groups), (&[vec!["ana".to_owned()]][..], 3));
    let found = SeriesLines::new(&request, &top, all.clone(), None);
    let only = all.iter().filter(|it| it.values[0] == "ana").cloned().collect::<Vec<_>>();
    let everything = all.iter().map(|it| Cell { values: Vec::new(), ..it.clone() }).collect();
    assert_eq!(SeriesLines::new(&request, &top, only, Some(everything)), found);
    let other = found.other.unwrap();
    assert_eq!(other.points.iter().map(|it| it.measures.requests).collect::<Vec<_>>(), [0, 5, 0, 0]);
    assert_eq!(other.total.latency.count(), 5);
    assert_eq!(found.total.total.measures.requests, 11);
}

#[test]
fn what_accumulates_ends_with_everything() {
    let request = ask(|it| {
        it.since = "2h".into();
        it.bucket = "hour".into();
        it.cumulative = true;
    })
    .unwrap();
    let cells = vec![cell(0, "", 5), cell(2, "", 3)];
    let line = SeriesLines::new(&request, &[vec![String::new()]], cells, None).top.remove(0);
    assert_eq!(line.points.iter().map(|it| it.measures.requests).collect::<Vec<_>>(), [5, 5, 8]);
    assert_eq!(line.total.measures.requests, 8);
}

#[test]
fn a_table_runs_nothing_and_has_the_period_before_beside_it() {
    let request = ask(|it| {
        it.since = "1h".into();
        it.bucket = "none".into();
        it.group_by = vec!["caller".into()];
        it.top = Some(1);
        it.compare = true;
    })
    .unwrap();
    let top = [vec!["=1+1".to_owned()]];
    let now = SeriesLines::new(&request, &top, vec![cell(0, "=1+1", 2), cell(0, "bo", 1)], None);
    let before = Some(SeriesLines::new(&request, &top, vec![cell(0, "=1+1", 7)], None));
    let series = Series { request, groups: 2, now, before };
    let csv = series.render(crate::report::Format::Csv);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "start,line,caller,spend,previous_spend");
    assert_eq!(lines[1], "2026-03-30T09:20:00+00:00,value,\"'=1+1\",2.00,7.00");
    assert_eq!(lines[2], "2026-03-30T09:20:00+00:00,other,,1.00,0.00");
    let json = series.json();
    assert_eq!(json["lines"][0]["values"]["caller"], "=1+1");
    assert_eq!(json["lines"][0]["points"]["spend"][0], "2.00");
    assert_eq!(json["previous"]["lines"][0]["total"]["spend"], "7.00");
    assert_eq!(json["total"]["total"]["spend"], "3.00");
}

#[test]
fn tiles_tell_how_figures_have_changed() {
    let request = TotalsRequest::parse("24h", "", &["model!=x/y".into()], NOW).unwrap();
    assert!(request.filters[0].negated && request.filters[0].dimension == Dimension::Model);
    let totals = Totals { request, now: cell(0, "", 3).amounts, before: cell(0, "", 2).amounts };
    assert_eq!(totals.change(Metric::Spend), Some(0.5));
    assert_eq!(totals.change(Metric::Errors), None);
    assert_eq!(totals.json()["metrics"]["spend"]["now"], "3.00");
    assert_eq!(totals.json()["metrics"]["first_byte_p95"]["now"], serde_json::Value::Null);
}

#[test]
fn a_week_and_a_histogram_are_folded_from_points() {
    let zone = Zone::parse("Europe/Berlin").unwrap();
    let line = SeriesLine { points: vec![cell(0, "", 1).amounts, cell(0, "", 2).amounts], ..SeriesLine::default() };
    // Monday 00:00 in Berlin is Sunday in UTC, before and after clocks went forward.
    let map = HeatMap::of(&line, &[NOW - 84 * HOUR, 1_774_821_600_000], &zone);
    assert_eq!(map.cells[0][0].measures.requests, 2);
    assert_eq!(map.cells.iter().flatten().map(|it| it.measures.requests).sum::<u64>(), 3);

    let bands = bands(&line.points, |it| &it.latency);
    assert_eq!(bands.iter().map(|it| it.counts.clone()).collect::<Vec<_>>(), [[1, 0], [0, 0], [0, 2]]);
    assert!(bands[0].from_us <= 1000 && 1000 < bands[0].to_us && bands[1].from_us == bands[0].to_us);
}

#[test]
fn sketches_lose_nothing() {
    let mut sketch = crate::rollup::Sketch::default();
    for (bucket, count) in [(40, 2), (7, 1), (90, 3), (40, 1)] {
        sketch.add(bucket, count);
    }
    let part = [(40, 1), (90, 3)].into_iter().collect();
    assert_eq!(sketch.counts().collect::<Vec<_>>(), [(7, 1), (40, 3), (90, 3)]);
    sketch.subtract(&part);
    assert_eq!(sketch, [(40, 2), (7, 1)].into_iter().collect());
    sketch.merge(&part);
    assert_eq!(sketch.count(), 7);
}
