//! Requests counted by value, failures in groups, and sessions: each is what the events say.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use control_plane::{
    ingest::{Batch, Ingest},
    store::{
        failure,
        request::{self, Effort},
        session,
    },
};
use control_plane_core::{
    permission::Visible,
    search::{PagePlace, Search, SearchQuery, TextField},
};
use proto::v1::UsageEvent;

use crate::{
    database::Database,
    events::{DAY_MS, NEW_YEAR_MS, batches, events},
};

on_both_engines!(
    counts_are_those_of_the_rows_and_leave_out_a_fields_own_filter,
    failures_are_grouped_with_their_trend_and_samples,
    sessions_come_by_their_last_request_and_add_up,
);

const NOW: i64 = NEW_YEAR_MS + 4 * DAY_MS;

async fn sent(database: &Database) -> Vec<UsageEvent> {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let mut all = Vec::new();
    for (node, seed) in [("a", 1), ("b", 2)] {
        let mut sent = events(seed, 1, 150);
        for event in &mut sent {
            event.session = if event.sequence % 3 == 0 { String::new() } else { format!("s-{}", event.sequence % 17) };
        }
        for batch in batches(seed, 7, &sent) {
            ingest.submit(Batch::new(node, batch).unwrap()).await.await.unwrap().unwrap();
        }
        all.extend(sent);
    }
    all
}

fn search(visible: Visible, filters: &[&str]) -> Search {
    let filters = filters.iter().map(|it| (*it).to_owned()).collect();
    Search::parse(visible, &SearchQuery { since: "5d".into(), filters, ..SearchQuery::default() }, NOW).unwrap()
}

fn mine() -> Visible {
    Visible::Projects(["search".to_owned()].into())
}

async fn counts_are_those_of_the_rows_and_leave_out_a_fields_own_filter(database: &Database) {
    let sent = sent(database).await;
    let mut tx = database.store.read_consistent().await.unwrap();
    let counts = request::counts(&mut tx, &search(mine(), &["caller=ana", "status=4xx"])).await.unwrap();
    let of = |field: TextField| -> BTreeMap<String, u64> {
        counts.fields.iter().find(|it| it.0 == field).unwrap().1.iter().cloned().collect()
    };
    let expected = |value: fn(&UsageEvent) -> String, own: &str| {
        let mut counted = BTreeMap::new();
        for it in &sent {
            let status = own == "status" || (400..500).contains(&it.status);
            if it.project == "search" && (own == "caller" || it.caller == "ana") && status {
                *counted.entry(value(it)).or_default() += 1;
            }
        }
        counted
    };
    assert_eq!(of(TextField::Caller), expected(|it| it.caller.clone(), "caller"));
    assert_eq!(of(TextField::Status), expected(|it| it.status.to_string(), "status"));
    assert_eq!(of(TextField::Group), expected(|it| it.group.clone(), ""));
    assert_eq!(of(TextField::Provider), expected(|it| it.provider.clone(), ""));
    assert_eq!(of(TextField::Project).keys().collect::<Vec<_>>(), ["search"], "others are not told");
    assert!(counts.whole);
    assert_eq!(counts.matching, of(TextField::Group).values().sum::<u64>());
}

async fn failures_are_grouped_with_their_trend_and_samples(database: &Database) {
    let sent = sent(database).await;
    let mut tx = database.store.read_consistent().await.unwrap();
    for (visible, filters, holds) in [
        (Visible::All, &[][..], (|_| true) as fn(&UsageEvent) -> bool),
        (Visible::All, &["group=fast", "status!=499"], |it| it.group == "fast" && it.status != 499),
        (mine(), &["code!=ok", "caller=bo"], |it| it.project == "search" && it.caller == "bo"),
    ] {
        let search = search(visible, filters);
        assert_eq!(failure::unknown(&search), Vec::<&str>::new());
        let found = failure::groups(&mut tx, &search).await.unwrap();
        let mut expected: BTreeMap<(String, String), Vec<&UsageEvent>> = BTreeMap::new();
        for it in sent.iter().filter(|it| it.code != "ok" && holds(it)) {
            expected.entry((it.code.clone(), it.group.clone())).or_default().push(it);
        }
        assert!(found.whole && found.groups.is_sorted_by_key(|it| std::cmp::Reverse(it.failures)));
        assert_eq!(found.groups.len(), expected.len(), "{filters:?}");
        for group in &found.groups {
            let events = &expected[&(group.code.clone(), group.group.clone())];
            assert_eq!((group.failures, group.class.as_str()), (events.len() as u64, "server-error"));
            assert_eq!(group.target, "openai/m");
            let callers: BTreeSet<&str> = events.iter().map(|it| it.caller.as_str()).collect();
            assert_eq!(group.callers, callers.len() as u64);
            let times = || events.iter().map(|it| it.started_ms);
            assert_eq!((Some(group.first_ms), Some(group.last_ms)), (times().min(), times().max()));
            let mut trend = vec![0; 24];
            times().for_each(|at| trend[((at - found.since_ms) / found.bucket_ms) as usize] += 1);
            assert_eq!(group.trend, trend);
            let newest = events.iter().max_by_key(|it| it.started_ms).unwrap();
            assert_eq!(group.request_ids[0], newest.request_id);
            assert_eq!(group.request_ids.len(), events.len().min(3));
        }
    }
    assert_eq!(failure::unknown(&search(Visible::All, &["latency>1s", "client=codex"])), ["latency", "client"]);
}

async fn sessions_come_by_their_last_request_and_add_up(database: &Database) {
    let sent = sent(database).await;
    for visible in [Visible::All, mine()] {
        let seen = |it: &&UsageEvent| visible == Visible::All || it.project == "search";
        let mut expected: BTreeMap<&str, Vec<&UsageEvent>> = BTreeMap::new();
        for it in sent.iter().filter(seen).filter(|it| !it.session.is_empty()) {
            expected.entry(&it.session).or_default().push(it);
        }
        let search = search(visible.clone(), &[]);
        let (mut place, mut found) = (None, Vec::new());
        loop {
            let mut tx = database.store.read_consistent().await.unwrap();
            let page = session::page(&mut tx, &search, place.as_ref(), 5, Effort::PAGE).await.unwrap();
            found.extend(page.sessions);
            let Some(next) = page.page.next else { break };
            place = Some(PagePlace::After(next));
        }
        assert_eq!(found.len(), expected.len());
        assert!(found.is_sorted_by_key(|it| -it.last.record.started_ms));
        for it in &found {
            let events = &expected[it.last.record.session.as_str()];
            assert_eq!(it.requests, events.len() as u64);
            assert_eq!(Some(it.last.record.started_ms), events.iter().map(|it| it.started_ms).max());
            assert_eq!(Some(it.first_ms), events.iter().map(|it| it.started_ms).min());
            assert_eq!(it.cost_nanousd, events.iter().map(|it| it.cost.unwrap().total).sum::<u64>());
            assert_eq!(it.input_tokens, events.iter().map(|it| it.tokens.unwrap().input).sum::<u64>());
            assert_eq!(it.errors, events.iter().filter(|it| it.code != "ok").count() as u64);
            assert_eq!(it.callers, events.iter().map(|it| &it.caller).collect::<BTreeSet<_>>().len() as u64);
            assert_eq!(it.models.iter().map(|it| it.1).sum::<u64>(), it.requests);
        }
    }
}
