//! `db backup` and `db restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use control_plane::backup::{self, Backup, BackupError, Manifest, Restore};
use control_plane::secrets::{MasterKey, MasterKeyError};
use control_plane::store::StoreError;

use crate::commands::control_plane::SecretArgs;
use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

/// Where a control plane keeps its state.
#[derive(Args)]
struct DatabaseArgs {
    /// `sqlite://<path>` or `postgres://user@host/database`; by default the file in the data dir
    #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true, value_parser = crate::values::secret)]
    database_url: Option<String>,
    /// The control plane's data directory
    #[arg(long, env = "SMART_ROUTER_DATA_DIR", default_value = defaults::DATA_DIR)]
    data_dir: PathBuf,
    #[command(flatten)]
    secrets: SecretArgs,
}

/// Copies the database as it is at one moment, while control planes go on serving
///
/// The copy is a directory that only its owner may open: the database, and a manifest that says which master key opens what is
/// sealed in it. SQLite copies itself; PostgreSQL's `pg_dump` copies the tables of this product.
#[derive(Args)]
pub struct BackupArgs {
    /// A directory that does not exist yet
    to: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Puts the master key into the copy as well: whoever has it can then open provider keys
    #[arg(long, env = "SMART_ROUTER_INCLUDE_MASTER_KEY")]
    include_master_key: bool,
    /// How the manifest is printed
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Puts a copy back; control planes must be stopped
///
/// Routers go on serving meanwhile. When they hold newer versions than the copy, `node list` calls them `ahead`.
#[derive(Args)]
pub struct RestoreArgs {
    /// What `db backup` made
    from: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Replaces a database that is not empty
    #[arg(long, env = "SMART_ROUTER_RESTORE_FORCE")]
    force: bool,
    /// How the manifest is printed
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

impl DatabaseArgs {
    fn url(&self) -> String {
        let file = || format!("sqlite://{}", self.data_dir.join("control-plane.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// The key, unless there is none here.
    fn master_key(&self) -> Result<Option<MasterKey>, Failure> {
        let variable = SecretArgs::from_env("SMART_ROUTER_MASTER_KEY")?;
        let file = self.secrets.master_key_file.as_deref();
        match MasterKey::load(variable.as_ref(), file, Some(&self.data_dir), false) {
            Ok(key) => Ok(Some(key)),
            Err(MasterKeyError::Gone { .. } | MasterKeyError::Missing) => Ok(None),
            Err(error) => Err(Failure::new(Exit::Configuration, error.to_string())),
        }
    }
}

/// Makes a copy and says what it needs.
pub async fn backup(args: BackupArgs) -> Result<(), Failure> {
    let (url, key) = (args.database.url(), args.database.master_key()?);
    let wanted = Backup { url: &url, to: &args.to, master_key: key.as_ref(), include_key: args.include_master_key };
    let made = backup::make(&wanted).await.map_err(|error| failure(&error))?;
    tell(&made, args.output, || {
        crate::output::say!("{}", summary(&args.to, &made));
        output::print(&format!("{}\n", args.to.display()))
    })
}

fn tell(manifest: &Manifest, output: Output, words: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    let answer = serde_json::to_value(manifest).map_err(Failure::failed)?;
    output::tell(&answer, &["engine", "version", "build", "created_ms", "bytes", "sha256"], output, words)
}

fn summary(to: &Path, made: &Manifest) -> String {
    let key = match &made.master_key {
        Some(key) if key.included => {
            format!("It holds the master key {}: keep it as you keep the key.", key.fingerprint)
        }
        Some(key) => format!("It needs the master key {}, which is not in it: keep that elsewhere.", key.fingerprint),
        None => "The master key was not here, and is not in it; without it sealed provider keys are lost.".to_owned(),
    };
    format!("Backed up version {} to {}. {key}", made.version, to.display())
}

/// Puts a copy back and says what is left to do.
pub async fn restore(args: RestoreArgs) -> Result<(), Failure> {
    let (url, key) = (args.database.url(), args.database.master_key()?);
    let data_dir = &args.database.data_dir;
    let wanted = Restore { from: &args.from, url: &url, data_dir, master_key: key.as_ref(), force: args.force };
    let restored = backup::restore(&wanted).await.map_err(|error| failure(&error))?;
    tell(&restored, args.output, || {
        crate::output::say!("Restored version {}.", restored.version);
        match (&restored.master_key, &key) {
            (Some(note), None) if note.included => {
                crate::output::say!("The master key {} is in the data directory.", note.fingerprint);
            }
            (Some(note), None) => {
                crate::output::say!("It needs the master key {}: give it to the control plane.", note.fingerprint);
            }
            _ => {}
        }
        crate::output::say!(
            "Start the control plane. If `smart-router node list` calls routers `ahead`: `smart-router db adopt`."
        );
        Ok(())
    })
}

/// What a script should know about a database that cannot be had.
pub fn failure(error: &BackupError) -> Failure {
    let exit = match error {
        BackupError::Store(StoreError::Url { .. }) => Exit::Usage,
        BackupError::Store(_) => Exit::Unavailable,
        BackupError::Exists(_) | BackupError::NotEmpty | BackupError::InUse(_) | BackupError::DataDir(_) => {
            Exit::Conflict
        }
        BackupError::OtherKey { .. }
        | BackupError::NoKey
        | BackupError::MasterKey(_)
        | BackupError::OtherEngine { .. } => Exit::Configuration,
        _ => Exit::Failed,
    };
    Failure::new(exit, error.to_string())
}
