//! The upstream's book against the control plane's: what arrived there has one row here.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::installation::Installation;
use crate::support::client;

const DELIVERY: Duration = Duration::from_mins(1);
/// What a row may say of a request that never arrived: the router was killed between its note and its sending.
const NOTED_ONLY: &str = "interrupted";

#[derive(Default)]
pub struct Ledger {
    /// How often each request arrived.
    arrived: BTreeMap<String, u64>,
    /// Whose rows a restored database does not have.
    pub lost_by_restore: BTreeSet<String>,
}

struct Row {
    code: String,
    attempts: u64,
}

impl Ledger {
    /// Takes over what the upstream has noted, while nothing is under way.
    pub async fn collect(&mut self, installation: &Installation) {
        let url = installation.upstream.url("/sandbox/requests");
        let entries: Vec<Value> = client().get(&url).send().await.unwrap().json().await.unwrap();
        client().delete(&url).send().await.unwrap();
        for entry in entries {
            let body = BASE64_STANDARD.decode(entry["body"].as_str().unwrap_or_default()).unwrap();
            let text = String::from_utf8(body).unwrap();
            let Some((_, rest)) = text.split_once("say chaos-") else { continue };
            let (id, _) = rest.split_once(';').expect("an id ends so");
            *self.arrived.entry(format!("chaos-{id}")).or_default() += 1;
        }
    }

    /// How many requests arrived.
    pub fn arrivals(&self) -> usize {
        self.arrived.len()
    }

    /// Waits for the rows of a round, and says what is wrong with them.
    pub async fn settle(&self, installation: &Installation, round: usize) -> Vec<String> {
        let prefix = format!("chaos-{round}-");
        let started = Instant::now();
        loop {
            let wrong = self.compare(installation, &prefix);
            if wrong.is_empty() || started.elapsed() > DELIVERY {
                return wrong;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// All rounds at the end: what was right stays right.
    pub fn compare_all(&self, installation: &Installation) -> Vec<String> {
        self.compare(installation, "chaos-")
    }

    fn compare(&self, installation: &Installation, prefix: &str) -> Vec<String> {
        let rows = rows(installation, prefix);
        let mut wrong = Vec::new();
        for (id, times) in self.arrived.iter().filter(|(id, _)| id.starts_with(prefix)) {
            match rows.get(id).map(Vec::as_slice) {
                None if self.lost_by_restore.contains(id) => {}
                None => wrong.push(format!("{id} arrived and has no row")),
                Some([row]) if *times > row.attempts.max(1) => {
                    wrong.push(format!("{id} arrived {times} times, its row says {} attempts", row.attempts));
                }
                Some([_]) => {}
                Some(several) => wrong.push(format!("{id} has {} rows", several.len())),
            }
        }
        for (id, rows) in &rows {
            let served = rows.iter().any(|row| row.code == "ok");
            if !self.arrived.contains_key(id) && served {
                wrong.push(format!("{id} never arrived, and its row says it was served"));
            }
            if rows.len() > 1 && !self.arrived.contains_key(id) && rows.iter().any(|row| row.code != NOTED_ONLY) {
                wrong.push(format!("{id} has {} rows", rows.len()));
            }
        }
        wrong
    }
}

/// The ids of a round's rows, as they are now.
pub fn recorded(installation: &Installation, round: usize) -> BTreeSet<String> {
    rows(installation, &format!("chaos-{round}-")).into_keys().collect()
}

fn rows(installation: &Installation, prefix: &str) -> BTreeMap<String, Vec<Row>> {
    let sql = format!(
        "select client_request_id, code, attempts from usage_requests where client_request_id like '{prefix}%'"
    );
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in installation.database.query(&sql).lines() {
        let fields: Vec<&str> = line.split('|').collect();
        let row = Row { code: fields[1].to_owned(), attempts: fields[2].parse().unwrap() };
        rows.entry(fields[0].to_owned()).or_default().push(row);
    }
    rows
}
