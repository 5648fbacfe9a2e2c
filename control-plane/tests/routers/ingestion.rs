use std::sync::Arc;

use control_plane::{
    ingest::{Batch, Ingest, IngestError},
    store::{
        node::{self, NewNode},
        token,
    },
};
use control_plane_core::token::{NewToken, RANDOM_BYTES, TokenKind, TokenRecord};
use proto::v1::{UsageAttempt, UsageBatch, UsageCandidate, UsageEvent, UsageTraceEvent};
use sqlx::Row;

use crate::{
    database::Database,
    events::{NEW_YEAR_MS, batch, batches, events, last},
};

on_both_engines!(
    every_event_is_counted_once_however_often_it_comes,
    two_streams_of_one_log_at_once_count_once,
    a_log_that_goes_on_under_another_node_is_counted_once,
    a_copied_log_that_goes_its_own_way_is_counted,
    one_log_of_several_nodes_at_once_counts_once,
    it_is_noted_when_a_token_was_last_used,
    a_flush_keeps_every_row_however_many_callers_it_names,
    logs_are_apart_and_gaps_are_refused,
    an_empty_batch_asks_how_far_the_log_is_committed,
    no_event_is_refused_by_the_database,
    all_parts_of_an_event_are_stored,
    events_that_say_more_than_is_understood_are_counted_once_and_shown_with_their_router,
);

async fn send(ingest: &Ingest, node: &str, batch: UsageBatch) -> Result<u64, IngestError> {
    ingest.submit(Batch::new(node, batch).unwrap()).await.await.unwrap()
}

/// Requests by rows, and by hourly and daily roll-ups of several cubes.
async fn counted(database: &Database) -> [i64; 5] {
    [
        database.number("select cast(count(*) as bigint) from usage_requests").await,
        database.number("select cast(coalesce(sum(requests), 0) as bigint) from usage_rollup_hourly_caller").await,
        database.number("select cast(coalesce(sum(requests), 0) as bigint) from usage_rollup_daily_caller_model").await,
        database.number("select cast(coalesce(sum(requests), 0) as bigint) from usage_rollup_hourly_service").await,
        database.number("select cast(coalesce(sum(requests), 0) as bigint) from usage_rollup_daily_client").await,
    ]
}

async fn every_event_is_counted_once_however_often_it_comes(database: &Database) {
    let (ingest, writer) = Ingest::start(database.store.clone(), Arc::default());
    let all = events(1, 1, 400);
    let mut committed = 0;
    for (round, part) in batches(2, 9, &all).into_iter().enumerate() {
        let last = last(&part);
        assert_eq!(send(&ingest, "n", part.clone()).await, Ok(last));
        assert_eq!(send(&ingest, "n", part).await, Ok(last), "again");
        if round % 3 == 0 {
            // From the start, over what is committed and a little more.
            let more = (last + 5).min(400) as usize;
            let again = batch(9, &all[..more]);
            committed = send(&ingest, "n", again).await.unwrap();
            assert_eq!(committed, more as u64);
        }
        committed = committed.max(last);
    }
    assert_eq!(committed, 400);
    assert_eq!(counted(database).await, [400; 5]);
    drop(ingest);
    writer.await.unwrap();
}

