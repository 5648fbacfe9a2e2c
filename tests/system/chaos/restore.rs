//! An older copy of the database takes its place.

use std::path::PathBuf;

use super::installation::{Installation, command};
use super::ledger::{self, Ledger};
use super::member::Member;

const DATABASE: &str = "SMART_ROUTER_DATABASE_URL";
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

async fn adopt(it: &Installation) -> Vec<String> {
    let url = it.database.url();
    let adopted = command(&["db", "adopt"], &[(DATABASE, &url)]).await;
    adopted.err().map(|error| format!("db adopt: {error}")).into_iter().collect()
}
