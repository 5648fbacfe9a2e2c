//! `config`: the declarative configuration.

mod check;
mod effects;
mod watch;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use control_plane_core::diff::Change;
use control_plane_core::effect::Effects;
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ConfigProblem, ServerArgs};
use crate::commands::in_force::WaitArgs;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{self, Output, Table};
use check::CheckArgs;
use watch::WatchArgs;

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
    Check(CheckArgs),
    /// Validates a file and publishes it as a new version
    Apply {
        /// The configuration; `-` for standard input
        file: PathBuf,
        /// Why, for the list of versions
        #[arg(long, env = "SMART_ROUTER_COMMENT", default_value = "")]
        comment: String,
        /// Refuse unless this is the current version
        #[arg(long, env = "SMART_ROUTER_EXPECTED_VERSION")]
        expected_version: Option<u64>,
        /// Apply it although it takes back what was changed since this file was last applied
        #[arg(long, env = "SMART_ROUTER_FORCE")]
        force: bool,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Changes parts of the configuration: a list of operations as JSON Patch (RFC 6902) has them
    Patch {
        /// The list, as JSON; `-` for standard input
        file: PathBuf,
        /// The version that it is based on; what others have changed elsewhere since stays
        #[arg(long, env = "SMART_ROUTER_EXPECTED_VERSION")]
        expected_version: u64,
        /// Why, for the list of versions
        #[arg(long, env = "SMART_ROUTER_COMMENT", default_value = "")]
        comment: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Applies a file now and whenever it changes, until a signal comes
    Watch(WatchArgs),
    /// Prints what applying a file would change, and whom that touches
    Diff {
        /// The configuration; `-` for standard input
        file: PathBuf,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Prints the configuration in force, or an older one
    Export {
        /// The older one: any version up to the latest, such as an answer's `x-router-config-version`
        #[arg(long, env = "SMART_ROUTER_CONFIG_VERSION")]
        version: Option<u64>,
        /// Prints JSON instead of YAML, as `--output json` does
        #[arg(long, env = "SMART_ROUTER_JSON")]
        json: bool,
        /// `json`, or YAML
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Lists the versions that changed the configuration
    Versions {
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Publishes an older configuration under a new, higher version
    Rollback {
        /// The older one: any version up to the latest
        version: u64,
        /// Why, for the list of versions
        #[arg(long, env = "SMART_ROUTER_COMMENT", default_value = "")]
        comment: String,
        /// Prints what it would change and whom that touches, and publishes nothing
        #[arg(long, env = "SMART_ROUTER_PREVIEW")]
        preview: bool,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Prints the JSON Schema of the file
    Schema,
}

/// Runs the action; only `check` and `schema` need no server.
pub async fn run(args: ConfigArgs) -> Result<(), Failure> {
    match args.action {
        ConfigAction::Check(args) => check::run(&args).await,
        ConfigAction::Schema => output::print(&control_plane_core::schema::json_schema()),
        action => remote(action, &AdminClient::connect(&args.server)?).await,
    }
}

async fn remote(action: ConfigAction, client: &AdminClient) -> Result<(), Failure> {
    match action {
        ConfigAction::Check(_) | ConfigAction::Schema => {}
        ConfigAction::Watch(args) => watch::run(&args, client).await?,
        ConfigAction::Apply { file, comment, expected_version, force, output, wait } => {
            let body = json!({
                "document": read(&file)?,
                "comment": comment,
                "expected_version": expected_version,
                "file": called(&file),
                "force": force,
            });
            let answer = client.post("/config/apply", &body).await.map_err(|error| in_file(&file, error))?;
            published(client, &input::name(&file), answer, &wait, output).await?;
        }
        ConfigAction::Diff { file, output } => {
            let body = json!({"document": read(&file)?});
            let answer = client.post("/config/diff", &body).await.map_err(|error| in_file(&file, error))?;
            compared(&input::name(&file), &answer, output)?;
        }
        ConfigAction::Patch { file, expected_version, comment, output, wait } => {
            let operations: Value = serde_json::from_str(&read(&file)?)
                .map_err(|error| Failure::new(Exit::Configuration, format!("{}: {error}", input::name(&file))))?;
            let body = json!({"operations": operations, "expected_version": expected_version, "comment": comment});
            let answer = client.patch("/config", &body).await?;
            published(client, &input::name(&file), answer, &wait, output).await?;
        }
        ConfigAction::Export { version, json, output } => {
            let form = if json || output == Output::Json { "json" } else { "yaml" };
            let mut query = vec![("format", form.to_owned())];
            query.extend(version.map(|version| ("version", version.to_string())));
            output::print(&client.get_text("/config", &query).await?)?;
        }
        ConfigAction::Versions { output } => {
            let answer = client.get("/config/versions", &[]).await?;
            let mut table = Table::new(&["version", "created_at", "author", "comment", "summary", "restores"]);
            table.extend_from_json(answer["versions"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))?;
        }
        ConfigAction::Rollback { version, preview: true, output, .. } => {
            let answer = client.post("/config/rollback/preview", &json!({"version": version})).await?;
            compared(&format!("version {version}"), &answer, output)?;
        }
        ConfigAction::Rollback { version, comment, output, wait, .. } => {
            let answer = client.post("/config/rollback", &json!({"version": version, "comment": comment})).await?;
            published(client, &format!("version {version}"), answer, &wait, output).await?;
        }
    }
    Ok(())
}

/// Tells what a change would be, and whom it would touch.
fn compared(name: &str, answer: &Value, output: Output) -> Result<(), Failure> {
    if output != Output::Json {
        print_warnings(name, answer)?;
    }
    print_changes(answer, output)?;
    // An older control plane does not tell.
    let told = answer.get("effects").filter(|_| output == Output::Table && answer["changes"] != json!([]));
    let Some(told) = told else { return Ok(()) };
    let effects: Effects = serde_json::from_value(told.clone()).map_err(Failure::failed)?;
    output::print(&format!("\n{}", effects::told(&effects)))
}

/// Tells what a change was, and where it is in force: that it is published alone changes nothing for callers.
async fn published(
    client: &AdminClient,
    name: &str,
    mut answer: Value,
    wait: &WaitArgs,
    output: Output,
) -> Result<(), Failure> {
    let outcome = wait.outcome(wait.ask(client, &mut answer).await);
    if output == Output::Json {
        // All of it stands in the answer: stderr is for an error.
        print_changes(&answer, output)?;
        return outcome.map(drop);
    }
    print_warnings(name, &answer)?;
    print_changes(&answer, output)?;
    let version = &answer["version"];
    if answer["changes"].as_array().is_some_and(Vec::is_empty) {
        crate::output::say!("Nothing is published: version {version} has the configuration of {name}.");
    } else {
        crate::output::say!("Version {version} is published, with the configuration of {name}.");
    }
    outcome.map(|text| crate::output::say!("{text}"))
}

/// What a file is called from one apply to the next.
fn called(file: &Path) -> Option<String> {
    let path = (!input::is_standard(file)).then(|| file.canonicalize().ok()).flatten()?;
    Some(path.display().to_string())
}

fn read(file: &Path) -> Result<String, Failure> {
    input::text(file, Exit::Configuration)
}

/// The server names line and column; the user needs the file as well.
fn in_file(file: &Path, mut failure: Failure) -> Failure {
    let (name, exit) = (input::name(file), failure.exit);
    let line = |line: &str| match (exit, line.strip_prefix("1:1: ")) {
        (Exit::Configuration, _) => format!("{name}:{line}"),
        // What a file would take back stands in no line of it.
        (Exit::Conflict, Some(change)) => format!("{name}: {change}"),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = failure.message.lines().map(line).collect();
    failure.message = lines.join("\n");
    failure
}

fn print_changes(answer: &Value, output: Output) -> Result<(), Failure> {
    match output {
        Output::Table => {}
        Output::Json => return output::print(&format!("{answer:#}\n")),
        Output::Markdown | Output::Csv => {
            let mut table = Table::new(&["path", "kind", "before", "after"]);
            table.extend_from_json(answer["changes"].as_array().map_or(&[], Vec::as_slice));
            return output::print(&table.render(output));
        }
    }
    let changes: Vec<Change> = serde_json::from_value(answer["changes"].clone()).map_err(Failure::failed)?;
    if changes.is_empty() {
        crate::output::say!("No change.");
    }
    let lines = changes.into_iter().flat_map(Change::leaves).map(|it| format!("{it}\n"));
    output::print(&lines.collect::<String>())
}

fn print_warnings(name: &str, answer: &Value) -> Result<(), Failure> {
    let warnings: Vec<ConfigProblem> = serde_json::from_value(answer["warnings"].clone()).map_err(Failure::failed)?;
    for warning in &warnings {
        crate::output::say!("{name}:{warning}");
    }
    Ok(())
}
