//! `db`: the control plane's database.

mod backup;

use clap::{Args, Subcommand};
use control_plane::store::{Store, StoreError};
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

/// The control plane's database
#[derive(Args)]
pub struct DbArgs {
    #[command(subcommand)]
    action: DbAction,
}

#[derive(Subcommand)]
enum DbAction {
    /// Brings the tables up to this binary's version; a control plane also does so when it starts
    Migrate {
        /// `sqlite://<path>` or `postgres://user@host/database`
        #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true)]
        database_url: String,
        /// How it is told
        #[arg(long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
}

/// Runs the action on the database itself; no server is needed.
pub async fn run(args: DbArgs) -> Result<(), Failure> {
    match args.action {
        DbAction::Migrate { database_url, output } => migrate(&database_url, output).await,
        DbAction::Backup(args) => backup::backup(args).await,
        DbAction::Restore(args) => backup::restore(args).await,
    }
}

async fn migrate(database_url: &str, output: Output) -> Result<(), Failure> {
    let store = Store::connect(database_url).await.map_err(|error| {
        let exit = if matches!(error, StoreError::Url { .. }) { Exit::Usage } else { Exit::Unavailable };
        Failure::new(exit, error.to_string())
    })?;
    store.migrate().await.map_err(Failure::failed)?;
    output::tell(&json!({"state": "up to date"}), &["state"], output, || {
        eprintln!("The database is up to date.");
        Ok(())
    })
}
