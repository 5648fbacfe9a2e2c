//! Reports equal the sums of the events, for any period, grouping and filter.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use control_plane::{
    ingest::{Batch, Ingest, add_some},
    manage::insight,
    store::report,
};
use control_plane_core::{
    insight::{SeriesQuery, SeriesRequest, Visible},
    report::{AttemptReport, AttemptRow, Dimension, Filter, Query, Report, ReportRow, Request, Subject, hour},
    rollup::{Measures, Sketch, bucket},
};
use proto::v1::UsageEvent;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sqlx::AssertSqlSafe;

use crate::{
    database::Database,
    events::{DAY_MS, HOUR_MS, NEW_YEAR_MS, batches, events},
};

on_both_engines!(
    reports_equal_the_sums_of_the_events,
    charts_equal_the_sums_of_the_events,
    nobody_sees_the_usage_of_other_projects,
    what_comes_late_is_in_reports_that_were_asked_before,
    an_older_database_is_added_up_while_more_comes,
    attempts_are_blamed_on_their_own_targets,
    nothing_used_is_an_empty_report
);

async fn reports_equal_the_sums_of_the_events(database: &Database) {
    let all = ingested(database).await;
    let mut random = StdRng::seed_from_u64(99);
    for _ in 0..150 {
        let request = request(&mut random);
        let mut tx = database.store.read_consistent().await.unwrap();
        let found = report::rows(&mut tx, &request, &Visible::All).await.unwrap();
        assert_eq!(by_values(found.clone()), expected(&all, &request), "{request:?}");

        // As a file has them: what was added up first, and how long requests took of some rows after the other.
        let sums = report::sums(&mut tx, &request, &Visible::All).await.unwrap();
        let mut written = Report::new(request.clone(), sums, None).rows;
        for rows in written.chunks_mut(5) {
            report::tell_durations(&mut tx, &request, &Visible::All, rows, false).await.unwrap();
        }
        assert_eq!(written, Report::new(request.clone(), found, None).rows, "{request:?}");
    }
}

async fn charts_equal_the_sums_of_the_events(database: &Database) {
    let all = ingested(database).await;
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..60 {
        let asked = request(&mut random);
        let mut pick = |words: &[&str]| (*words.choose(&mut random).unwrap()).to_owned();
        let query = SeriesQuery {
            since: pick(&["2025-12-31", "2026-01-01T05:30:00Z", "2026-01-02"]),
            until: pick(&["2026-01-02T12:34:56Z", "2026-01-03", "2026-01-03T22:00:00Z"]),
            timezone: pick(&["", "Asia/Kolkata", "America/New_York", "+12:45"]),
            bucket: pick(&["hour", "day", "day", "week", "none"]),
            metrics: vec![pick(&["spend", "requests,latency_p95", "first_byte_p50,errors"])],
            top: Some(if round % 2 == 0 { 2 } else { 50 }),
            ..SeriesQuery::default()
        };
        let mut series = SeriesRequest::parse(&query, NEW_YEAR_MS + 30 * DAY_MS).unwrap();
        series.group_by = asked.group_by.into_iter().filter(|it| *it != Dimension::Hour).collect();
        series.filters = asked.filters;
        let group_by = series.group_by.clone();
        let found = insight::series(&database.store, &Visible::All, series).await.unwrap();
        let naive = |at: Option<usize>, group_by: &[Dimension]| {
            let bounds = found.request.buckets.bounds();
            let (since_ms, until_ms) =
                at.map_or((bounds[0], bounds[bounds.len() - 1]), |at| (bounds[at], bounds[at + 1]));
            let filters = found.request.filters.clone();
            expected(&all, &Request { since_ms, until_ms, group_by: group_by.to_vec(), filters })
        };
        let groups = naive(None, &group_by);
        assert_eq!(found.groups, if group_by.is_empty() { 1 } else { groups.len() }, "{query:?}");
        let sketches = found.request.needs_sketches();
        for at in 0..found.request.buckets.count() {
            let (of_groups, everything) = (naive(Some(at), &group_by), naive(Some(at), &[]));
            let mut rest = everything.get(&Vec::new()).map_or(0, |it| it.0.cost_nanousd);
            for line in &found.now.top {
                let expected = of_groups.get(&line.values).cloned().unwrap_or_default();
                assert_eq!(line.points[at].measures, expected.0, "{query:?}");
                if sketches {
                    assert_eq!(counts(&line.points[at].latency), expected.1);
                    assert_eq!(counts(&line.points[at].first_byte), expected.2);
                }
                rest -= expected.0.cost_nanousd;
            }
            assert_eq!(found.now.other.as_ref().map_or(0, |it| it.points[at].measures.cost_nanousd), rest);
            let all = everything.get(&Vec::new()).cloned().unwrap_or_default();
            assert_eq!(found.now.total.points[at].measures, all.0);
        }
    }
}

