//! `config`: the declarative configuration.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use control_plane_core::Problem;
use control_plane_core::diff::Change;
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ConfigProblem, ServerArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, Output, Table};

/// The declarative configuration: validate, compare, apply, go back
#[derive(Args)]
pub struct ConfigArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Subcommand)]
enum ConfigAction {
    /// Finds every mistake in a file; needs no server
    Check {
        /// The configuration
        file: PathBuf,
    },
    /// Validates a file and publishes it as a new version
    Apply {
        /// The configuration
        file: PathBuf,
        /// Why, for the list of versions
        #[arg(long, env = "SMART_ROUTER_COMMENT", default_value = "")]
        comment: String,
        /// Refuse unless this is the current version
        #[arg(long, env = "SMART_ROUTER_EXPECTED_VERSION")]
        expected_version: Option<u64>,
    },
    /// Prints what applying a file would change
    Diff {
        /// The configuration
        file: PathBuf,
    },
    /// Prints the configuration in force, or an older one
    Export {
        /// The older one: any version up to the latest, such as an answer's `x-router-config-version`
        #[arg(long, env = "SMART_ROUTER_CONFIG_VERSION")]
        version: Option<u64>,
        /// Prints JSON instead of YAML
        #[arg(long, env = "SMART_ROUTER_JSON")]
        json: bool,
    },
    /// Lists the versions that changed the configuration
    Versions {
        /// How the list is printed
        #[arg(long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Publishes an older configuration under a new, higher version
    Rollback {
        /// The older one: any version up to the latest
        version: u64,
        /// Why, for the list of versions
        #[arg(long, env = "SMART_ROUTER_COMMENT", default_value = "")]
        comment: String,
    },
    /// Prints the JSON Schema of the file
    Schema,
}

/// Runs the action; only `check` and `schema` need no server.
pub async fn run(args: ConfigArgs) -> Result<(), Failure> {
    match args.action {
        ConfigAction::Check { file } => check(&file),
        ConfigAction::Schema => output::print(&control_plane_core::schema::json_schema()),
        action => remote(action, &AdminClient::connect(&args.server)?).await,
    }
}

async fn remote(action: ConfigAction, client: &AdminClient) -> Result<(), Failure> {
    match action {
        ConfigAction::Check { .. } | ConfigAction::Schema => {}
        ConfigAction::Apply { file, comment, expected_version } => {
            let body = json!({"document": read(&file)?, "comment": comment, "expected_version": expected_version});
            let answer = client.post("/config/apply", &body).await.map_err(|error| in_file(&file, error))?;
            print_warnings(&file, &answer)?;
            print_changes(&answer)?;
            eprintln!("Version {} is in force.", answer["version"]);
        }
        ConfigAction::Diff { file } => {
            let body = json!({"document": read(&file)?});
            print_changes(&client.post("/config/diff", &body).await.map_err(|error| in_file(&file, error))?)?;
        }
        ConfigAction::Export { version, json } => {
            let mut query = vec![("format", if json { "json" } else { "yaml" }.to_owned())];
            query.extend(version.map(|version| ("version", version.to_string())));
            output::print(&client.get_text("/config", &query).await?)?;
        }
        ConfigAction::Versions { output } => {
            let answer = client.get("/config/versions", &[]).await?;
            let mut table = Table::new(&["version", "created_at", "author", "comment", "restores"]);
            table.extend_from_json(answer["versions"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))?;
        }
        ConfigAction::Rollback { version, comment } => {
            let answer = client.post("/config/rollback", &json!({"version": version, "comment": comment})).await?;
            eprintln!("The configuration of version {version} is published as version {}.", answer["version"]);
        }
    }
    Ok(())
}

fn check(file: &Path) -> Result<(), Failure> {
    let text = read(file)?;
    let name = file.display();
    let lines = |problems: &[Problem]| problems.iter().map(|it| format!("{name}:{it}")).collect::<Vec<_>>().join("\n");
    let parsed = control_plane_core::parse::parse(&text, &|name| std::env::var(name).ok())
        .map_err(|problems| Failure::new(Exit::Configuration, lines(&problems)))?;
    if !parsed.warnings.is_empty() {
        eprintln!("{}", lines(&parsed.warnings));
    }
    eprintln!("{name} is valid.");
    Ok(())
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::new(Exit::Configuration, format!("cannot read {}: {error}", file.display())))
}

/// The server names line and column; the user needs the file as well.
fn in_file(file: &Path, failure: Failure) -> Failure {
    if failure.exit != Exit::Configuration {
        return failure;
    }
    let lines: Vec<String> = failure.message.lines().map(|line| format!("{}:{line}", file.display())).collect();
    Failure::new(failure.exit, lines.join("\n"))
}

fn print_changes(answer: &Value) -> Result<(), Failure> {
    let changes: Vec<Change> = serde_json::from_value(answer["changes"].clone()).map_err(Failure::failed)?;
    if changes.is_empty() {
        eprintln!("No change.");
    }
    let lines = changes.into_iter().flat_map(Change::leaves).map(|it| format!("{it}\n"));
    output::print(&lines.collect::<String>())
}

fn print_warnings(file: &Path, answer: &Value) -> Result<(), Failure> {
    let warnings: Vec<ConfigProblem> = serde_json::from_value(answer["warnings"].clone()).map_err(Failure::failed)?;
    for warning in &warnings {
        eprintln!("{}:{warning}", file.display());
    }
    Ok(())
}
