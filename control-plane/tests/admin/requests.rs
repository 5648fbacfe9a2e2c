//! Single requests and what is counted of them, over HTTP.

use std::{sync::Arc, time::Duration};

use control_plane::ingest::{Batch, Ingest};
use prost::Message;
use proto::v1::{CostParts, TokenUsage, UsageAttempt, UsageBatch, UsageEvent, UsageTraceEvent};
use serde_json::json;
use tokio::time::timeout;

use crate::plane::Plane;

/// 2026-01-01T00:00:00Z, and a period that has it.
const NEW_YEAR_MS: i64 = 1_767_225_600_000;
const PERIOD: &str = "since=2026-01-01&until=2026-01-02";

/// As a router delivers them: the first target is dead, the second one serves.
async fn report(plane: &Plane, count: u64) {
    report_from(plane, 1, count).await;
}

async fn report_from(plane: &Plane, first: u64, last: u64) {
    let attempt = |target: &str, class: &str| UsageAttempt {
        target: target.into(),
        class: class.into(),
        latency_us: 7_000,
        ..UsageAttempt::default()
    };
    let events = (first..=last).map(|sequence| UsageEvent {
        sequence,
        request_id: format!("req_{sequence:032x}"),
        started_ms: NEW_YEAR_MS,
        caller: "ana".into(),
        group: "fast".into(),
        provider: "openai".into(),
        model: "openai/mini".into(),
        status: 200,
        code: "ok".into(),
        fallback: true,
        latency_us: 2_500_000,
        upstream_us: 2_000_000,
        first_byte_us: 2_400_000,
        tokens: Some(TokenUsage { input: 40, output: 100, ..TokenUsage::default() }),
        cost: Some(CostParts { total: 1_500_000, ..CostParts::default() }),
        attempts: vec![attempt("dead/mini", "timeout"), attempt("openai/mini", "ok")],
        trace: vec![UsageTraceEvent { at_us: 9, stage: "fallback".into(), detail: "dead/mini".into() }],
        ..UsageEvent::default()
    });
    let events = events.map(|it| it.encode_to_vec().into()).collect();
    let (ingest, _) = Ingest::start(plane.running.control().store.clone(), Arc::default());
    let batch = Batch::new("node-1", UsageBatch { epoch: 1, events, nothing_older: first == 1 }).unwrap();
    ingest.submit(batch).await.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_request_is_found_by_the_id_that_its_caller_was_told() {
    let plane = Plane::configured().await;
    report(&plane, 3).await;
    let viewer = plane.admin_of("viewer").await;
    let path = "/api/v1/requests/req_00000000000000000000000000000002";
    let shown = plane.send("GET", path, Some(&viewer), None).await.json();
    assert_eq!(shown["request"]["caller"], "ana");
    assert_eq!((&shown["request"]["latency_ms"], &shown["request"]["cost_usd"]), (&json!(2500.0), &json!("0.0015")));
    assert_eq!(shown["request"]["output_tokens_per_second"], 50.0);
    assert_eq!(
        (&shown["attempts"][0]["target"], &shown["attempts"][0]["class"]),
        (&json!("dead/mini"), &json!("timeout"))
    );
    assert_eq!((&shown["trace"][0]["stage"], shown.get("error")), (&json!("fallback"), None));
    let missing = plane.get("/api/v1/requests/req_unknown").await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "not-found"));
}

