//! An older copy of the database takes its place.

use std::path::PathBuf;
use std::process::Command;

use super::installation::Installation;
use super::ledger::{self, Ledger};
use super::member::Member;

/// Tokens that the copy does not know: routers are as many versions ahead of it.
const LATER: usize = 5;

/// A copy.
pub struct Backup(PathBuf);

impl Backup {
    /// Under load, of the database that serves.
    pub async fn make(it: &Installation) -> Self {
        let file = it.directory.path().join("backup.dump");
        let mut dump = Command::new("pg_dump");
        dump.args(["--format=custom", "--file"]).arg(&file).arg(it.database.url());
        assert!(tokio::process::Command::from(dump).status().await.unwrap().success(), "pg_dump failed");
        for _ in 0..LATER {
            it.new_token().await.expect("all is well");
        }
        Self(file)
    }

    /// Control planes end, the copy takes the database's place, routers' versions are adopted, control planes start.
    pub async fn restore(self, it: &mut Installation, ledger: &mut Ledger, round: usize) -> Vec<String> {
        it.control_planes.iter_mut().for_each(Member::kill);
        let before = ledger::recorded(it, round);
        it.database.query("drop schema public cascade; create schema public");
        let mut restore = Command::new("pg_restore");
        restore.args(["--dbname", &it.database.url()]).arg(&self.0);
        assert!(tokio::process::Command::from(restore).status().await.unwrap().success(), "pg_restore failed");
        let after = ledger::recorded(it, round);
        ledger.lost_by_restore.extend(before.difference(&after).cloned());
        it.control_planes.iter_mut().for_each(Member::start);
        adopt(it).await
    }
}

async fn adopt(it: &Installation) -> Vec<String> {
    let url = it.database.url();
    let adopted = super::installation::command(&["db", "adopt"], &[("SMART_ROUTER_DATABASE_URL", &url)]).await;
    adopted.err().map(|error| format!("db adopt: {error}")).into_iter().collect()
}
