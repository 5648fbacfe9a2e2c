use std::{collections::BTreeMap, fmt::Write};

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use vocabulary::Build;

use super::{App, problem::Problem};
use crate::{
    manage::node,
    store::{config, node as stored_node, revision},
};

/// What a monitor asks of a control plane, in Prometheus' text format.
///
/// A caller's token with the scope `metrics` opens it, too: the same one that opens routers' `/metrics`. What is counted of usage
/// (`smart_router_fleet_…`) is counted by the replica that stored it, from its start on: add the replicas up.
#[utoipa::path(get, path = "/metrics", tag = "health", security(("admin_token" = [])),
    responses((status = 200, description = "Prometheus text", content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let store = &app.control.store;
    let version = revision::current(store.read()).await?;
    let document = config::latest(store.read()).await?.map_or(0, |config| config.about.version);
    let mut nodes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut newer = 0;
    for (node, status) in node::list(&app.control).await? {
        newer += node.newer_usage_events;
        *nodes.entry(status.as_str()).or_default() += 1;
    }
    let mut text = String::new();
    gauge(&mut text, "smart_router_latest_version", "The latest version of all.", &[("", version)]);
    gauge(
        &mut text,
        "smart_router_document_version",
        "The latest version that changed the configuration document.",
        &[("", document)],
    );
    let standing = app.publisher.standing();
    gauge(
        &mut text,
        "smart_router_config_version",
        "The version that routers are sent; a router's own gauge of this name tells which one it serves.",
        &[("", standing.version)],
    );
    let failing = u64::from(standing.failure.is_some());
    gauge(
        &mut text,
        "smart_router_publishing_failing",
        "1 while the latest version cannot be published.",
        &[("", failing)],
    );
    gauge(
        &mut text,
        "smart_router_secrets_lacking",
        "What the configuration names outside the database and this control plane does not have as it should; `/healthz` names it.",
        &[("", standing.lacks.len() as u64)],
    );
    gauge(
        &mut text,
        "smart_router_nodes_ahead",
        "Routers, connected or not, that hold a newer version than there is: `smart-router db adopt` passes it.",
        &[("", stored_node::ahead(store.read()).await?)],
    );
    let by_status: Vec<(String, u64)> =
        nodes.into_iter().map(|(status, count)| (format!("{{status=\"{status}\"}}"), count)).collect();
    gauge(&mut text, "smart_router_nodes", "Routers by how they stand.", &by_status);
    gauge(
        &mut text,
        "smart_router_usage_newer_events",
        "Usage events of which a part is not kept, because their routers were newer than their control plane.",
        &[("", newer)],
    );
    let Build { version, commit, date } = app.build;
    let build = format!("{{component=\"control-plane\",version=\"{version}\",commit=\"{commit}\",built=\"{date}\"}}");
    gauge(&mut text, "smart_router_build_info", "This build; always 1.", &[(build, 1)]);
    app.metrics.render(&mut text);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn gauge<L: AsRef<str>>(text: &mut String, name: &str, help: &str, samples: &[(L, u64)]) {
    write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n").expect("writing to a String does not fail");
    for (labels, value) in samples {
        writeln!(text, "{name}{} {value}", labels.as_ref()).expect("writing to a String does not fail");
    }
}