#[tokio::test]
async fn pages_follow_each_other() {
    let plane = Plane::configured().await;
    report(&plane, 5).await;
    let first = plane.get(&format!("/api/v1/requests?{PERIOD}&limit=2&filter=target=dead/mini")).await.json();
    assert_eq!(first["requests"].as_array().unwrap().len(), 2);
    let next = first["next"].as_str().unwrap();
    let second =
        plane.get(&format!("/api/v1/requests?{PERIOD}&limit=2&filter=target=dead/mini&after={next}")).await.json();
    let third = plane
        .get(&format!("/api/v1/requests?{PERIOD}&limit=2&after={}", second["next"].as_str().unwrap()))
        .await
        .json();
    assert_eq!((third["requests"].as_array().unwrap().len(), third.get("next")), (1, None));
    let back = second["previous"].as_str().unwrap();
    let back =
        plane.get(&format!("/api/v1/requests?{PERIOD}&limit=2&filter=target=dead/mini&before={back}")).await.json();
    assert_eq!((&back["requests"], &back["unfinished"]), (&first["requests"], &json!(false)));
    assert!(back.get("previous").is_none() && back["next"].is_string(), "{back}");
    let by_id = plane.get("/api/v1/requests?q=req_00000000000000000000000000000002").await.json();
    assert_eq!(by_id["requests"].as_array().unwrap().len(), 1, "an id is looked for in all times");
    let dearest = plane.get(&format!("/api/v1/requests?{PERIOD}&limit=2&sort=cost&filter=latency%3E2s")).await.json();
    let next = dearest["next"].as_str().unwrap();
    let rest = plane.get(&format!("/api/v1/requests?{PERIOD}&sort=cost&after={next}")).await.json();
    assert_eq!(rest["requests"].as_array().unwrap().len(), 3);
    assert_eq!(plane.get(&format!("/api/v1/requests?{PERIOD}&after={next}")).await.status, 400, "another order");
    assert!(
        plane.get(&format!("/api/v1/requests?{PERIOD}&filter=code=upstream-failed")).await.json()["requests"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    for path in ["/api/v1/requests", "/api/v1/audit", "/api/v1/config/versions"] {
        assert_eq!(plane.get(&format!("{path}?limit=1000")).await.status, 200);
        for wrong in ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=1&limit=5"] {
            let answer = plane.get(&format!("{path}?{wrong}")).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid-request"), "{path}?{wrong}");
        }
    }
    for path in ["/api/v1/reports/usage", "/api/v1/reports/attempts"] {
        assert_eq!(plane.get(&format!("{path}?since=1h&since=2h")).await.status, 400, "{path}");
    }
    for wrong in [
        "limit=0",
        "limit=x",
        "after=x",
        "filter=cod=1",
        "filter=hour=1",
        "since=soon",
        "order=asc",
        "sort=best",
        "after=1.1.1.n&before=1.1.1.n",
        "filter=latency%3Esoon",
    ] {
        assert_eq!(plane.get(&format!("/api/v1/requests?{wrong}")).await.code(), "invalid-request", "{wrong}");
    }
}

#[tokio::test]
async fn reports_blame_the_dead_first_target_and_know_codes_and_nodes() {
    let plane = Plane::configured().await;
    report(&plane, 4).await;
    let attempts = plane.get(&format!("/api/v1/reports/attempts?group_by=provider,target&{PERIOD}")).await.json();
    assert_eq!((&attempts["rows"][0]["target"], &attempts["rows"][0]["failed"]), (&json!("dead/mini"), &json!(4)));
    assert_eq!(attempts["rows"][0]["classes"], json!({"timeout": 4}));
    assert_eq!((&attempts["rows"][1]["provider"], &attempts["rows"][1]["ok"]), (&json!("openai"), &json!(4)));
    let usage = plane.get(&format!("/api/v1/reports/usage?group_by=node,code,region,ip&{PERIOD}")).await.json();
    assert_eq!((&usage["rows"][0]["node"], &usage["rows"][0]["code"]), (&json!("node-1"), &json!("ok")));
    assert_eq!(usage["rows"][0]["output_tokens_per_second"], 50.0);
    for wrong in
        ["usage?group_by=session&since=60d", "attempts?since=60d", "attempts?baseline=x", "usage?group_by=class"]
    {
        assert_eq!(plane.get(&format!("/api/v1/reports/{wrong}")).await.code(), "invalid-request", "{wrong}");
    }
}

#[tokio::test]
async fn a_callers_token_with_the_scope_reads_metrics_and_nothing_else() {
    let plane = Plane::configured().await;
    let document = crate::plane::DOCUMENT.replace("{id: ben, allow: [fast]}", "{id: ben, scopes: [metrics]}");
    assert_eq!(plane.apply(&document).await.status, 200);
    let token = async |caller| plane.token_of(caller).await;
    let (ben, ana) = (token("ben").await, token("ana").await);
    let get = async |path, token: &serde_json::Value| plane.send("GET", path, token["token"].as_str(), None).await;
    let text = get("/metrics", &ben).await;
    assert_eq!(text.status, 200, "{}", text.text);
    assert!(text.text.contains("process_resident_memory_bytes "), "{}", text.text);
    assert_eq!(
        (get("/metrics", &ana).await.status, get("/metrics", &ana).await.code().as_str()),
        (403, "metrics-forbidden")
    );
    assert_eq!(get("/api/v1/tokens", &ben).await.status, 401);
    assert_eq!(plane.send("GET", "/metrics", None, None).await.status, 401);
    let id = ben["id"].as_str().unwrap();
    assert_eq!(plane.post(&format!("/api/v1/tokens/{id}/revoke"), json!({})).await.status, 200);
    assert_eq!(get("/metrics", &ben).await.status, 401, "a revoked token opens nothing");
}

#[tokio::test]
async fn metrics_tell_of_an_outage_of_the_database_while_it_lasts() {
    let plane = Plane::configured().await;
    let document = crate::plane::DOCUMENT.replace("{id: ben, allow: [fast]}", "{id: ben, scopes: [metrics]}");
    plane.apply(&document).await;
    let (known, unknown) = (plane.token_of("ben").await, plane.token_of("ben").await);
    let scrape = async |token: Option<&str>| plane.send("GET", "/metrics", token, None).await;
    let answer = scrape(known["token"].as_str()).await;
    assert!(answer.text.contains("\nsmart_router_database_up 1\n"), "{}", answer.text);
    scrape(Some(&plane.admin)).await;
    // All connections are taken: nobody gets an answer of the database, as when it hangs.
    let pool = plane.running.control().store.read().clone();
    let mut held = Vec::new();
    while let Ok(Ok(connection)) = timeout(Duration::from_millis(200), pool.acquire()).await {
        held.push(connection);
    }
    // Before the database's pool gives up, as everything else does.
    let at_once = async |token: Option<&str>| {
        tokio::select! {
            answer = scrape(token) => answer,
            _ = pool.acquire() => panic!("it waits as long as the pool"),
        }
    };
    for token in [known["token"].as_str(), Some(plane.admin.as_str())] {
        let answer = at_once(token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        for line in ["smart_router_database_up 0", "smart_router_ingest_failing 0", "smart_router_config_version "] {
            assert!(answer.text.contains(&format!("\n{line}")), "{line}: {}", answer.text);
        }
    }
    let answer = at_once(unknown["token"].as_str()).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "store-unavailable"), "nobody knows that token");
    assert_eq!(at_once(Some("sr_nobody")).await.status, 401);
    drop(held);
    assert!(scrape(unknown["token"].as_str()).await.text.contains("\nsmart_router_database_up 1\n"));
}

