//! Single requests are found again as they were reported, page by page.

use std::sync::Arc;

use control_plane::{
    ingest::{Batch, Ingest},
    store::request,
};
use control_plane_core::report::{Cursor, Query, RowsRequest};
use proto::v1::UsageEvent;

use crate::{
    database::Database,
    events::{DAY_MS, NEW_YEAR_MS, batches, events},
};

on_both_engines!(
    pages_have_every_request_once_the_newest_first,
    filters_find_what_they_say,
    a_request_is_shown_with_all_its_parts
);

const NOW: i64 = NEW_YEAR_MS + 4 * DAY_MS;

async fn sent(database: &Database) -> Vec<(&'static str, UsageEvent)> {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let mut all = Vec::new();
    for (node, seed) in [("a", 1), ("b", 2)] {
        let mut sent = events(seed, 1, 120);
        for event in &mut sent {
            // Many at the same moment: pages must not lose any of them.
            event.started_ms -= event.started_ms % (DAY_MS / 4);
        }
        for batch in batches(seed, 7, &sent) {
            ingest.submit(Batch::new(node, batch).unwrap()).await.await.unwrap().unwrap();
        }
        all.extend(sent.into_iter().map(|it| (node, it)));
    }
    all
}

async fn listed(database: &Database, filters: &[&str], limit: u32) -> Vec<request::StoredRequest> {
    let query =
        Query { since: "5d".into(), filters: filters.iter().map(|it| (*it).to_owned()).collect(), ..Query::default() };
    let (mut after, mut all): (Option<Cursor>, _) = (None, Vec::new());
    loop {
        let asked = RowsRequest::parse(&query, after, limit, NOW).unwrap();
        let mut tx = database.store.read_consistent().await.unwrap();
        let page = request::list(&mut tx, &asked).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = Some(Cursor {
            started_ms: last.record.started_ms,
            node: last.node.clone(),
            epoch: last.epoch,
            sequence: last.record.sequence,
        });
        all.extend(page);
    }
}

async fn pages_have_every_request_once_the_newest_first(database: &Database) {
    let sent = sent(database).await;
    for limit in [7, 1000] {
        let listed = listed(database, &[], limit).await;
        assert!(listed.is_sorted_by_key(|it| -it.record.started_ms));
        let mut found: Vec<&str> = listed.iter().map(|it| it.record.request_id.as_str()).collect();
        let mut expected: Vec<&str> = sent.iter().map(|(_, it)| it.request_id.as_str()).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{limit} a page");
    }
}

/// Whether a router's event is meant.
type Holds = fn(&str, &UsageEvent) -> bool;

async fn filters_find_what_they_say(database: &Database) {
    let sent = sent(database).await;
    let cases: [(&[&str], Holds); 9] = [
        (&["caller=ana"], |_, it| it.caller == "ana"),
        (&["caller=ana", "caller=bo", "group=fast"], |_, it| it.caller != "chi" && it.group == "fast"),
        (&["node=b", "region=us"], |node, it| node == "b" && it.region == "us"),
        (&["status=429"], |_, it| it.status == 429),
        (&["code=upstream-failed"], |_, it| it.code == "upstream-failed"),
        (&["target=dead-1/meta/llama"], |_, it| it.attempts[0].class == "timeout"),
        (&["provider=openai", "client=codex"], |_, it| it.provider == "openai" && it.client == "codex"),
        (&["ip=10.0.0.1", "dialect=openai-chat"], |_, it| !it.client_ip.is_empty() && it.dialect == "openai-chat"),
        (&["model=' or 1=1 --"], |_, _| false),
    ];
    for (filters, holds) in cases {
        let found = listed(database, filters, 50).await;
        let expected = sent.iter().filter(|(node, it)| holds(node, it)).count();
        assert_eq!(found.len(), expected, "{filters:?}");
        assert!(found.iter().all(|it| sent.iter().any(|(node, sent)| *node == it.node && holds(node, sent))));
    }
}

async fn a_request_is_shown_with_all_its_parts(database: &Database) {
    let sent = sent(database).await;
    let (node, event) = sent.iter().find(|(_, it)| it.attempts.len() == 2 && it.code != "ok").unwrap();
    let mut tx = database.store.read_consistent().await.unwrap();
    let found = request::by_id(&mut tx, &event.request_id).await.unwrap().unwrap();
    let record = &found.record;
    assert_eq!((found.node.as_str(), found.epoch, record.sequence), (*node, 7, event.sequence));
    assert_eq!(
        (record.caller.as_str(), record.started_ms, record.status),
        (event.caller.as_str(), event.started_ms, event.status)
    );
    assert_eq!((record.tokens.input, record.cost.total), (event.tokens.unwrap().input, event.cost.unwrap().total));
    assert_eq!(record.upstream_reported_cost_nanousd, event.upstream_reported_cost_nanousd);
    assert_eq!(record.warnings, event.warnings);
    let attempts: Vec<(&str, &str)> =
        record.attempts.iter().map(|it| (it.target.as_str(), it.class.as_str())).collect();
    assert_eq!(attempts, [("dead-1/meta/llama", "timeout"), ("openai/m", "server-error")]);
    assert_eq!((record.candidates.len(), record.candidates[0].rank, record.candidates[0].score), (2, 1, 0.5));
    assert_eq!(record.candidates[1].reasons, ["dialect", "tools"]);
    assert_eq!((record.trace[0].stage.as_str(), record.trace[0].at_us), ("plan", 12));
    assert_eq!(request::by_id(&mut tx, "req_nobody").await.unwrap(), None);
}
