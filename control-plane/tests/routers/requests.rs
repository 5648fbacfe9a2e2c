//! Single requests are found again as they were reported, page by page.

use std::{sync::Arc, time::Duration};

use control_plane::{
    ingest::{Batch, Ingest},
    store::request::{self, Effort, RequestPage, StoredRequest},
};
use control_plane_core::{
    permission::Visible,
    search::{Cursor, Order, PagePlace, Search, SearchQuery},
};
use proto::v1::UsageEvent;

use crate::{
    database::Database,
    events::{DAY_MS, NEW_YEAR_MS, batches, events},
};

on_both_engines!(
    pages_have_every_request_once_the_newest_first,
    pages_are_read_backwards_as_they_were_forwards,
    filters_find_what_they_say,
    the_dearest_and_the_slowest_come_first,
    a_search_that_finds_little_stops_and_goes_on,
    an_id_is_found_wherever_it_stands,
    nobody_sees_other_projects,
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

fn search(visible: &Visible, filters: &[&str], sort: &str) -> Search {
    let filters = filters.iter().map(|it| (*it).to_owned()).collect();
    let query = SearchQuery { since: "5d".into(), filters, sort: sort.into(), ..SearchQuery::default() };
    Search::parse(visible.clone(), &query, NOW).unwrap()
}

async fn page(database: &Database, search: &Search, place: Option<PagePlace>, limit: u32) -> RequestPage {
    let mut tx = database.store.read_consistent().await.unwrap();
    request::page(&mut tx, search, place.as_ref(), limit, Effort::PAGE).await.unwrap()
}

/// All pages of a search, forwards.
async fn pages(database: &Database, search: &Search, limit: u32) -> Vec<StoredRequest> {
    let (mut place, mut all) = (None, Vec::new());
    loop {
        let page = page(database, search, place, limit).await;
        assert!(page.requests.len() <= limit as usize);
        all.extend(page.requests);
        let Some(next) = page.next else { return all };
        place = Some(PagePlace::After(next));
    }
}

async fn listed(database: &Database, filters: &[&str], limit: u32) -> Vec<StoredRequest> {
    pages(database, &search(&Visible::All, filters, ""), limit).await
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
    let cases: [(&[&str], Holds); 24] = [
        (&["caller=ana"], |_, it| it.caller == "ana"),
        (&["caller=ana", "caller=bo", "group=fast"], |_, it| it.caller != "chi" && it.group == "fast"),
        (&["node=b", "region=us"], |node, it| node == "b" && it.region == "us"),
        (&["status=429"], |_, it| it.status == 429),
        (&["code=upstream-failed"], |_, it| it.code == "upstream-failed"),
        (&["target=dead-1/meta/llama"], |_, it| it.attempts[0].class == "timeout"),
        (&["provider=openai", "client=codex"], |_, it| it.provider == "openai" && it.client == "codex"),
        (&["ip=10.0.0.1", "dialect=openai-chat"], |_, it| !it.client_ip.is_empty() && it.dialect == "openai-chat"),
        (&["model=' or 1=1 --"], |_, _| false),
        (&["code!=ok"], |_, it| it.code != "ok"),
        (&["failed=no"], |_, it| it.code == "ok"),
        (&["failed=yes", "caller=bo", "stream=yes"], |_, it| it.code != "ok" && it.caller == "bo" && it.stream),
        (&["code!=ok", "project=search"], |_, it| it.code != "ok" && it.project == "search"),
        (&["group!=fast", "caller!=ana", "caller!=bo"], |_, it| it.group == "smart" && it.caller == "chi"),
        (&["status=4xx", "status=502"], |_, it| it.status != 200),
        (&["status!=4xx"], |_, it| !(400..500).contains(&it.status)),
        (&["latency>2s", "latency<=4s"], |_, it| (2_000_001..=4_000_000).contains(&it.latency_us)),
        (&["first_byte<200ms"], |_, it| (1..200_000).contains(&it.first_byte_us)),
        (&["cost>=0.000005"], |_, it| it.cost.unwrap().total >= 5_000),
        (&["tokens>800"], |_, it| it.tokens.unwrap().input + it.tokens.unwrap().output > 800),
        (&["attempts=2", "fallback=yes"], |_, it| it.attempts.len() == 2 && it.fallback),
        (&["warnings=no"], |_, _| false),
        (&["unpriced=no", "estimated=no", "session=s-1"], |_, _| true),
        (&["target!=dead-1/meta/llama", "model="], |_, it| it.attempts.len() == 1 && it.model.is_empty()),
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
    let found = request::by_id(&mut tx, &Visible::All, &event.request_id).await.unwrap().unwrap();
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
    assert_eq!(request::by_id(&mut tx, &Visible::All, "req_nobody").await.unwrap(), None);
}

async fn pages_are_read_backwards_as_they_were_forwards(database: &Database) {
    sent(database).await;
    for (filters, sort) in
        [(&[][..], ""), (&["stream=yes"], ""), (&["code!=ok"], ""), (&["caller=ana", "caller=bo"], ""), (&[], "cost")]
    {
        let search = search(&Visible::All, filters, sort);
        let (mut place, mut forwards) = (None, Vec::new());
        loop {
            let page = page(database, &search, place.clone(), 13).await;
            let Some(next) = &page.next else { break };
            assert_eq!(page.previous.is_some(), place.is_some());
            place = Some(PagePlace::After(next.clone()));
            forwards.push(page);
        }
        assert!(forwards.len() > 2, "{filters:?}");
        let mut place = PagePlace::Before(request::place_of(&forwards.last().unwrap().requests[0], search.order));
        for expected in forwards.iter().rev().skip(1) {
            let found = page(database, &search, Some(place), 13).await;
            assert_eq!(found.requests, expected.requests, "{filters:?}");
            assert!(found.next.is_some());
            place = PagePlace::Before(request::place_of(&found.requests[0], search.order));
        }
        let first = page(database, &search, Some(place), 13).await;
        assert_eq!((first.requests.len(), first.previous), (0, None));
    }
}

async fn the_dearest_and_the_slowest_come_first(database: &Database) {
    let sent = sent(database).await;
    for filters in [&[][..], &["group=fast"], &["stream=no"], &["failed=yes"]] {
        for order in [Order::Cost, Order::Latency] {
            let found = pages(database, &search(&Visible::All, filters, order.as_str()), 17).await;
            let rank = |it: &StoredRequest| request::place_of(it, order).rank.unwrap();
            assert!(found.is_sorted_by_key(|it| -rank(it)), "{filters:?}");
            let newest = pages(database, &search(&Visible::All, filters, ""), 50).await;
            assert_eq!(found.len(), newest.len(), "{filters:?}");
            let mut ids: Vec<&str> = found.iter().map(|it| it.record.request_id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), found.len());
        }
    }
    let dearest = pages(database, &search(&Visible::All, &[], "cost"), 10).await;
    assert_eq!(Some(dearest[0].record.cost.total), sent.iter().map(|(_, it)| it.cost.unwrap().total).max());
}

async fn a_search_that_finds_little_stops_and_goes_on(database: &Database) {
    let sent = sent(database).await;
    for (filters, ascending) in
        [(&["latency>4900ms"][..], false), (&["warnings=no"], false), (&["latency>4900ms"], true)]
    {
        let search = search(&Visible::All, filters, "");
        // No further step after the first one.
        let effort = Effort { step: 10, rows: 0, time: Duration::ZERO, ..Effort::PAGE };
        let beginning = Cursor { rank: None, started_ms: 0, epoch: 0, sequence: 0, node: String::new() };
        let (mut stops, mut found) = (0, Vec::new());
        let mut place = ascending.then_some(PagePlace::Before(beginning));
        while stops < 100 {
            let mut tx = database.store.read_consistent().await.unwrap();
            let page = request::page(&mut tx, &search, place.as_ref(), 5, effort).await.unwrap();
            found.extend(page.requests.into_iter().map(|it| it.record.request_id));
            stops += u32::from(page.unfinished);
            place = match (ascending, page.next, page.previous) {
                (false, Some(next), _) => Some(PagePlace::After(next)),
                (true, _, Some(previous)) => Some(PagePlace::Before(previous)),
                _ => break,
            };
        }
        // A day has four moments, and a step is a whole one at least.
        assert!((4..=12).contains(&stops), "{filters:?}: {stops}");
        let mut expected: Vec<&str> = sent
            .iter()
            .filter(|(_, it)| filters[0] != "warnings=no" && it.latency_us > 4_900_000)
            .map(|(_, it)| it.request_id.as_str())
            .collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{filters:?}");
    }
}

async fn an_id_is_found_wherever_it_stands(database: &Database) {
    let sent = sent(database).await;
    let by_id = async |id: &str| {
        let query = SearchQuery { text: id.into(), ..SearchQuery::default() };
        pages(database, &Search::parse(Visible::All, &query, NOW).unwrap(), 100).await
    };
    let event = &sent[7].1;
    let found = by_id(&event.request_id).await;
    assert_eq!((found.len(), &found[0].record.request_id), (1, &event.request_id));
    assert_eq!(by_id("s-1").await.len(), sent.len(), "all have that session");
    assert_eq!(by_id("nothing").await.len(), 0);
}

async fn nobody_sees_other_projects(database: &Database) {
    let sent = sent(database).await;
    let mine = Visible::Projects(["search".to_owned()].into());
    let of = |project: &str| sent.iter().filter(|(_, it)| it.project == project).count();
    for (filters, count) in [(&[][..], of("search")), (&["project=search"], of("search")), (&["project=support"], 0)] {
        for sort in ["", "cost"] {
            assert_eq!(pages(database, &search(&mine, filters, sort), 50).await.len(), count, "{filters:?} {sort}");
        }
    }
    let none = Visible::Projects(std::collections::BTreeSet::new());
    assert_eq!(pages(database, &search(&none, &[], ""), 50).await.len(), 0);
    let other = sent.iter().find(|(_, it)| it.project == "support").unwrap();
    let mut tx = database.store.read_consistent().await.unwrap();
    assert_eq!(request::by_id(&mut tx, &mine, &other.1.request_id).await.unwrap(), None);
    assert!(request::by_id(&mut tx, &Visible::All, &other.1.request_id).await.unwrap().is_some());
}