#[tokio::test]
async fn every_answer_names_its_request_and_is_timed() {
    let plane = Plane::start().await;
    let mut ids = Vec::new();
    for (path, token) in [("/api/v1/tokens", true), ("/api/v1/tokens", false), ("/nothing", false), ("/livez", false)] {
        let answer = plane.send("GET", path, token.then_some(plane.admin.as_str()), None).await;
        ids.push(answer.headers["x-request-id"].clone());
    }
    assert!(ids.iter().all(|it| it.len() == 36 && it.starts_with("req_")), "{ids:?}");
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let text = plane.get("/metrics").await.text;
    let counted =
        "smart_router_admin_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/tokens\",status=\"200\"} 1";
    assert!(text.contains(counted), "{text}");
    let version = plane.get("/version").await.json();
    assert!(version["commit"].is_string() && version["build_date"].is_string(), "{version}");
}

#[tokio::test]
async fn a_query_is_refused_where_there_is_none() {
    let plane = Plane::configured().await;
    assert_eq!(plane.get("/api/v1/nodes?").await.status, 200);
    for path in ["/api/v1/credentials?x=1", "/api/v1/config/schema?x=1", "/metrics?x=1"] {
        let answer = plane.get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "invalid-request"), "{path}");
    }
    let before = plane.get("/api/v1/tokens").await.text;
    assert_eq!(plane.post("/api/v1/tokens?x=1", json!({"caller": "ana"})).await.status, 400);
    assert_eq!(plane.get("/api/v1/tokens").await.text, before, "and nothing is done");
}

