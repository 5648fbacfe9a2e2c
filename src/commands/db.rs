//! `db`: the control plane's database.

mod backup;

use clap::{Args, Subcommand};
use control_plane::store::{Store, StoreError};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
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
    /// After an older copy was restored: passes what routers hold, so that they take what is published
    ///
    /// Tokens that routers know to be revoked or suspended are closed again; all else is as the copy has it.
    Adopt {
        #[command(flatten)]
        server: ServerArgs,
        /// A version that a router holds which is not connected now
        #[arg(long, env = "SMART_ROUTER_AT_LEAST")]
        at_least: Option<u64>,
        /// How it is told
        #[arg(long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs the action on the database itself, or asks the control plane that serves it.
pub async fn run(args: DbArgs) -> Result<(), Failure> {
    match args.action {
        DbAction::Migrate { database_url, output } => migrate(&database_url, output).await,
        DbAction::Backup(args) => backup::backup(args).await,
        DbAction::Restore(args) => backup::restore(args).await,
        DbAction::Adopt { server, at_least, output } => adopt(&AdminClient::connect(&server)?, at_least, output).await,
    }
}

async fn adopt(client: &AdminClient, at_least: Option<u64>, output: Output) -> Result<(), Failure> {
    let answer = client.post("/versions/adopt", &json!({"at_least": at_least})).await?;
    let ids = |name: &str| -> Vec<String> {
        let listed = answer[name].as_array().into_iter().flatten();
        listed.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    output::tell(&answer, &["version", "routers", "revoked_tokens", "suspended_tokens"], output, || {
        let version = &answer["version"];
        match ids("routers").len() {
            0 if at_least.is_none() => eprintln!("No router is ahead; version {version} is the latest."),
            count => eprintln!("Version {version} passes what routers hold; {count} of them were ahead."),
        }
        for (list, what) in [("revoked_tokens", "revoked"), ("suspended_tokens", "suspended")] {
            for id in ids(list) {
                eprintln!("Token {id} is {what} again: a router knew it as {what}.");
            }
        }
        Ok(())
    })
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