async fn nobody_sees_the_usage_of_other_projects(database: &Database) {
    let all = ingested(database).await;
    let mine = Visible::Projects(["search".to_owned()].into());
    let query = SeriesQuery { since: "2026-01-01".into(), until: "2026-01-04".into(), ..SeriesQuery::default() };
    for group_by in ["", "project", "caller", "group,model", "node", "session"] {
        let query = SeriesQuery { group_by: vec![group_by.into()], ..query.clone() };
        let request = SeriesRequest::parse(&query, NEW_YEAR_MS + 9 * DAY_MS).unwrap();
        let found = insight::series(&database.store, &mine, request.clone()).await.unwrap();
        let theirs = all.iter().filter(|(_, it)| it.project == "search").count() as u64;
        assert_eq!(found.now.total.total.measures.requests, theirs, "{group_by}");
        if group_by == "project" {
            assert_eq!(found.now.top.iter().map(|it| it.values[0].as_str()).collect::<Vec<_>>(), ["search"]);
        }
        let nobody = Visible::Projects([].into());
        let found = insight::series(&database.store, &nobody, request).await.unwrap();
        assert_eq!(found.now.total.total.measures, Measures::default());
    }
    let request = Request { since_ms: 0, until_ms: NEW_YEAR_MS + 9 * DAY_MS, group_by: vec![], filters: vec![] };
    let mut tx = database.store.read_consistent().await.unwrap();
    let attempts = report::attempts(&mut tx, &request, &mine).await.unwrap();
    let theirs = all.iter().filter(|(_, it)| it.project == "search").map(|(_, it)| it.attempts.len() as u64);
    assert_eq!(attempts.iter().map(AttemptRow::attempts).sum::<u64>(), theirs.sum::<u64>());
}

async fn what_comes_late_is_in_reports_that_were_asked_before(database: &Database) {
    let mut all = ingested(database).await;
    let period = Request { since_ms: 0, until_ms: NEW_YEAR_MS + 9 * DAY_MS, group_by: vec![], filters: vec![] };
    let asked = [vec![Dimension::Caller, Dimension::Model], vec![Dimension::Environment], vec![Dimension::Caller]];
    for round in 0..3 {
        for group_by in &asked {
            let request = Request { group_by: group_by.clone(), ..period.clone() };
            let mut tx = database.store.read_consistent().await.unwrap();
            let found = report::rows(&mut tx, &request, &Visible::All).await.unwrap();
            assert_eq!(by_values(found), expected(&all, &request), "{request:?} in round {round}");
        }
        let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
        let mut late = events(40 + round, 1, 25);
        for event in &mut late {
            // Of callers that were not there before, too.
            event.caller = format!("{}-{}", event.caller, event.sequence % 2 * round);
        }
        for batch in batches(40 + round, 90 + round, &late) {
            ingest.submit(Batch::new("late", batch).unwrap()).await.await.unwrap().unwrap();
        }
        all.extend(late.into_iter().map(|it| ("late", it)));
    }
}