#[tokio::test]
async fn all_that_fits_is_exported_as_a_file_in_each_form() {
    let plane = Plane::configured().await;
    report(&plane, 2_500).await;
    // Of HTTP/1.0, so that it comes without chunks.
    let export = async |query: &str| {
        let path = format!("/api/v1/requests/export?{PERIOD}{query}");
        plane.raw(&format!("GET {path} HTTP/1.0\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", plane.admin)).await
    };
    let csv = export("").await;
    assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"requests-2026-01-01-2026-01-01.csv\"");
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), 2_501, "more than two pages");
    let width = lines[0].split(',').count();
    assert!(lines.iter().all(|it| it.split(',').count() == width) && lines[1].contains(",req_"), "{}", lines[1]);
    let json = export("&format=json&filter=status=200").await.json();
    assert_eq!(json.as_array().unwrap().len(), 2_500);
    let listed = plane.get(&format!("/api/v1/requests?{PERIOD}&limit=1")).await.json();
    for name in lines[0].split(',').filter(|it| *it != "first_byte_ms") {
        assert!(listed["requests"][0].get(name).is_some(), "{name} is no field of a request");
    }
    let ndjson = export("&format=ndjson&filter=code!=ok").await;
    assert_eq!((ndjson.status, ndjson.text.as_str()), (200, ""));
    assert_eq!(export("&format=xml").await.status, 400);
}

#[tokio::test]
async fn a_request_is_explained_and_bundled() {
    let plane = Plane::configured().await;
    report(&plane, 3).await;
    let path = "/api/v1/requests/req_00000000000000000000000000000002";
    let shown = plane.get(path).await.json();
    assert_eq!(shown["prices"]["input_usd_per_mtok"], "0.00");
    assert!(shown["dry_run_lacks"].as_array().is_some_and(|it| !it.is_empty()));
    let kept = plane.get(&format!("{path}/bundle")).await.json();
    assert_eq!((&kept["manifest"]["ids"], &kept["request"]["request"]["caller"]), (&json!("kept"), &json!("ana")));
    let bundle = plane.get(&format!("{path}/bundle?ids=pseudonyms")).await.text;
    assert!(!bundle.contains("\"ana\"") && !bundle.contains("\"node-1\"") && bundle.contains("req_"), "{bundle}");
    assert_eq!(plane.get("/api/v1/requests/req_unknown/bundle").await.status, 404);
    let counts = plane.get(&format!("/api/v1/requests/counts?{PERIOD}")).await.json();
    assert_eq!((&counts["matching"], counts.get("of_newest")), (&json!(3), None));
    assert_eq!(counts["fields"][0]["values"], json!([{"value": "ana", "requests": 3}]));
    assert_eq!(plane.get(&format!("/api/v1/errors?{PERIOD}")).await.json()["errors"], json!([]));
    assert_eq!(plane.get("/api/v1/errors?filter=latency%3E1s").await.status, 400);
    assert_eq!(plane.get(&format!("/api/v1/sessions?{PERIOD}")).await.json()["sessions"], json!([]));
}

#[tokio::test]
async fn what_comes_is_told_once_while_somebody_looks() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let plane = Plane::configured().await;
    report(&plane, 2).await;
    let mut stream = tokio::net::TcpStream::connect(plane.running.http).await.unwrap();
    let head = format!(
        "GET /api/v1/requests/tail?filter=target=dead/mini HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        plane.admin
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = String::new();
    let mut buffer = [0; 4096];
    let mut read_until = async |what: &str| {
        while !seen.contains(what) {
            let count = timeout(Duration::from_secs(20), stream.read(&mut buffer)).await.expect(what).unwrap();
            assert!(count > 0, "{seen}");
            seen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
        seen.clone()
    };
    let began = read_until("\r\n\r\n").await;
    assert!(began.contains("text/event-stream"), "{began}");
    // One reader takes not all places.
    let (mut others, mut answer) = (Vec::new(), [0; 4096]);
    for place in 2..=5 {
        let mut other = tokio::net::TcpStream::connect(plane.running.http).await.unwrap();
        other.write_all(head.as_bytes()).await.unwrap();
        let count = timeout(Duration::from_secs(20), other.read(&mut answer)).await.unwrap().unwrap();
        let status = if place <= 4 { "HTTP/1.1 200" } else { "HTTP/1.1 429" };
        assert!(answer[..count].starts_with(status.as_bytes()), "{}", String::from_utf8_lossy(&answer[..count]));
        others.push(other);
    }
    let somebody = plane.admin_of("viewer").await;
    assert_eq!(plane.send("GET", "/api/v1/requests/tail", Some(&somebody), None).await.status, 200);
    drop(others);
    // What was there before is not told; these are as old, and come now.
    report_from(&plane, 3, 4).await;
    read_until("req_00000000000000000000000000000003").await;
    report_from(&plane, 5, 5).await;
    let told = read_until("req_00000000000000000000000000000005").await;
    assert!(!told.contains("req_00000000000000000000000000000002"), "{told}");
    assert_eq!(told.matches("event: request").count(), 3, "{told}");
}