async fn events_that_say_more_than_is_understood_are_counted_once_and_shown_with_their_router(database: &Database) {
    let mut tx = database.write().await;
    for id in ["new", "old"] {
        let node = NewNode { id, name: "", region: "", build: "", digest: [0; 32], public_key: None, created_ms: 1 };
        node::insert(&mut tx, &node).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    // A number in a field of a later version: its tag is 200.
    let later = |mut sent: UsageBatch, which: &[usize]| {
        for event in which {
            sent.events[*event] = [&sent.events[*event][..], &[0xc0, 0x0c, 1]].concat().into();
        }
        sent
    };
    let first = later(batch(1, &events(1, 1, 10)), &[0, 4]);
    assert_eq!(send(&ingest, "new", first.clone()).await, Ok(10));
    assert_eq!(send(&ingest, "new", first).await, Ok(10), "again");
    assert_eq!(send(&ingest, "new", later(batch(1, &events(1, 1, 12)), &[0, 4, 11])).await, Ok(12));
    assert_eq!(send(&ingest, "new", later(batch(2, &events(1, 1, 1)), &[0])).await, Ok(1), "another log");
    assert_eq!(send(&ingest, "old", batch(1, &events(2, 1, 10))).await, Ok(10));
    let nodes = node::list(database.store.read()).await.unwrap();
    let counts: Vec<_> = nodes.iter().map(|it| (it.id.as_str(), it.newer_usage_events)).collect();
    assert_eq!(counts, [("new", 4), ("old", 0)]);
}

async fn two_streams_of_one_log_at_once_count_once(database: &Database) {
    let all = events(3, 1, 300);
    // Two writers are two replicas.
    let (one, _) = Ingest::start(database.store.clone(), Arc::default());
    let (other, _) = Ingest::start(database.store.clone(), Arc::default());
    let deliver = |ingest: Ingest, seed| {
        let batches = batches(seed, 4, &all);
        async move {
            for batch in batches {
                let last = last(&batch);
                let answer = send(&ingest, "n", batch).await;
                // The other stream may have been quicker, never slower than what this one was told.
                assert!(answer.clone().is_ok_and(|committed| committed >= last), "{answer:?}");
            }
        }
    };
    tokio::join!(deliver(one.clone(), 5), deliver(other, 6), deliver(one, 7));
    assert_eq!(counted(database).await, [300; 5]);
}

/// A router that joins again with the log that it has, whatever it remembers of what was delivered.
async fn a_log_that_goes_on_under_another_node_is_counted_once(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let all = events(13, 1, 120);
    let part = |first: usize, last: usize| batch(9, &all[first - 1..last]);
    assert_eq!(send(&ingest, "a", part(1, 50)).await, Ok(50));
    // It knows what was delivered, and has more that was not.
    assert_eq!(send(&ingest, "b", part(51, 60)).await, Ok(60));
    // It has forgotten.
    assert_eq!(send(&ingest, "c", part(1, 40)).await, Ok(40));
    assert_eq!(send(&ingest, "c", part(41, 70)).await, Ok(70));
    // It has nothing of before.
    assert_eq!(send(&ingest, "d", UsageBatch { nothing_older: true, ..part(66, 80) }).await, Ok(80));
    // A gap is one all the same.
    assert_eq!(send(&ingest, "e", part(90, 95)).await, Err(IngestError::Gap { epoch: 9, committed: 80, first: 90 }));
    // What the first one had sent comes late, and with it what nobody has.
    assert_eq!(send(&ingest, "a", part(51, 100)).await, Ok(100));
    assert_eq!(counted(database).await, [100; 5]);
    // All at once, in one transaction.
    let late =
        [ingest.submit(Batch::new("f", part(1, 120)).unwrap()), ingest.submit(Batch::new("g", part(1, 110)).unwrap())];
    for ack in late {
        assert!(ack.await.await.unwrap().is_ok_and(|committed| committed >= 110));
    }
    assert_eq!(counted(database).await, [120; 5]);
    let requests = "select cast(count(distinct request_id) as bigint) from usage_requests";
    assert_eq!(database.number(requests).await, 120);
}

async fn a_copied_log_that_goes_its_own_way_is_counted(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    assert_eq!(send(&ingest, "a", batch(9, &events(1, 1, 50))).await, Ok(50));
    // A copy of the first 20, and then requests of its own.
    let mut copy = events(1, 1, 20);
    copy.extend(events(2, 21, 60));
    assert_eq!(send(&ingest, "b", batch(9, &copy)).await, Ok(80));
    assert_eq!(send(&ingest, "b", batch(9, &copy)).await, Ok(80), "again");
    assert_eq!(counted(database).await, [110; 5]);
}

async fn one_log_of_several_nodes_at_once_counts_once(database: &Database) {
    let all = events(3, 1, 300);
    let deliver = |node: &'static str, seed| {
        // Each a replica.
        let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
        let batches = batches(seed, 4, &all);
        async move {
            for batch in batches {
                let last = last(&batch);
                assert_eq!(send(&ingest, node, batch).await, Ok(last));
            }
        }
    };
    tokio::join!(deliver("a", 5), deliver("b", 6), deliver("c", 7));
    assert_eq!(counted(database).await, [300; 5]);
}

