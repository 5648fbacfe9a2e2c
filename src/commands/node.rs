//! `node`: routers.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::Failure;
use crate::output::{self, Output, Table};
use crate::values;

/// Routers
#[derive(Args)]
pub struct NodeArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: NodeAction,
}

#[derive(Subcommand)]
enum NodeAction {
    /// Lists routers: what they hold, and what they refused
    List {
        /// Those, too, that have been away or revoked for more than a day
        #[arg(long, env = "SMART_ROUTER_ALL")]
        all: bool,
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Creates a join token: routers become nodes with it
    JoinToken {
        /// How many routers may join with it
        #[arg(long, env = "SMART_ROUTER_JOIN_TOKEN_USES", default_value_t = 1)]
        uses: u64,
        /// How long it may be used
        #[arg(long, env = "SMART_ROUTER_JOIN_TOKEN_TTL", default_value = "1h", value_parser = values::length)]
        ttl: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Has callers sent elsewhere from a router: its `/readyz` says so, and who comes is served
    Drain {
        /// The router's id, from `node list`
        #[arg(value_parser = values::node_id)]
        id: String,
        /// Takes it back
        #[arg(long, env = "SMART_ROUTER_DRAIN_OFF")]
        off: bool,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Has a router replace its credential and its key by new ones, without joining again
    ///
    /// What it had opens until what is new is first used, and nothing from then on. A router whose credential is 90 days old does so
    /// without being asked.
    Rotate {
        /// The router's id, from `node list`
        #[arg(value_parser = values::node_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Forgets a router that is away or was revoked; its usage stays
    Forget {
        /// The router's id, from `node list --all`
        #[arg(value_parser = values::node_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Cuts a router off: it hears nothing new, and stops serving as soon as it learns of it
    Revoke {
        /// The router's id, from `node list`
        #[arg(value_parser = values::node_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs the action against the admin API.
pub async fn run(args: NodeArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        NodeAction::List { all, output } => {
            let answer = client.get("/nodes", &[("all", all.to_string())]).await?;
            let nodes = answer["nodes"].as_array().map_or(&[][..], Vec::as_slice);
            if output == Output::Json {
                return output::print(&(serde_json::to_string_pretty(nodes).map_err(Failure::failed)? + "\n"));
            }
            let table = table(nodes, output);
            output::print(&table.render(output))?;
        }
        NodeAction::JoinToken { ttl, uses, output } => {
            let answer = client.post("/nodes/join-tokens", &json!({"ttl": ttl, "uses": uses})).await?;
            output::tell(&answer, &["token", "expires_at", "uses"], output, || {
                let routers = if uses == 1 { "one router".to_owned() } else { format!("{uses} routers") };
                crate::output::say!("A join token for {routers}, shown this once:");
                output::print(&format!("{}\n", answer["token"].as_str().unwrap_or_default()))
            })?;
        }
        NodeAction::Drain { id, off, output } => {
            client.post(&format!("/nodes/{id}/drain"), &json!({"drained": !off})).await?;
            output::tell(&json!({"id": id, "drained": !off}), &["id", "drained"], output, || {
                crate::output::say!("Node {id} is {}.", if off { "taken back" } else { "drained" });
                Ok(())
            })?;
        }
        NodeAction::Rotate { id, output } => rotate(&client, &id, output).await?,
        NodeAction::Forget { id, output } => {
            client.delete(&format!("/nodes/{id}")).await?;
            output::tell(&json!({"id": id, "state": "forgotten"}), &["id", "state"], output, || {
                crate::output::say!("Node {id} is forgotten.");
                Ok(())
            })?;
        }
        NodeAction::Revoke { id, output } => {
            client.post(&format!("/nodes/{id}/revoke"), &json!({})).await?;
            output::tell(&json!({"id": id, "state": "revoked"}), &["id", "state"], output, || {
                crate::output::say!("Node {id} is revoked.");
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// Asks, and looks for a while whether it has been done: a router that is connected takes less than a second.
async fn rotate(client: &AdminClient, id: &str, output: Output) -> Result<(), Failure> {
    client.post(&format!("/nodes/{id}/rotate"), &json!({})).await?;
    let mut done = false;
    for _ in 0..LOOKS {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let answer = client.get("/nodes", &[("all", "true".to_owned())]).await?;
        let nodes = answer["nodes"].as_array().map_or(&[][..], Vec::as_slice);
        done = nodes.iter().any(|it| it["id"] == id && it["rotation_asked_at"].is_null());
        if done {
            break;
        }
    }
    let state = if done { "rotated" } else { "asked" };
    output::tell(&json!({"id": id, "state": state}), &["id", "state"], output, || {
        if done {
            crate::output::say!("Node {id} has a new credential and a new key; the old ones open nothing.");
        } else {
            crate::output::say!(
                "Node {id} is asked to replace its credential, and will as soon as it is connected; `credential_since` in \
                 `node list --output json` tells when it has. A router of a version without rotation has to join again."
            );
        }
        Ok(())
    })
}

/// A line for each router. A table is for people: the other forms have every word.
fn table(nodes: &[Value], output: Output) -> Table {
    let columns = [
        "id",
        "name",
        "region",
        "status",
        "held_version",
        "build",
        "has_key",
        "last_seen_at",
        "not_understood",
        "rejection",
        "problems",
        "unsent_events",
        "newer_usage_events",
        "second_use_at",
        "drained",
    ];
    let mut table = Table::new(&columns);
    let lines = nodes.iter().map(in_words);
    let lines: Vec<Value> = if output == Output::Table { lines.map(shortened).collect() } else { lines.collect() };
    table.extend_from_json(&lines);
    table
}

/// What it refused as `version 7: group/fast: …; target/openai/mini: …`, and what it does not understand as
/// `budget/ana: …, which closes caller/ana`.
fn in_words(node: &Value) -> Value {
    let mut node = node.clone();
    if let Some(gaps) = node["not_understood"].as_array() {
        node["not_understood"] = gaps.iter().map(gap_in_words).collect::<Vec<_>>().join("; ").into();
    }
    if let Some(problems) = node["problems"].as_array() {
        node["problems"] = problems.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ").into();
    }
    let rejection = &node["rejection"];
    let errors = rejection["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reasons: Vec<String> =
        errors.iter().map(|it| format!("{}: {}", word(&it["resource"]), word(&it["message"]))).collect();
    node["rejection"] = match rejection {
        Value::Null => Value::Null,
        rejection => format!("version {}: {}", rejection["version"], reasons.join("; ")).into(),
    };
    node
}

/// How often it is looked whether a router has done what it was asked.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

/// So much of a text stands in a table.
const CELL: usize = 160;

fn shortened(mut node: Value) -> Value {
    for name in ["not_understood", "rejection", "problems"] {
        let Some(text) = node[name].as_str().filter(|it| it.chars().count() > CELL) else { continue };
        let cut: String = text.chars().take(CELL).collect();
        node[name] = format!("{cut}… (the rest: --output json)").into();
    }
    node
}

fn gap_in_words(gap: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let doors: Vec<String> = gap["closes"].as_array().into_iter().flatten().map(word).collect();
    let text = format!("{}: {}", word(&gap["resource"]), word(&gap["message"]));
    if doors.is_empty() { text } else { format!("{text}, which closes {}", doors.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_rejection_does_not_take_the_table() {
        let node = json!({"rejection": "x".repeat(3000), "problems": "short"});
        let shown = shortened(node);
        assert!(shown["rejection"].as_str().is_some_and(|it| it.len() < 200 && it.ends_with("--output json)")));
        assert_eq!(shown["problems"], "short");
    }

    #[test]
    fn what_is_not_understood_is_told_with_what_it_closes() {
        let node = json!({"id": "n", "not_understood": [
            {"resource": "budget/ana", "message": "unknown-kind: no such kind", "closes": ["caller/ana", "group/fast"]},
            {"resource": "note/all", "message": "unknown-kind: no such kind", "closes": []},
        ]});
        let words = "budget/ana: unknown-kind: no such kind, which closes caller/ana, group/fast; \
                     note/all: unknown-kind: no such kind";
        assert_eq!(in_words(&node)["not_understood"], words);
        assert!(in_words(&json!({"id": "n"}))["not_understood"].is_null());
    }
}
