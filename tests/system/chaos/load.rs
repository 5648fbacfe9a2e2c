//! Callers that go on whatever happens. Each request has an id of its own, in a header for its row and in its text for the
//! upstream.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::installation::{Installation, ROUTERS};

const CALLERS: usize = 2 * ROUTERS;
const PAUSE: Duration = Duration::from_millis(40);
const PATIENCE: Duration = Duration::from_secs(12);

/// What callers saw: answers by status, and 0 for none.
pub type Statuses = BTreeMap<u16, u64>;

pub struct Load {
    stop: Arc<AtomicBool>,
    statuses: Arc<Mutex<Statuses>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Callers of all routers but that one.
    pub fn start(installation: &Installation, round: usize, without: Option<usize>) -> Self {
        let (stop, statuses) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Statuses::new())));
        let mut tasks = Vec::new();
        for caller in (0..CALLERS).filter(|it| Some(it % ROUTERS) != without) {
            let base = installation.routers[caller % ROUTERS].url("");
            let (stop, statuses, token) = (Arc::clone(&stop), Arc::clone(&statuses), installation.token.clone());
            tasks.push(tokio::spawn(async move {
                let client = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let id = format!("chaos-{round}-{caller}-{number}");
                    let status = ask(&client, &base, &token, &id, number).await;
                    *statuses.lock().unwrap().entry(status).or_default() += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }));
        }
        Self { stop, statuses, tasks }
    }

    /// Waits for what is under way.
    pub async fn stop(self) -> Statuses {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        self.statuses.lock().unwrap().clone()
    }
}

/// One request, of the kind that its number says; 0 when no whole answer came.
pub async fn ask(client: &reqwest::Client, base: &str, token: &str, id: &str, number: u64) -> u16 {
    let (path, body) = request(id, number);
    let request = client.post(format!("{base}{path}")).bearer_auth(token).header("x-request-id", id).json(&body);
    let Ok(response) = request.send().await else { return 0 };
    let status = response.status().as_u16();
    if response.bytes().await.is_ok() { status } else { 0 }
}

/// Whole and streamed, in every dialect, as it is and translated.
fn request(id: &str, number: u64) -> (&'static str, Value) {
    let group = if number % 5 == 4 { "translated" } else { "native" };
    let stream = number % 2 == 1;
    let text = format!("say {id};");
    let messages = json!([{"role": "user", "content": text}]);
    match number % 3 {
        0 => ("/v1/chat/completions", json!({"model": group, "stream": stream, "messages": messages})),
        1 => ("/v1/responses", json!({"model": group, "stream": stream, "input": text})),
        _ => ("/v1/messages", json!({"model": group, "stream": stream, "max_tokens": 100, "messages": messages})),
    }
}
