//! What pages, reports and lists ask of a database with many requests is found by an index: no question reads the tables of requests,
//! of their attempts or of what failed from one end to the other. No clock is asked, so that nothing but a question's statement decides.

use std::sync::{Arc, Mutex};

use control_plane::{
    ingest::{Batch, Ingest},
    manage::insight,
    store::{
        Store, failure, report,
        request::{self, Effort},
        session,
    },
};
use control_plane_core::{
    insight::{SeriesQuery, SeriesRequest, TotalsRequest, Visible},
    report::{Dimension, Query, Request, Subject},
    search::{PagePlace, Search, SearchQuery},
};
use sqlx::{AssertSqlSafe, Row};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use crate::{
    database::EmptyServer,
    events::{DAY_MS, NEW_YEAR_MS, batches, events},
};

const NOW: i64 = NEW_YEAR_MS + 4 * DAY_MS;
const TABLES: [&str; 3] = ["usage_requests", "usage_attempts", "usage_errors"];

/// What lists of requests can be filtered by, each with a value.
const FILTERS: [&str; 24] = [
    "caller=ana",
    "project=search",
    "group=fast",
    "model=openai/m",
    "session=s-1",
    "request=x",
    "client_request=x",
    "token=t",
    "provider=openai",
    "client=codex",
    "status=5xx",
    "code=upstream-failed",
    "code!=ok",
    "dialect=openai-chat",
    "environment=prod",
    "region=us",
    "node=a",
    "target=openai/m",
    "ip=10.0.0.1",
    "latency>2s",
    "cost>0.01",
    "failed=yes",
    "fallback=yes",
    "stream=no",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_question_reads_a_whole_table_of_postgresql() {
    let Some(server) = EmptyServer::create().await else {
        eprintln!("skipped: SMART_ROUTER_TEST_POSTGRES_URL is not set");
        return;
    };
    fill(&server.url).await;
    // A small table is read faster whole: this leaves that to where there is no other way.
    let store = Store::connect(&server.url).await.unwrap();
    let name: String =
        sqlx::query_scalar("select cast(current_database() as text)").fetch_one(store.read()).await.unwrap();
    let off = AssertSqlSafe(format!("alter database {name} set enable_seqscan = off"));
    sqlx::query(off).execute(store.read()).await.unwrap();
    store.close().await;

    let before = whole_reads(&server.url).await;
    let store = Store::connect(&server.url).await.unwrap();
    ask_everything(&store).await;
    // What a connection has counted is told when it ends.
    store.close().await;
    assert_eq!(whole_reads(&server.url).await, before, "of {TABLES:?}");

    let store = Store::connect(&server.url).await.unwrap();
    let whole = "select cast(count(*) as bigint) from usage_requests where cache = 'x'";
    let _: i64 = sqlx::query_scalar(whole).fetch_one(store.read()).await.unwrap();
    store.close().await;
    assert!(whole_reads(&server.url).await > before, "this way of counting finds nothing");
    server.remove().await;
}

/// How often each of the tables was read whole.
async fn whole_reads(url: &str) -> Vec<i64> {
    let store = Store::connect(url).await.unwrap();
    let mut counts = Vec::new();
    for table in TABLES {
        let sql = "select cast(seq_scan as bigint) from pg_stat_user_tables where relname = $1";
        counts.push(sqlx::query_scalar(sql).bind(table).fetch_one(store.read()).await.unwrap());
    }
    store.close().await;
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_question_reads_a_whole_table_of_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("store.db").display());
    fill(&url).await;
    let store = Store::connect(&url).await.unwrap();
    let heard = Heard::default();
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(heard.clone()));
    ask_everything(&store).await;
    let mut statements = std::mem::take(&mut *heard.0.lock().unwrap());
    statements.sort();
    statements.dedup();
    let of_keys: Vec<String> = statements.iter().filter(|it| it.contains(" and key_id in (")).cloned().collect();
    assert!(of_keys.len() > 10, "only {} statements of few keys were heard", of_keys.len());
    for statement in of_keys.iter().filter(|it| it.contains("_ms as start_ms")) {
        let plan = plan(&store, statement).await;
        assert!(plan[0].contains("_key (key_id=? AND start_ms>?"), "{plan:?} of {statement}");
    }
    statements.retain(|it| it.trim_start().starts_with("select") && TABLES.iter().any(|table| it.contains(table)));
    assert!(statements.len() > 50, "only {} statements were heard", statements.len());
    for statement in &statements {
        let found = read_whole(&store, statement).await;
        assert!(found.is_empty(), "{found:?} in {statement}");
    }
    let by_rank = |it: &&String| it.contains(" as rank from usage_requests s where s.started_ms / ");
    let by_rank: Vec<&String> = statements.iter().filter(by_rank).collect();
    assert!(by_rank.len() > 10, "only {} lists by rank were heard", by_rank.len());
    for statement in by_rank {
        let (index, other) = if statement.contains("s.latency_us as rank") {
            ("usage_requests_latency", "s.cost_total_nanousd >")
        } else {
            ("usage_requests_cost", "s.latency_us >")
        };
        if statement.contains(other) {
            // Both ranks are demanded, and either index serves.
            continue;
        }
        let plan = plan(&store, statement).await;
        let (days, others): (Vec<_>, Vec<_>) =
            plan.iter().filter(|it| it.starts_with("SEARCH s ")).partition(|it| it.contains(index));
        // The first and the last day are bounded, and may be found by their time.
        let by_place = |it: &&String| it.contains("node=? AND epoch=? AND sequence=?");
        let (others, bounded): (Vec<_>, Vec<_>) = others.into_iter().partition(by_place);
        let by_time = bounded.iter().all(|it| it.contains("started_ms>? AND started_ms<?"));
        assert!(days.len() > 2 && !others.is_empty() && bounded.len() <= 2 && by_time, "{plan:?} of {statement}");
    }
    let whole = "select count(*) from usage_requests s where s.cache = 'x'";
    assert_eq!(read_whole(&store, whole).await, ["SCAN s"], "this way of looking finds nothing");
    store.close().await;
}

