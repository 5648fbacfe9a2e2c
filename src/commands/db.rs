//! `db`: the control plane's database.

mod backup;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use control_plane::manage::master_key::{self, RotationError};
use control_plane::secrets::{MasterKey, MasterKeyError};
use control_plane::store::{Store, StoreError};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::commands::control_plane::SecretArgs;
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
        #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true, value_parser = crate::values::secret)]
        database_url: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Seals everything in the database with another master key; stop all control planes first
    ///
    /// They are started with the new key afterwards: `--master-key-file`, or in the place of the data dir's `master.key`.
    RotateMasterKey(RotationArgs),
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
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

/// Where the keys of a rotation are.
#[derive(Args)]
struct RotationArgs {
    /// `sqlite://<path>` or `postgres://user@host/database`; by default the SQLite file in the data dir
    #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true, value_parser = crate::values::secret)]
    database_url: Option<String>,
    /// Where the control plane keeps its state
    #[arg(long, env = "SMART_ROUTER_DATA_DIR", default_value = crate::defaults::DATA_DIR)]
    data_dir: PathBuf,
    #[command(flatten)]
    secrets: SecretArgs,
    /// A file (mode 0600) with the key that is to take its place: 32 bytes in base64
    #[arg(long, env = "SMART_ROUTER_NEW_MASTER_KEY_FILE")]
    new_master_key_file: PathBuf,
    /// How it is told
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Runs the action on the database itself, or asks the control plane that serves it.
pub async fn run(args: DbArgs) -> Result<(), Failure> {
    match args.action {
        DbAction::Migrate { database_url, output } => migrate(&database_url, output).await,
        DbAction::RotateMasterKey(args) => rotate_master_key(args).await,
        DbAction::Backup(args) => backup::backup(args).await,
        DbAction::Restore(args) => backup::restore(args).await,
        DbAction::Adopt { server, at_least, output } => adopt(&AdminClient::connect(&server)?, at_least, output).await,
    }
}

async fn rotate_master_key(args: RotationArgs) -> Result<(), Failure> {
    let refused = |error: MasterKeyError| Failure::new(Exit::Configuration, error.to_string());
    let variable = SecretArgs::from_env("SMART_ROUTER_MASTER_KEY")?;
    let named = args.secrets.master_key_file.as_deref();
    let old = MasterKey::load(variable.as_ref(), named, Some(&args.data_dir), false).map_err(refused)?;
    let new = MasterKey::load(None, Some(&args.new_master_key_file), None, false).map_err(refused)?;
    let file = args.data_dir.join("control-plane.db");
    let url = args.database_url.unwrap_or_else(|| format!("sqlite://{}", file.display()));
    let _claimed = control_plane::backup::claim(&url, &args.data_dir).await.map_err(|error| backup::failure(&error))?;
    let store = Store::connect(&url).await.map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))?;
    store.migrate().await.map_err(Failure::failed)?;
    let count = master_key::rotate(&store, &old, &new).await.map_err(|error| {
        let exit = if matches!(error, RotationError::Store(_)) { Exit::Unavailable } else { Exit::Conflict };
        Failure::new(exit, error.to_string())
    })?;
    store.close().await;
    output::tell(&json!({"secrets": count}), &["secrets"], args.output, || {
        crate::output::say!("{count} secrets are sealed with the new master key. Start the control planes with it.");
        Ok(())
    })
}

async fn adopt(client: &AdminClient, at_least: Option<u64>, output: Output) -> Result<(), Failure> {
    let answer = client.post("/versions/adopt", &json!({"at_least": at_least})).await?;
    let ids = |name: &str| -> Vec<String> {
        let listed = answer[name].as_array().into_iter().flatten();
        listed.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    output::tell(
        &answer,
        &["version", "routers", "revoked_tokens", "suspended_tokens", "not_connected"],
        output,
        || {
            let version = &answer["version"];
            match ids("routers").len() {
                0 if at_least.is_none() => crate::output::say!("No router is ahead; version {version} is the latest."),
                count => crate::output::say!("Version {version} passes what routers hold; {count} of them were ahead."),
            }
            for (list, what) in [("revoked_tokens", "revoked"), ("suspended_tokens", "suspended")] {
                for id in ids(list) {
                    crate::output::say!("Token {id} is {what} again: a router knew it as {what}.");
                }
            }
            for router in answer["not_connected"].as_array().into_iter().flatten() {
                let word = |name: &str| router[name].as_str().unwrap_or_default().to_owned();
                let (name, id) = (word("name"), word("id"));
                crate::output::say!(
                    "{name} ({id}) is not connected: adopt again once it is, or name what it holds with --at-least."
                );
            }
            Ok(())
        },
    )
}

async fn migrate(database_url: &str, output: Output) -> Result<(), Failure> {
    let store = Store::connect(database_url).await.map_err(|error| {
        let exit = if matches!(error, StoreError::Url { .. }) { Exit::Usage } else { Exit::Unavailable };
        Failure::new(exit, error.to_string())
    })?;
    store.migrate().await.map_err(Failure::failed)?;
    output::tell(&json!({"state": "up to date"}), &["state"], output, || {
        crate::output::say!("The database is up to date.");
        Ok(())
    })
}
