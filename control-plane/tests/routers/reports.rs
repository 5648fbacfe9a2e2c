//! Reports equal the sums of the events, for any period, grouping and filter.

use std::{collections::BTreeMap, sync::Arc};

use control_plane::{
    ingest::{Batch, Ingest},
    store::report,
};
use control_plane_core::{
    report::{AttemptReport, AttemptRow, Dimension, Filter, Query, ReportRow, Request, Subject, hour},
    rollup::{Measures, bucket},
};
use proto::v1::UsageEvent;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    database::Database,
    events::{DAY_MS, HOUR_MS, NEW_YEAR_MS, batches, events},
};

on_both_engines!(
    reports_equal_the_sums_of_the_events,
    attempts_are_blamed_on_their_own_targets,
    nothing_used_is_an_empty_report
);

async fn reports_equal_the_sums_of_the_events(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let mut all = Vec::new();
    for (node, seed) in [("a", 1), ("b", 2), ("c", 3)] {
        let sent = events(seed, 1, 500);
        for batch in batches(seed, 1, &sent) {
            ingest.submit(Batch::new(node, batch).unwrap()).await.await.unwrap().unwrap();
        }
        all.extend(sent.into_iter().map(|it| (node, it)));
    }
    let mut random = StdRng::seed_from_u64(99);
    for _ in 0..150 {
        let request = request(&mut random);
        let mut tx = database.store.read_consistent().await.unwrap();
        let found = report::rows(&mut tx, &request).await.unwrap();
        assert_eq!(by_values(found), expected(&all, &request), "{request:?}");
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
        let report = AttemptReport::new(request.clone(), report::attempts(&mut tx, &request).await.unwrap());
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
    let rows = report::attempts(&mut tx, &request).await.unwrap();
    assert_eq!(rows[0].classes.keys().collect::<Vec<_>>(), ["server-error"]);
}

async fn nothing_used_is_an_empty_report(database: &Database) {
    for group_by in [vec![], vec![Dimension::Caller]] {
        let request = Request { since_ms: 5, until_ms: NEW_YEAR_MS + 5, group_by, filters: Vec::new() };
        let mut tx = database.store.read_consistent().await.unwrap();
        assert_eq!(report::rows(&mut tx, &request).await.unwrap(), []);
    }
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
            filters.push(Filter { dimension, values });
        }
    }
    Request { since_ms, until_ms, group_by, filters }
}

type Sums = (Measures, BTreeMap<u32, u64>, BTreeMap<u32, u64>);

fn by_values(rows: Vec<ReportRow>) -> BTreeMap<Vec<String>, Sums> {
    let sum = |counts: Vec<(u32, u64)>| {
        counts.into_iter().fold(BTreeMap::new(), |mut sums, (bucket, count)| {
            *sums.entry(bucket).or_default() += count;
            sums
        })
    };
    let count = rows.len();
    let sums: BTreeMap<_, _> =
        rows.into_iter().map(|row| (row.values, (row.measures, sum(row.latency), sum(row.first_byte)))).collect();
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
        if request.filters.iter().any(|filter| !filter.values.contains(&values[filter.dimension.as_str()])) {
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
