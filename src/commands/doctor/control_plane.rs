//! A control plane: its database and master key, and whether it answers.

use std::path::Path;
use std::time::Duration;

use control_plane::examine::{self, Database};
use control_plane::secrets::MasterKey;
use control_plane::store::Schema;
use serde_json::Value;

use super::finding::Finding;
use crate::admin_client::{AdminClient, ServerArgs};
use crate::commands::control_plane::SecretArgs;
use crate::exit::{Exit, Failure};

/// How long a control plane may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a control plane would start from.
pub async fn state(dir: &Path, url: Option<&str>, secrets: &SecretArgs) -> Vec<Finding> {
    let file = dir.join("control-plane.db");
    let url = match url {
        Some(url) => url.to_owned(),
        None if file.exists() => format!("sqlite://{}", file.display()),
        None => {
            let text = format!(
                "{} does not exist; name another database with --database-url, or restore the file from a backup",
                file.display()
            );
            return vec![Finding::warning("database", text)];
        }
    };
    let database = match examine::database(&url).await {
        Ok(database) => database,
        Err(error) => return vec![Finding::failed("database", error)],
    };
    vec![tables(database.schema), master_key(&database, dir, secrets)]
}

fn tables(schema: Schema) -> Finding {
    let newer = "run the newest build that has used this database";
    match schema {
        Schema::Current => Finding::ok("database", "it is readable, and its tables are this version's"),
        Schema::Empty => Finding::warning(
            "database",
            "it has no tables; `smart-router db migrate` or a control plane's start makes them",
        ),
        Schema::Behind { missing } => Finding::warning(
            "database",
            format!("{missing} migrations are missing; `smart-router db migrate` or a control plane's start runs them"),
        ),
        Schema::Newer { version } => {
            Finding::failed("database", format!("a newer version has used it (migration {version}); {newer}"))
        }
        Schema::Foreign { version } => {
            Finding::failed("database", format!("migration {version} is not the one of this version; {newer}"))
        }
        Schema::Unfinished { version } => Finding::failed(
            "database",
            format!("migration {version} was not finished; restore a backup from before it"),
        ),
    }
}

fn master_key(database: &Database, dir: &Path, secrets: &SecretArgs) -> Finding {
    let variable = match SecretArgs::from_env("SMART_ROUTER_MASTER_KEY") {
        Ok(variable) => variable,
        Err(failure) => return Finding::failed("master key", failure.message),
    };
    match MasterKey::load(variable.as_ref(), secrets.master_key_file.as_deref(), Some(dir), false) {
        Err(error) => Finding::failed("master key", error),
        Ok(key) if database.opens_with(&key) => Finding::ok("master key", "it is the database's"),
        Ok(_) => Finding::failed("master key", control_plane::StartError::OtherMasterKey),
    }
}

/// Whether it answers, and how its routers stand.
pub async fn connection(args: &ServerArgs) -> Vec<Finding> {
    let client = match AdminClient::connect(args) {
        Ok(client) => client,
        Err(failure) => return vec![Finding::failed("control plane", failure.in_a_line())],
    };
    if let Err(failure) = patiently(client.ready()).await {
        let text = format!("{}; start it, or see its log", failure.message);
        return vec![Finding::failed("control plane", text)];
    }
    let mut findings = vec![Finding::ok("control plane", format!("{} is ready", client.server()))];
    match patiently(client.health()).await {
        Ok(health) => findings.extend(publishing(&health)),
        Err(failure) => findings.push(Finding::failed("publishing", failure.message)),
    }
    match patiently(client.get("/nodes", &[])).await {
        Ok(answer) => {
            findings.push(Finding::ok("admin token", "it is accepted"));
            findings.extend(nodes(answer["nodes"].as_array().map_or(&[], Vec::as_slice)));
        }
        Err(failure) if failure.exit == Exit::Denied && !args.names_a_server() => {
            let way_out = "restart the control plane: it puts a new one into admin.json";
            findings.push(Finding::failed("admin token", format!("{}; {way_out}", failure.message)));
        }
        Err(failure) => findings.push(Finding::failed("admin token", failure.message)),
    }
    findings
}

/// What routers are not sent, and what the control plane lacks of what the configuration names.
pub(super) fn publishing(health: &Value) -> Vec<Finding> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut findings = Vec::new();
    if let Some(reason) = health["publishing_failure"].as_str() {
        let text = format!("routers keep version {}: {reason}", health["published_version"]);
        findings.push(Finding::failed("publishing", text));
    }
    for lack in health["lacks"].as_array().into_iter().flatten() {
        let text = format!(
            "{}: {}; give all control planes the same variables and files",
            word(&lack["what"]),
            word(&lack["why"])
        );
        findings.push(Finding::warning("publishing", text));
    }
    findings
}

async fn patiently<T>(asking: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let silent = || Failure::new(Exit::Unavailable, format!("no answer within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| Err(silent()))
}

/// A line for each router that should be looked at, and one for the others.
pub(super) fn nodes(nodes: &[Value]) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        nodes.iter().filter_map(trouble).map(|it| Finding::warning("routers", it)).collect();
    let current = nodes.iter().filter(|node| node["status"] == "current").count();
    if findings.is_empty() {
        findings.push(Finding::ok("routers", format!("{current} connected and current")));
    }
    findings
}

/// What is wrong with a router and the way out. One that was revoked is meant to be away.
fn trouble(node: &Value) -> Option<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, id) = (word(&node["name"]), word(&node["id"]));
    if node["status"] == "revoked" {
        return None;
    }
    if let Some(at) = node["second_use_at"].as_str() {
        return Some(format!(
            "{name} ({id}): its credential was used by somebody else at {at}; its files were copied: `smart-router node revoke \
             {id}`, and let it join again"
        ));
    }
    let rejection = &node["rejection"];
    if !rejection.is_null() {
        let error = &rejection["errors"][0];
        let (version, resource, message) = (&rejection["version"], word(&error["resource"]), word(&error["message"]));
        return Some(format!(
            "{name} ({id}) refused version {version} and serves version {}: {resource} {message}; correct the \
             configuration and apply it again",
            node["held_version"]
        ));
    }
    if let Some(problem) = node["problems"][0].as_str().filter(|_| node["status"] != "away") {
        return Some(format!("{name} ({id}): {problem}; see its log"));
    }
    match node["status"].as_str() {
        Some("current") => None,
        Some("away") => Some(format!(
            "{name} ({id}) is away since {}; start it or see its log, or remove it with `smart-router node revoke {id}`",
            node["last_seen_at"].as_str().unwrap_or("its enrolment")
        )),
        Some("ahead") => Some(format!(
            "{name} ({id}) serves version {}, which this database does not know, and takes nothing older, revocations included: \
             an older copy was restored; `smart-router db adopt` passes that version",
            node["held_version"]
        )),
        _ => Some(format!(
            "{name} ({id}) still serves version {}; look again in a moment, then see its log",
            node["held_version"]
        )),
    }
}
