//! Reports that are sent to webhooks, told to a real receiver.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use control_plane::{Environment, start};
use control_plane_core::Secret;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    database::EmptyServer,
    plane::{Plane, local_admin, options},
};

const SECRET: &str = "whsec_cGxhaW4tc2VjcmV0";

/// What a receiver was told, and how it answers.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    messages: Vec<(Vec<(String, String)>, String)>,
    /// What it answers next; empty: 204.
    answers: Vec<&'static str>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/reports", listener.local_addr().unwrap());
        let receiver = Self::default();
        let heard = receiver.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let heard = heard.clone();
                tokio::spawn(async move {
                    let (start, body) = read(&mut stream).await;
                    let answer = {
                        let mut it = heard.0.lock().unwrap();
                        it.messages.push((start, body));
                        if it.answers.is_empty() { "204 No Content" } else { it.answers.remove(0) }
                    };
                    if answer == "silence" {
                        tokio::time::sleep(Duration::from_mins(5)).await;
                    }
                    let text = format!(
                        "HTTP/1.1 {answer}\r\nlocation: /elsewhere\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                    );
                    let _ = stream.write_all(text.as_bytes()).await;
                });
            }
        });
        (receiver, url)
    }

    fn answers(&self, answers: &[&'static str]) {
        self.0.lock().unwrap().answers = answers.to_vec();
    }

    fn messages(&self) -> Vec<(Vec<(String, String)>, String)> {
        self.0.lock().unwrap().messages.clone()
    }

    /// Waits until so many were heard.
    async fn heard(&self, count: usize) -> Vec<(Vec<(String, String)>, String)> {
        for _ in 0..300 {
            if self.messages().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let all = self.messages();
        assert_eq!(all.len(), count, "{all:?}");
        all
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> (Vec<(String, String)>, String) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.unwrap();
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let named = head.lines().skip(1).filter_map(|it| it.split_once(": "));
        let head: Vec<(String, String)> = named.map(|(name, it)| (name.to_ascii_lowercase(), it.to_owned())).collect();
        if body.len() >= header(&head, "content-length").parse().unwrap() {
            return (head, body.to_owned());
        }
    }
}

fn header<'a>(head: &'a [(String, String)], name: &str) -> &'a str {
    head.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
}

fn document(url: &str) -> String {
    format!(
        "version: 1\nsettings:\n  webhooks:\n    - {{id: finance, url: \"{url}\", network: private, secret: {{env: LLM_SECRET_WEBHOOK}}}}\n\
         projects: {{search: {{}}, billing: {{}}}}\n"
    )
}

async fn plane_at(url: &str) -> Plane {
    let dir = tempfile::tempdir().unwrap();
    let environment = Environment::table([("LLM_SECRET_WEBHOOK", SECRET)]);
    let master_key = Some(Secret::new(base64::Engine::encode(&base64::prelude::BASE64_STANDARD, [7; 32])));
    let given = control_plane::Options { database_url: url.to_owned(), environment, master_key, ..options(dir.path()) };
    let running = start(given).await.unwrap();
    let (_, admin) = local_admin(dir.path());
    Plane { running, admin, _dir: dir }
}

