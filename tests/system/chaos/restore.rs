//! An older copy of the database takes its place.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::installation::{Installation, command};
use super::ledger::{self, Ledger};
use super::member::Member;

const DATABASE: &str = "SMART_ROUTER_DATABASE_URL";
/// Routers come back within this time.
const THERE: Duration = Duration::from_secs(30);
/// Tokens that the copy does not know: routers are as many versions ahead of it.
const LATER: usize = 5;

/// A copy.
pub struct Backup(PathBuf);

impl Backup {
    /// Under load, of the database that serves.
    pub async fn make(it: &Installation) -> Self {
        let directory = it.directory.path().join("backup");
        std::fs::remove_dir_all(&directory).ok();
        let url = it.database.url();
        let made = command(&["db", "backup", &directory.display().to_string()], &[(DATABASE, &url)]).await;
        made.expect("the database is whole");
        for _ in 0..LATER {
            it.new_token().await.expect("all is well");
        }
        Self(directory)
    }

    /// Control planes end, the copy takes the database's place, routers' versions are adopted, control planes start.
    pub async fn restore(self, it: &mut Installation, ledger: &mut Ledger, round: usize) -> Vec<String> {
        it.control_planes.iter_mut().for_each(Member::kill);
        let before = ledger::recorded(it, round);
        let (from, url) = (self.0.display().to_string(), it.database.url());
        let data_dir = it.control_planes[0].directory.display().to_string();
        let restored = ["db", "restore", &from, "--force", "--data-dir", &data_dir];
        if let Err(error) = command(&restored, &[(DATABASE, &url)]).await {
            return vec![format!("db restore: {error}")];
        }
        let after = ledger::recorded(it, round);
        ledger.lost_by_restore.extend(before.difference(&after).cloned());
        it.control_planes.iter_mut().for_each(Member::start);
        adopt(it).await
    }
}

/// As an administrator would, once all routers are there and have said what they hold: until then the list says what the copy
/// remembers of them.
async fn adopt(it: &Installation) -> Vec<String> {
    let all_there = async {
        while !it.nodes().await.is_ok_and(|all| all.len() == it.routers.len() && all.iter().all(is_ahead)) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    if tokio::time::timeout(THERE, all_there).await.is_err() {
        return vec![format!("routers do not come back after a restore: {:?}", it.nodes().await)];
    }
    it.admin(&["db", "adopt"]).await.err().map(|error| format!("db adopt: {error}")).into_iter().collect()
}

fn is_ahead(node: &Value) -> bool {
    node["status"] == "ahead"
}