async fn it_is_noted_when_a_token_was_last_used(database: &Database) {
    let mut tx = database.write().await;
    for id in ["used", "refused", "unused"] {
        let new = NewToken::new(TokenKind::Caller, &[7; RANDOM_BYTES]);
        let record = TokenRecord { id: id.into(), ..TokenRecord::create(&new, "ana", "", None, 1).unwrap() };
        token::insert(&mut tx, &record, 1).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let mut all = events(1, 1, 40);
    for (number, event) in all.iter_mut().enumerate() {
        event.token = if number % 2 == 0 { "used" } else { "refused" }.into();
        (event.started_ms, event.status) =
            (NEW_YEAR_MS + 60_000 * number as i64, if number % 2 == 0 { 200 } else { 401 });
    }
    for sent in batches(1, 3, &all) {
        send(&ingest, "n", sent).await.unwrap();
    }
    // An older request that comes later changes nothing.
    all[0].sequence = 41;
    send(&ingest, "n", batch(3, &all[..1])).await.unwrap();
    let last_used = async |id: &str| {
        let found = token::by_id(database.store.read(), id).await.unwrap().unwrap();
        found.last_used_ms
    };
    assert_eq!(last_used("used").await, Some(NEW_YEAR_MS + 38 * 60_000));
    assert_eq!((last_used("refused").await, last_used("unused").await), (None, None));
}

/// One batch of hundreds of callers, each in its own row of every roll-up.
async fn a_flush_keeps_every_row_however_many_callers_it_names(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let mut all = events(5, 1, 700);
    for (number, event) in all.iter_mut().enumerate() {
        event.caller = format!("caller-{number}");
    }
    assert_eq!(send(&ingest, "n", batch(1, &all)).await, Ok(700));
    assert_eq!(counted(database).await, [700; 5]);
    let callers = "select cast(count(distinct caller) as bigint) from usage_rollup_keys where caller <> ''";
    assert_eq!(database.number(callers).await, 700);
}

async fn logs_are_apart_and_gaps_are_refused(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let batch = |epoch, first, count| batch(epoch, &events(10 * epoch + first, first, count));
    assert_eq!(send(&ingest, "a", batch(1, 1, 10)).await, Ok(10));
    assert_eq!(send(&ingest, "a", batch(1, 12, 3)).await, Err(IngestError::Gap { epoch: 1, committed: 10, first: 12 }));
    assert_eq!(send(&ingest, "a", batch(2, 1, 5)).await, Ok(5));
    assert_eq!(send(&ingest, "b", batch(4, 1, 7)).await, Ok(7));
    assert_eq!(send(&ingest, "b", batch(3, 2, 1)).await, Err(IngestError::Gap { epoch: 3, committed: 0, first: 2 }));
    assert_eq!(send(&ingest, "a", batch(1, 11, 4)).await, Ok(14));
    let after_a_restore = UsageBatch { nothing_older: true, ..batch(3, 2, 1) };
    assert_eq!(send(&ingest, "b", after_a_restore).await, Ok(2));
    assert_eq!(counted(database).await, [27; 5]);
}

async fn an_empty_batch_asks_how_far_the_log_is_committed(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let ask = || send(&ingest, "n", batch(3, &[]));
    assert_eq!(ask().await, Ok(0));
    send(&ingest, "n", batch(3, &events(1, 1, 6))).await.unwrap();
    assert_eq!(ask().await, Ok(6));
}

async fn no_event_is_refused_by_the_database(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let long = "\0x\u{10ffff}'\"--".repeat(100_000);
    let worst = |sequence| UsageEvent {
        sequence,
        request_id: long.clone(),
        caller: long.clone(),
        started_ms: i64::MIN,
        config_version: u64::MAX,
        status: u32::MAX,
        code: "\0".into(),
        latency_us: u64::MAX,
        first_byte_us: u64::MAX,
        tokens: Some(proto::v1::TokenUsage {
            input: u64::MAX,
            cache_write_5m: u64::MAX,
            cache_write_1h: u64::MAX,
            ..Default::default()
        }),
        prices: Some(proto::v1::Prices { input: u64::MAX, ..Default::default() }),
        cost: Some(proto::v1::CostParts { total: u64::MAX, input: u64::MAX, ..Default::default() }),
        upstream_reported_cost_nanousd: Some(u64::MAX),
        baseline_cost_nanousd: u64::MAX,
        redactions: u32::MAX,
        warnings: vec![long.clone(); 3],
        // The router's own numbers are not trusted: these are all 0.
        attempts: vec![UsageAttempt { detail: long.clone(), started_ms: i64::MAX, ..Default::default() }; 300],
        candidates: vec![UsageCandidate { score: f64::NAN, reasons: vec![long.clone()], ..Default::default() }; 3],
        trace: vec![UsageTraceEvent { detail: long.clone(), at_us: u64::MAX, ..Default::default() }; 3],
        ..Default::default()
    };
    let sound = events(1, 3, 5);
    let mut sent = vec![worst(1), worst(2)];
    sent.extend(sound);
    assert_eq!(send(&ingest, "n", batch(i64::MAX as u64, &sent)).await, Ok(7));
    assert_eq!(counted(database).await, [7; 5]);
    let clipped = "select cast(count(*) as bigint) from usage_requests where warnings like '%usage-record-clipped%'";
    assert_eq!(database.number(clipped).await, 2);
}

async fn all_parts_of_an_event_are_stored(database: &Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let sent = events(11, 1, 300);
    let failed = sent.iter().filter(|event| event.code != "ok").count() as i64;
    let cost: u64 = sent.iter().map(|event| event.cost.unwrap().total).sum();
    send(&ingest, "n", batch(1, &sent)).await.unwrap();
    let attempts = sent.iter().map(|event| event.attempts.len() as i64).sum::<i64>();
    assert_eq!(database.number("select cast(count(*) as bigint) from usage_attempts").await, attempts);
    assert_eq!(database.number("select cast(count(*) as bigint) from usage_candidates").await, 600);
    assert_eq!(database.number("select cast(count(*) as bigint) from usage_trace_events").await, 300);
    assert_eq!(
        database.number("select cast(count(*) as bigint) from usage_errors where class = 'server-error'").await,
        failed
    );
    assert_eq!(
        database.number("select cast(sum(cost_total_nanousd) as bigint) from usage_requests").await,
        cost as i64
    );
    let unreported = sent.iter().filter(|event| event.upstream_reported_cost_nanousd.is_none()).count() as i64;
    assert_eq!(
        database
            .number("select cast(count(*) as bigint) from usage_requests where upstream_reported_cost_nanousd is null")
            .await,
        unreported
    );
    // Every column of one row holds what was sent under its name.
    let row =
        sqlx::query("select * from usage_requests where sequence = 17").fetch_one(database.store.read()).await.unwrap();
    let event = &sent[16];
    let text = |column: &str| row.get::<String, _>(column);
    let number = |column: &str| row.get::<i64, _>(column);
    assert_eq!(
        [text("request_id"), text("caller"), text("user_name"), text("project"), text("environment"), text("token")],
        [&event.request_id, &event.caller, &event.user, &event.project, &event.environment, &event.token]
            .map(String::clone)
    );
    assert_eq!(
        [text("client"), text("dialect"), text("group_name"), text("provider"), text("model"), text("code")],
        [&event.client, &event.dialect, &event.group, &event.provider, &event.model, &event.code].map(String::clone)
    );
    let (tokens, cost) = (event.tokens.unwrap(), event.cost.unwrap());
    assert_eq!(
        [
            "input_tokens",
            "output_tokens",
            "cached_input_tokens",
            "cache_write_5m_tokens",
            "cache_write_1h_tokens",
            "reasoning_tokens",
            "image_tokens",
            "cost_input_nanousd",
            "cost_cached_input_nanousd",
            "cost_cache_write_nanousd",
            "cost_output_nanousd",
            "cost_total_nanousd",
            "price_input_nanousd",
            "price_output_nanousd",
            "baseline_cost_nanousd",
            "latency_us",
            "first_byte_us",
            "upstream_us",
            "overhead_us"
        ]
        .map(number),
        [
            tokens.input,
            tokens.output,
            tokens.cached_input,
            tokens.cache_write_5m,
            tokens.cache_write_1h,
            tokens.reasoning,
            tokens.image,
            cost.input,
            cost.cached_input,
            cost.cache_write,
            cost.output,
            cost.total,
            3_000_000,
            15_000_000,
            event.baseline_cost_nanousd,
            event.latency_us,
            event.first_byte_us,
            event.upstream_us,
            90
        ]
        .map(|value| value as i64)
    );
    assert_eq!(
        (number("started_ms"), number("stream"), text("warnings")),
        (event.started_ms, i64::from(event.stream), "carried".into())
    );
}
