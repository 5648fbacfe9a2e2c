//! Reports equal the sums of the events, for any period, grouping and filter.

use std::collections::BTreeMap;

use control_plane::{
    ingest::{Batch, Ingest},
    store::report,
};
use control_plane_core::{
    report::{Dimension, Filter, ReportRow, Request},
    rollup::{Measures, bucket},
    usage::UsageRecord,
};
use proto::v1::UsageEvent;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    database::Database,
    events::{DAY_MS, HOUR_MS, NEW_YEAR_MS, batches, events},
};

on_both_engines!(reports_equal_the_sums_of_the_events, nothing_used_is_an_empty_report);

async fn reports_equal_the_sums_of_the_events(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone());
    let mut all = Vec::new();
    for (node, seed) in [("a", 1), ("b", 2), ("c", 3)] {
        let sent = events(seed, 1, 500);
        for batch in batches(seed, 1, &sent) {
            ingest.submit(Batch::new(node, batch).unwrap()).await.await.unwrap().unwrap();
        }
        all.extend(sent);
    }
    let mut random = StdRng::seed_from_u64(99);
    for _ in 0..150 {
        let request = request(&mut random);
        let mut tx = database.store.read_consistent().await.unwrap();
        let found = report::rows(&mut tx, &request).await.unwrap();
        assert_eq!(by_values(found), expected(&all, &request), "{request:?}");
    }
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
    let group_by = Dimension::ALL.choose_multiple(random, count).copied().collect();
    let mut filters = Vec::new();
    for (dimension, values) in [
        (Dimension::Caller, ["ana", "bo", "nobody"]),
        (Dimension::Status, ["200", "429", "oops"]),
        (Dimension::Group, ["fast", "fast", "' or 1=1 --"]),
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
fn expected(events: &[UsageEvent], request: &Request) -> BTreeMap<Vec<String>, Sums> {
    let mut sums: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
    for event in events.iter().filter(|event| (request.since_ms..request.until_ms).contains(&event.started_ms)) {
        let values: BTreeMap<&str, String> =
            Dimension::ALL.iter().map(|dimension| (dimension.as_str(), value(event, *dimension))).collect();
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
}

fn value(event: &UsageEvent, dimension: Dimension) -> String {
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
        Dimension::Hour => dimension
            .value(&UsageRecord { started_ms: event.started_ms - event.started_ms % HOUR_MS, ..UsageRecord::default() })
            .into_owned(),
    }
}
