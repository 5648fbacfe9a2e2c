use std::{collections::BTreeMap, fmt::Write, time::Duration};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;
use vocabulary::Build;

use super::App;
use crate::{
    manage::{ManageError, node},
    store::{config, node as stored_node, revision},
};

/// A monitor gives up soon, and what it needs most is what this process knows of an outage: the database is waited for no longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a monitor asks of a control plane, in Prometheus' text format.
///
/// A caller's token with the scope `metrics` opens it, too: the same one that opens routers' `/metrics`. What is counted of usage
/// (`smart_router_fleet_…`) is counted by the replica that stored it, from its start on: add the replicas up. While the database
/// does not answer, what only it knows is left out, and `smart_router_database_up` is 0.
#[utoipa::path(get, path = "/metrics", tag = "health", security(("admin_token" = [])),
    responses((status = 200, description = "Prometheus text", content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Response {
    let mut text = String::new();
    let stored = timeout(PATIENCE, Stored::read(&app)).await.ok().and_then(Result::ok);
    let up = u64::from(stored.is_some());
    gauge(&mut text, "smart_router_database_up", "1 while the database answers.", &[("", up)]);
    if let Some(stored) = stored {
        stored.render(&mut text);
    }
    of_process(&app, &mut text);
    app.metrics.render(&mut text);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// What the database says.
struct Stored {
    version: u64,
    document: u64,
    ahead: u64,
    newer: u64,
    unsent: u64,
    nodes: BTreeMap<&'static str, u64>,
}

impl Stored {
    async fn read(app: &App) -> Result<Self, ManageError> {
        let store = &app.control.store;
        let version = revision::current(store.read()).await?;
        let document = config::latest(store.read()).await?.map_or(0, |config| config.about.version);
        let ahead = stored_node::ahead(store.read()).await?;
        let (mut nodes, mut newer, mut unsent) = (BTreeMap::new(), 0, 0);
        for (node, status) in node::list(&app.control).await? {
            newer += node.newer_usage_events;
            unsent += node.unsent_events.unwrap_or_default();
            *nodes.entry(status.as_str()).or_default() += 1;
        }
        Ok(Self { version, document, ahead, newer, unsent, nodes })
    }

    fn render(self, text: &mut String) {
        gauge(text, "smart_router_latest_version", "The latest version of all.", &[("", self.version)]);
        gauge(
            text,
            "smart_router_document_version",
            "The latest version that changed the configuration document.",
            &[("", self.document)],
        );
        gauge(
            text,
            "smart_router_nodes_ahead",
            "Routers, connected or not, that hold a newer version than there is: `smart-router db adopt` passes it.",
            &[("", self.ahead)],
        );
        let by_status: Vec<(String, u64)> =
            self.nodes.into_iter().map(|(status, count)| (format!("{{status=\"{status}\"}}"), count)).collect();
        gauge(text, "smart_router_nodes", "Routers by how they stand.", &by_status);
        gauge(
            text,
            "smart_router_usage_newer_events",
            "Usage events of which a part is not kept, because their routers were newer than their control plane.",
            &[("", self.newer)],
        );
        gauge(
            text,
            "smart_router_nodes_unsent_events",
            "Usage events that routers keep and have not delivered, as each said last, those that are away included.",
            &[("", self.unsent)],
        );
    }
}

/// What this process knows without the database.
fn of_process(app: &App, text: &mut String) {
    let standing = app.publisher.standing();
    gauge(
        text,
        "smart_router_config_version",
        "The version that routers are sent; a router's own gauge of this name tells which one it serves.",
        &[("", standing.version)],
    );
    let failing = u64::from(standing.failure.is_some());
    gauge(text, "smart_router_publishing_failing", "1 while the latest version cannot be published.", &[("", failing)]);
    gauge(
        text,
        "smart_router_secrets_lacking",
        "What the configuration names outside the database and this control plane does not have as it should; `/healthz` names it.",
        &[("", standing.lacks.len() as u64)],
    );
    let Build { version, commit, date } = app.build;
    let build = format!("{{component=\"control-plane\",version=\"{version}\",commit=\"{commit}\",built=\"{date}\"}}");
    gauge(text, "smart_router_build_info", "This build; always 1.", &[(build, 1)]);
}

fn gauge<L: AsRef<str>>(text: &mut String, name: &str, help: &str, samples: &[(L, u64)]) {
    write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n").expect("writing to a String does not fail");
    for (labels, value) in samples {
        writeln!(text, "{name}{} {value}", labels.as_ref()).expect("writing to a String does not fail");
    }
}