async fn attempts_are_blamed_on_their_own_targets(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let sent = events(5, 1, 400);
    for batch in batches(5, 1, &sent) {
        ingest.submit(Batch::new("a", batch).unwrap()).await.await.unwrap().unwrap();
    }
    let (since_ms, until_ms) = (NEW_YEAR_MS + HOUR_MS / 2, NEW_YEAR_MS + 2 * DAY_MS);
    let counted = |target: &str, class: &str, region: &str| {
        let asked = sent.iter().filter(|it| (since_ms..until_ms).contains(&it.started_ms) && it.region == region);
        asked.flat_map(|it| &it.attempts).filter(|it| it.target == target && it.class == class).count() as u64
    };
    for (group_by, region, dead) in [
        ("provider", "eu", "dead-1"),
        ("target", "us", "dead-1/meta/llama"),
        ("group,target", "eu", "dead-1/meta/llama"),
    ] {
        let query = Query {
            group_by: vec![group_by.to_owned()],
            filters: vec![format!("region={region}")],
            ..Query::default()
        };
        let request = Request::parse(Subject::Attempts, &query, until_ms).unwrap();
        let request = Request { since_ms, until_ms, ..request };
        let mut tx = database.store.read_consistent().await.unwrap();
        let report =
            AttemptReport::new(request.clone(), report::attempts(&mut tx, &request, &Visible::All).await.unwrap());
        let (timeouts, ok) = (counted("dead-1/meta/llama", "timeout", region), counted("openai/m", "ok", region));
        assert!(timeouts > 10 && ok > 10);
        assert_eq!((report.total.classes["timeout"], report.total.ok()), (timeouts, ok), "{group_by}");
        let of_dead = report.rows.iter().filter(|it| it.values.last().unwrap() == dead);
        assert_eq!(of_dead.clone().map(AttemptRow::failed).sum::<u64>(), timeouts);
        for row in of_dead {
            assert_eq!((row.ok(), row.first_byte.len()), (0, 0), "nothing else is blamed on it");
            assert_eq!(row.latency.iter().map(|(_, count)| count).sum::<u64>(), row.attempts());
        }
    }
    let query = Query { filters: vec!["class=server-error".into()], ..Query::default() };
    let request =
        Request { since_ms: 0, ..Request::parse(Subject::Attempts, &query, NEW_YEAR_MS + 9 * DAY_MS).unwrap() };
    let mut tx = database.store.read_consistent().await.unwrap();
    let rows = report::attempts(&mut tx, &request, &Visible::All).await.unwrap();
    assert_eq!(rows[0].classes.keys().collect::<Vec<_>>(), ["server-error"]);
}

async fn nothing_used_is_an_empty_report(database: &Database) {
    for group_by in [vec![], vec![Dimension::Caller]] {
        let request = Request { since_ms: 5, until_ms: NEW_YEAR_MS + 5, group_by, filters: Vec::new() };
        let mut tx = database.store.read_consistent().await.unwrap();
        assert_eq!(report::rows(&mut tx, &request, &Visible::All).await.unwrap(), []);
    }
}