async fn plane_with(url: &str) -> Plane {
    let dir = tempfile::tempdir().unwrap();
    let environment = Environment::table([("LLM_SECRET_WEBHOOK", SECRET)]);
    let running = start(control_plane::Options { environment, ..options(dir.path()) }).await.unwrap();
    let (_, admin) = local_admin(dir.path());
    let plane = Plane { running, admin, _dir: dir };
    let answer = plane.apply(&document(url)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    plane
}

fn spend() -> Value {
    json!({"name": "Spend", "webhook": "finance", "group_by": ["model"], "every": "day", "timezone": "Europe/Berlin"})
}

async fn made(plane: &Plane, body: Value) -> String {
    let answer = plane.post("/api/v1/report-schedules", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn sql(plane: &Plane, text: &'static str, id: &str) {
    let mut tx = plane.running.control().store.write().await.unwrap();
    sqlx::query(text).bind(id).execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
}

/// As if the report had been due a while ago.
async fn is_due(plane: &Plane, id: &str) {
    sql(
        plane,
        "update report_schedules set due_ms = due_ms - 86400000, retry_ms = due_ms - 86400000 where id = $1",
        id,
    )
    .await;
}

async fn last(plane: &Plane, id: &str) -> Value {
    plane.get(&format!("/api/v1/report-schedules/{id}")).await.json()
}

/// Waits until the last try has ended in some way.
async fn ended(plane: &Plane, id: &str, outcome: &str) -> Value {
    for _ in 0..200 {
        let found = last(plane, id).await;
        if found["last_send"]["outcome"] == outcome {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", last(plane, id).await);
}

#[tokio::test]
async fn a_trial_arrives_signed_and_is_written_down() {
    let (receiver, url) = Receiver::start().await;
    let plane = plane_with(&url).await;
    let id = made(&plane, spend()).await;
    let sent = plane.post(&format!("/api/v1/report-schedules/{id}/send"), json!({})).await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    assert_eq!((&sent.json()["outcome"], &sent.json()["status"]), (&json!("sent"), &json!(204)));
    let (head, body) = receiver.heard(1).await.remove(0);
    let message: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(message["type"], "report.usage");
    assert_eq!(message["data"]["schedule"]["name"], "Spend");
    assert_eq!((&message["data"]["trial"], &message["data"]["missed"]), (&json!(true), &json!(0)));
    assert_eq!(message["data"]["report"]["group_by"], json!(["model"]));
    assert_eq!(message["data"]["report"]["total"]["requests"], 0);
    let page = message["data"]["url"].as_str().unwrap();
    assert!(page.starts_with("http://127.0.0.1:") && page.contains("/explore?since="), "{page}");
    // The receiver's own arithmetic.
    let (message_id, moment) = (header(&head, "webhook-id"), header(&head, "webhook-timestamp"));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"plain-secret");
    let tag = ring::hmac::sign(&key, format!("{message_id}.{moment}.{body}").as_bytes());
    let expected = format!("v1,{}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, tag));
    assert_eq!(header(&head, "webhook-signature"), expected);
    // What is due stays due, and who asked stands in both lists.
    let found = last(&plane, &id).await;
    assert_eq!(found["last_send"]["outcome"], "sent");
    assert!(found["last_send"]["asked_by"].as_str().unwrap().starts_with("admin-token/"), "{found}");
    assert!(found["next_at"].is_string());
    let audit = plane.get("/api/v1/audit").await.text;
    assert!(audit.contains("report-schedule.create") && audit.contains("report-schedule.send"), "{audit}");
    let metrics = plane.get("/metrics").await.text;
    assert!(metrics.contains("smart_router_report_sends_total{outcome=\"sent\"} 1"), "{metrics}");
}

#[tokio::test]
async fn what_is_due_is_sent_once_and_what_was_missed_is_counted() {
    let (receiver, url) = Receiver::start().await;
    let plane = plane_with(&url).await;
    let id = made(&plane, spend()).await;
    sql(
        &plane,
        "update report_schedules set due_ms = due_ms - 345600000, retry_ms = due_ms - 345600000 where id = $1",
        &id,
    )
    .await;
    let (_, body) = receiver.heard(1).await.remove(0);
    let message: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&message["data"]["trial"], &message["data"]["missed"]), (&json!(false), &json!(3)), "{message}");
    let found = ended(&plane, &id, "sent").await;
    assert_eq!(found["last_send"]["asked_by"], Value::Null);
    tokio::time::sleep(Duration::from_secs(5)).await;
    receiver.heard(1).await;
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_under_the_same_id() {
    let (receiver, url) = Receiver::start().await;
    receiver.answers(&["503 Service Unavailable", "302 Found"]);
    let plane = plane_with(&url).await;
    let id = made(&plane, spend()).await;
    is_due(&plane, &id).await;
    receiver.heard(1).await;
    let found = ended(&plane, &id, "failed").await;
    assert_eq!((&found["last_send"]["status"], &found["last_send"]["attempt"]), (&json!(503), &json!(1)));
    assert!(found["retry_at"].is_string(), "{found}");
    for (count, outcome) in [(2, "failed"), (3, "sent")] {
        sql(&plane, "update report_schedules set retry_ms = 0 where id = $1", &id).await;
        receiver.heard(count).await;
        ended(&plane, &id, outcome).await;
    }
    let sends = plane.get(&format!("/api/v1/report-schedules/{id}/sends")).await.json();
    let sends = sends["sends"].as_array().unwrap();
    let told: Vec<(u64, &str, &Value)> = sends
        .iter()
        .map(|it| (it["attempt"].as_u64().unwrap(), it["outcome"].as_str().unwrap(), &it["status"]))
        .collect();
    assert_eq!(told, [(3, "sent", &json!(204)), (2, "failed", &json!(302)), (1, "failed", &json!(503))]);
    assert!(sends.iter().all(|it| it["message"] == sends[0]["message"]));
    let ids: Vec<String> = receiver.messages().iter().map(|it| header(&it.0, "webhook-id").to_owned()).collect();
    assert!(ids.iter().all(|it| *it == ids[0]), "{ids:?}");
    assert_eq!(last(&plane, &id).await["retry_at"], Value::Null);
}

/// Control planes that share a database.
async fn two(database: &str, receiver_url: &str) -> (Plane, Plane) {
    let one = plane_at(database).await;
    let answer = one.apply(&document(receiver_url)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let other = plane_at(database).await;
    (one, other)
}

/// On a file, and on a server where one is named.
async fn on_both(test: impl AsyncFn(&str)) {
    let dir = tempfile::tempdir().unwrap();
    test(&format!("sqlite://{}", dir.path().join("shared.db").display())).await;
    if let Some(server) = EmptyServer::create().await {
        test(&server.url).await;
        server.remove().await;
    }
}

#[tokio::test]
async fn of_two_replicas_one_sends() {
    on_both(one_of_two_sends).await;
}

async fn one_of_two_sends(database: &str) {
    let (receiver, url) = Receiver::start().await;
    let (one, _other) = two(database, &url).await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(made(&one, spend()).await);
    }
    for id in &ids {
        is_due(&one, id).await;
    }
    receiver.heard(6).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    receiver.heard(6).await;
}

#[tokio::test]
async fn a_replica_that_is_gone_is_followed() {
    on_both(one_that_is_gone_is_followed).await;
}

/// The first one hangs in the middle of it, and says no more that it works on it.
async fn one_that_is_gone_is_followed(database: &str) {
    let (receiver, url) = Receiver::start().await;
    receiver.answers(&["silence"]);
    let (one, other) = two(database, &url).await;
    let id = made(&one, spend()).await;
    is_due(&one, &id).await;
    receiver.heard(1).await;
    // As long as it surely works on it, nobody else does.
    tokio::time::sleep(Duration::from_secs(3)).await;
    receiver.heard(1).await;
    sql(&one, "update report_schedules set lease_ms = 0 where id = $1", &id).await;
    let messages = receiver.heard(2).await;
    assert_eq!(header(&messages[0].0, "webhook-id"), header(&messages[1].0, "webhook-id"));
    ended(&other, &id, "sent").await;
    let sends = other.get(&format!("/api/v1/report-schedules/{id}/sends")).await.json();
    assert_eq!((&sends["sends"][0]["outcome"], &sends["sends"][1]["outcome"]), (&json!("sent"), &json!("interrupted")));
}

#[tokio::test]
async fn a_schedule_is_its_projects_and_nobody_elses() {
    let (_, url) = Receiver::start().await;
    let plane = plane_with(&url).await;
    let own = json!({"name": "Ours", "webhook": "finance", "every": "month", "project": "search"});
    let (id, all) = (made(&plane, own.clone()).await, made(&plane, spend()).await);
    let lead = plane.admin_in("report-admin", "search").await;
    let other = plane.admin_in("report-admin", "billing").await;
    let viewer = plane.admin_of("viewer").await;
    let names = |text: &Value| text["report_schedules"].as_array().unwrap().len();
    for (token, count) in [(&lead, 1), (&other, 0), (&viewer, 2)] {
        let listed = plane.send("GET", "/api/v1/report-schedules", Some(token), None).await;
        assert_eq!(names(&listed.json()), count);
    }
    let path = format!("/api/v1/report-schedules/{id}");
    for (token, status) in [(&lead, 200), (&other, 404), (&viewer, 403)] {
        let answer = plane.send("POST", &format!("{path}/send"), Some(token), Some(json!({}))).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    // What is everybody's takes a role that holds everywhere, also to move a schedule there.
    assert_eq!(plane.send("POST", "/api/v1/report-schedules", Some(&lead), Some(spend())).await.status, 403);
    assert_eq!(plane.send("GET", &format!("/api/v1/report-schedules/{all}"), Some(&lead), None).await.status, 404);
    let moved = json!({"name": "Ours", "webhook": "finance", "every": "month"});
    let over = "if-match: \"1\"\r\n";
    assert_eq!(plane.send_with("PUT", &path, Some(&lead), over, Some(moved)).await.status, 403);
    assert_eq!(plane.send_with("PUT", &path, Some(&lead), over, Some(own.clone())).await.status, 200);
    // Somebody else was faster.
    let late = plane.send_with("PUT", &path, Some(&lead), over, Some(own)).await;
    assert_eq!((late.status, late.code().as_str()), (412, "report-schedule-conflict"));
    assert_eq!(plane.send("DELETE", &path, Some(&other), None).await.status, 404);
    assert_eq!(plane.send("DELETE", &path, Some(&lead), None).await.status, 204);
    assert_eq!(plane.send("GET", &path, Some(&lead), None).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_is_refused_field_by_field() {
    let (_, url) = Receiver::start().await;
    let plane = plane_with(&url).await;
    let bad = json!({"name": "", "webhook": "none", "every": "day", "at": "25:00", "timezone": "Mars", "group_by": ["colour"]});
    let answer = plane.post("/api/v1/report-schedules", bad).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "invalid-value"));
    let problem = answer.json();
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    assert_eq!(fields, ["/name", "/webhook", "/at", "/timezone", "/group_by"]);
    let mut yearly = spend();
    yearly["every"] = "year".into();
    assert_eq!(plane.post("/api/v1/report-schedules", yearly).await.status, 422);
    // Addresses that are not public take a word for it, and none holds a secret.
    for (webhook, refused) in [
        (r#"{id: w, url: "https://10.0.0.1/x"}"#, true),
        (r#"{id: w, url: "http://hooks.example/x"}"#, true),
        (r#"{id: w, url: "https://hooks.example/x?token=y"}"#, true),
        (r#"{id: w, url: "https://u:p@hooks.example/x"}"#, true),
        (r#"{id: w, url: "https://hooks.example/x"}"#, false),
    ] {
        let text = format!("version: 1\nsettings: {{webhooks: [{webhook}]}}\n");
        let answer = plane.apply(&text).await;
        assert_eq!(answer.status != 200, refused, "{webhook}: {}", answer.text);
    }
}

/// A name that leads to this machine, where nothing says `network: private`.
#[tokio::test]
async fn a_private_address_behind_a_name_is_not_told() {
    let (receiver, url) = Receiver::start().await;
    let port = url.rsplit_once(':').unwrap().1.to_owned();
    let plane = plane_with(&url).await;
    let id = made(&plane, spend()).await;
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_owned();
    if host.is_empty() || tokio::net::lookup_host((host.as_str(), 1)).await.is_err() {
        return;
    }
    let text = format!("version: 1\nsettings: {{webhooks: [{{id: finance, url: \"https://{host}:{port}\"}}]}}\n");
    let answer = plane.apply(&text).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let sent = plane.post(&format!("/api/v1/report-schedules/{id}/send"), json!({})).await.json();
    assert_eq!(sent["outcome"], "failed");
    assert!(sent["error"].as_str().unwrap().contains("private address"), "{sent}");
    assert!(receiver.messages().is_empty());
}