async fn plan(store: &Store, statement: &str) -> Vec<String> {
    let sql = AssertSqlSafe(format!("explain query plan {statement}"));
    let plan = sqlx::query(sql).fetch_all(store.read()).await.unwrap();
    plan.iter().map(|row| row.get("detail")).collect()
}

/// What a plan reads whole.
async fn read_whole(store: &Store, statement: &str) -> Vec<String> {
    let steps = plan(store, statement).await.into_iter();
    let whole = |step: &String| {
        let name = step.strip_prefix("SCAN ").filter(|rest| !rest.contains(" USING "));
        name.is_some_and(|it| ["s", "a", "e"].contains(&it) || TABLES.contains(&it))
    };
    steps.filter(whole).collect()
}

/// The statements that were run, as the driver tells them.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Heard {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut said = Said::default();
            event.record(&mut said);
            let statement = if said.whole.is_empty() { said.summary } else { said.whole };
            self.0.lock().unwrap().push(statement.trim().to_owned());
        }
    }
}

#[derive(Default)]
struct Said {
    summary: String,
    whole: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.whole),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

async fn fill(url: &str) {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let (ingest, _) = Ingest::start(store.clone(), Arc::default());
    for batch in batches(1, 7, &events(1, 1, 120)) {
        ingest.submit(Batch::new("a", batch).unwrap()).await.await.unwrap().unwrap();
    }
    ingest.close();
    store.close().await;
}

/// What pages, reports and lists ask.
async fn ask_everything(store: &Store) {
    let mine = Visible::Projects(["search".to_owned()].into());
    for visible in [Visible::All, mine] {
        ask_for_figures(store, &visible).await;
        for sort in ["newest", "cost", "latency"] {
            ask_for_requests(store, &visible, &[], sort).await;
            for filter in FILTERS {
                ask_for_requests(store, &visible, &[filter], sort).await;
            }
            ask_for_requests(store, &visible, &["caller=ana", "group=fast", "code!=ok"], sort).await;
        }
    }
}

async fn ask_for_figures(store: &Store, visible: &Visible) {
    for group_by in Dimension::OF_REQUESTS.into_iter().filter(|it| *it != Dimension::Hour) {
        for filter in ["", "caller=ana", "project=search", "model!=openai/m"] {
            let query = SeriesQuery {
                since: "4d".into(),
                bucket: "day".into(),
                group_by: vec![group_by.as_str().into()],
                filters: Vec::from_iter((!filter.is_empty()).then(|| filter.to_owned())),
                metrics: vec!["spend,latency_p95".into()],
                top: Some(1),
                compare: true,
                ..SeriesQuery::default()
            };
            insight::series(store, visible, SeriesRequest::parse(&query, NOW).unwrap()).await.unwrap();
        }
    }
    let totals = TotalsRequest::parse("26h", "", &[], NOW).unwrap();
    insight::totals(store, visible, totals).await.unwrap();
    let request = |subject, group_by: &str| {
        let query = Query { since: "4d".into(), group_by: vec![group_by.into()], ..Query::default() };
        Request::parse(subject, &query, NOW).unwrap()
    };
    for group_by in ["", "caller", "caller,model", "caller,client", "session", "hour,model"] {
        let mut tx = store.read_consistent().await.unwrap();
        report::rows(&mut tx, &request(Subject::Requests, group_by), visible).await.unwrap();
    }
    let mut tx = store.read_consistent().await.unwrap();
    report::attempts(&mut tx, &request(Subject::Attempts, "target,class"), visible).await.unwrap();
}

async fn ask_for_requests(store: &Store, visible: &Visible, filters: &[&str], sort: &str) {
    let query = SearchQuery {
        since: "4d".into(),
        filters: filters.iter().map(|it| (*it).to_owned()).collect(),
        sort: sort.into(),
        ..SearchQuery::default()
    };
    let search = Search::parse(visible.clone(), &query, NOW).unwrap();
    let mut tx = store.read_consistent().await.unwrap();
    // As few rows by rank are listed, and as many are.
    for effort in [Effort { ranked: 1, ..Effort::PAGE }, Effort::PAGE] {
        let first = request::page(&mut tx, &search, None, 2, effort).await.unwrap();
        if let Some(next) = first.next {
            let place = PagePlace::After(next);
            let second = request::page(&mut tx, &search, Some(&place), 2, effort).await.unwrap();
            if let Some(previous) = second.previous {
                request::page(&mut tx, &search, Some(&PagePlace::Before(previous)), 2, effort).await.unwrap();
            }
        }
    }
    let first = request::page(&mut tx, &search, None, 2, Effort::PAGE).await.unwrap();
    for found in first.requests {
        request::by_id(&mut tx, visible, &found.record.request_id).await.unwrap();
    }
    if sort == "newest" {
        request::counts(&mut tx, &search).await.unwrap();
        session::page(&mut tx, &search, None, 2, Effort::PAGE).await.unwrap();
        if failure::unknown(&search).is_empty() {
            failure::groups(&mut tx, &search).await.unwrap();
        }
    }
}