async fn an_older_database_is_added_up_while_more_comes(database: &Database) {
    let mut all = ingested(database).await;
    made_older(database).await;
    database.store.migrate().await.unwrap();
    let mut random = StdRng::seed_from_u64(3);
    let asked: Vec<Request> = (0..12).map(|_| request(&mut random)).collect();
    let right = async |all: &[(&'static str, UsageEvent)]| {
        for request in &asked {
            let mut tx = database.store.read_consistent().await.unwrap();
            let found = report::rows(&mut tx, request, &Visible::All).await.unwrap();
            assert_eq!(by_values(found), expected(all, request), "{request:?}");
        }
    };
    let added = "select cast(coalesce(sum(requests), 0) as bigint) from usage_rollup_daily_caller";
    assert_eq!(database.number(added).await, 0);
    right(&all).await;
    assert_eq!(add_some(&database.store).await.unwrap(), 500, "one log");
    right(&all).await;
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let sent = events(9, 501, 100);
    for batch in batches(9, 1, &sent) {
        ingest.submit(Batch::new("c", batch).unwrap()).await.await.unwrap().unwrap();
    }
    all.extend(sent.into_iter().map(|it| ("c", it)));
    right(&all).await;
    while add_some(&database.store).await.unwrap() > 0 {}
    assert_eq!(database.number(added).await, 1600);
    right(&all).await;
}

/// As the build before has left it, which had other roll-ups.
async fn made_older(database: &Database) {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let read = |name: &str| {
        let text = std::fs::read_to_string(migrations.join(name)).unwrap();
        text.lines().filter(|it| !it.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n")
    };
    let named = |sql: &str, begins: &str| {
        let statements: Vec<String> = sql.split(';').map(|it| it.trim().to_owned()).collect();
        statements.into_iter().filter(|it| it.contains(begins)).collect::<Vec<_>>()
    };
    let mut tx = database.write().await;
    let newer = ["0024_rollups.sql", "0025_rollup_days.sql"].map(|it| named(&read(it), "create table usage_rollup_"));
    for statement in newer.concat() {
        let name = statement.split("create table ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        sqlx::query(AssertSqlSafe(format!("drop table {name}"))).execute(tx.connection()).await.unwrap();
    }
    let old = read("0003_usage.sql");
    for begins in ["create table usage_rollup_", "create table usage_histogram_"] {
        for statement in named(&old, begins) {
            sqlx::query(AssertSqlSafe(statement)).execute(tx.connection()).await.unwrap();
        }
    }
    sqlx::query("delete from _sqlx_migrations where version in (24, 25)").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Events of three routers, in the tables.
async fn ingested(database: &Database) -> Vec<(&'static str, UsageEvent)> {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let mut all = Vec::new();
    for (node, seed) in [("a", 1), ("b", 2), ("c", 3)] {
        let sent = events(seed, 1, 500);
        for batch in batches(seed, 1, &sent) {
            ingest.submit(Batch::new(node, batch).unwrap()).await.await.unwrap().unwrap();
        }
        all.extend(sent.into_iter().map(|it| (node, it)));
    }
    all
}

fn request(random: &mut StdRng) -> Request {
    let mut moment = |from: i64| {
        let unit = *[1, HOUR_MS, HOUR_MS, DAY_MS].choose(random).unwrap();
        let at = NEW_YEAR_MS + from + random.random_range(0..2 * DAY_MS);
        at - at % unit
    };
    let (since_ms, until_ms) = (moment(-DAY_MS), moment(DAY_MS));
    let count = random.random_range(0..4);
    let group_by = Dimension::OF_REQUESTS.choose_multiple(random, count).copied().collect();
    let mut filters = Vec::new();
    for (dimension, values) in [
        (Dimension::Caller, ["ana", "bo", "nobody"]),
        (Dimension::Status, ["200", "429", "oops"]),
        (Dimension::Group, ["fast", "fast", "' or 1=1 --"]),
        (Dimension::Region, ["us", "moon", ""]),
        (Dimension::Node, ["b", "c", "nobody"]),
        (Dimension::User, ["ana@example.com", "bo@example.com", ""]),
    ] {
        if random.random_bool(0.2) {
            let values = values[..random.random_range(1..=3)].iter().map(|&value| value.to_owned()).collect();
            filters.push(Filter { dimension, values, negated: random.random_bool(0.3) });
        }
    }
    Request { since_ms, until_ms, group_by, filters }
}

type Sums = (Measures, BTreeMap<u32, u64>, BTreeMap<u32, u64>);

fn counts(sketch: &Sketch) -> BTreeMap<u32, u64> {
    sketch.counts().collect()
}

fn by_values(rows: Vec<ReportRow>) -> BTreeMap<Vec<String>, Sums> {
    let count = rows.len();
    let sums: BTreeMap<_, _> = rows
        .into_iter()
        .map(|row| (row.values, (row.measures, counts(&row.latency), counts(&row.first_byte))))
        .collect();
    assert_eq!(sums.len(), count, "each combination stands once");
    sums
}

/// The same, one event at a time, without a database.
fn expected(events: &[(&str, UsageEvent)], request: &Request) -> BTreeMap<Vec<String>, Sums> {
    let mut sums: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
    for (node, event) in
        events.iter().filter(|(_, event)| (request.since_ms..request.until_ms).contains(&event.started_ms))
    {
        let values: BTreeMap<&str, String> = Dimension::OF_REQUESTS
            .iter()
            .map(|dimension| (dimension.as_str(), value(node, event, *dimension)))
            .collect();
        if request.filters.iter().any(|filter| !filter.accepts(&values[filter.dimension.as_str()])) {
            continue;
        }
        let key = request.group_by.iter().map(|dimension| values[dimension.as_str()].clone()).collect();
        let (measures, latency, first_byte) = sums.entry(key).or_default();
        add(measures, event);
        *latency.entry(bucket(event.latency_us)).or_default() += 1;
        if event.first_byte_us > 0 {
            *first_byte.entry(bucket(event.first_byte_us)).or_default() += 1;
        }
    }
    sums
}

fn add(sums: &mut Measures, event: &UsageEvent) {
    let (tokens, cost) = (event.tokens.unwrap(), event.cost.unwrap());
    sums.requests += 1;
    sums.errors += u64::from(event.code != "ok");
    sums.fallbacks += u64::from(event.fallback);
    sums.input_tokens += tokens.input;
    sums.output_tokens += tokens.output;
    sums.cached_input_tokens += tokens.cached_input;
    sums.cache_write_tokens += tokens.cache_write_5m + tokens.cache_write_1h;
    sums.reasoning_tokens += tokens.reasoning;
    sums.image_tokens += tokens.image;
    sums.cost_nanousd += cost.total;
    sums.cost_input_nanousd += cost.input;
    sums.cost_cached_input_nanousd += cost.cached_input;
    sums.cost_cache_write_nanousd += cost.cache_write;
    sums.cost_output_nanousd += cost.output;
    sums.baseline_cost_nanousd += event.baseline_cost_nanousd;
    let timed = if event.stream { event.latency_us.saturating_sub(event.first_byte_us) } else { event.upstream_us };
    if event.code == "ok" && tokens.output > 0 && timed >= 10_000 {
        sums.timed_output_tokens += tokens.output;
        sums.output_us += timed;
    }
}

fn value(node: &str, event: &UsageEvent, dimension: Dimension) -> String {
    match dimension {
        Dimension::Caller => event.caller.clone(),
        Dimension::User => event.user.clone(),
        Dimension::Project => event.project.clone(),
        Dimension::Environment => event.environment.clone(),
        Dimension::Token => event.token.clone(),
        Dimension::Group => event.group.clone(),
        Dimension::Policy => event.policy.clone(),
        Dimension::Provider => event.provider.clone(),
        Dimension::Model => event.model.clone(),
        Dimension::Client => event.client.clone(),
        Dimension::Status => event.status.to_string(),
        Dimension::Dialect => event.dialect.clone(),
        Dimension::Code => event.code.clone(),
        Dimension::Region => event.region.clone(),
        Dimension::Node => node.to_owned(),
        Dimension::Ip => event.client_ip.clone(),
        Dimension::Session => event.session.clone(),
        Dimension::Hour => hour(event.started_ms - event.started_ms % HOUR_MS),
        Dimension::Target | Dimension::Class => unreachable!("those are attempts'"),
    }
}
