//! Routers: the list, one, letting one in, and what can be done to one.

mod act;
mod join;
mod one;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    node::NodeStatus,
    permission::{Action, permit},
};
use web::{
    Screen, Tag, Tone,
    nodes::{NodeRow, Nodes},
    parts::{Absent, Tab, Why},
    show::{Count, Moment},
};

use super::{export, reader::Reader, versions::refusal, wrong::Wrong};
use crate::{
    clock::now_ms,
    http::{App, moment::rfc3339},
    manage::{ManageError, node},
    store::{node::Node, revision},
};

pub use act::{ask, done};
pub use join::{issue, join};
pub use one::show;

/// A router, and how it stands.
type NodeStanding = (Node, NodeStatus);

/// How a router stands, as a word with its colour.
fn state((node, status): &NodeStanding) -> Tag {
    match status {
        NodeStatus::Current if node.drained => Tag::plain("drained"),
        NodeStatus::Current => Tag::new(Tone::Good, "current"),
        NodeStatus::Partial => Tag::new(Tone::Warning, "partial"),
        NodeStatus::Behind => Tag::new(Tone::Note, "behind"),
        NodeStatus::Ahead => Tag::new(Tone::Bad, "ahead"),
        NodeStatus::Rejecting => Tag::new(Tone::Bad, "rejecting"),
        NodeStatus::Away => Tag::new(Tone::Warning, "away"),
        NodeStatus::Revoked => Tag::plain("revoked"),
    }
}

/// What is wrong with a router, each in a sentence.
fn problems((node, status): &NodeStanding) -> Vec<String> {
    let mut all = node.problems.clone();
    if let Some(rejection) = node.rejection.as_ref().filter(|_| *status == NodeStatus::Rejecting) {
        all.push(format!("It refuses version {}: {}.", rejection.version, refusal(node)));
    }
    if *status == NodeStatus::Partial {
        let what: Vec<&str> = node.gaps.iter().take(5).map(|it| it.resource.as_str()).collect();
        let more = node.gaps.len().saturating_sub(what.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        all.push(format!("Its build does not understand all of what it serves: {}{more}.", what.join(", ")));
    }
    if *status == NodeStatus::Ahead {
        all.push("It holds versions that this database does not know, as after a restore of an older copy: see `smart-router version adopt`.".to_owned());
    }
    if node.second_use_ms.is_some() {
        all.push("Somebody else has used its credential: revoke it, and let the right one join again.".to_owned());
    }
    if node.newer_usage_events > 0 {
        all.push(format!("{} of its usage events said more than this build understands.", node.newer_usage_events));
    }
    all
}

/// A router by its id.
async fn found(app: &App, id: &str) -> Result<NodeStanding, Wrong> {
    let all = node::list(&app.control).await?;
    let found = all.into_iter().find(|(node, _)| node.id == id);
    found.ok_or_else(|| ManageError::NotFound { kind: "node", id: id.to_owned() }.into())
}

/// All routers, and those that the address asks for.
async fn asked(app: &App, reader: &Reader) -> Result<(usize, usize, Vec<NodeStanding>), Wrong> {
    let now = now_ms();
    let mut all = node::list(&app.control).await?;
    let count = all.len();
    let present = all.iter().filter(|(it, status)| !node::is_gone(it, *status, now)).count();
    if reader.address.own("show") != Some("all") {
        all.retain(|(it, status)| !node::is_gone(it, *status, now));
    }
    all.sort_by(|(a, _), (b, _)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Ok((present, count, all))
}

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let (present, count, shown) = asked(&app, &reader).await?;
    let newest = revision::current(app.control.store.read()).await?;
    let is_all = reader.address.own("show") == Some("all");
    let may = permit(&reader.admin.grants, Action::NodeWrite, None).is_ok();
    let tab = |text: &str, href: &str, count: usize, current| Tab {
        text: text.to_owned(),
        href: href.to_owned(),
        count: Some(Count(count as u64)),
        current,
    };
    let now = now_ms();
    let view = Nodes {
        tabs: vec![tab("Present", "/nodes", present, !is_all), tab("All", "/nodes?show=all", count, is_all)],
        version: newest.to_string(),
        rows: shown.iter().map(|it| row(it, newest, now)).collect(),
        absent: absent(may),
        exports: export::exports("/nodes/export", if is_all { "show=all" } else { "" }),
        join_href: may.then(|| "/nodes/join".to_owned()),
        command: if is_all { "smart-router node list --all" } else { "smart-router node list" }.to_owned(),
    };
    Ok(reader.shows(Screen::Nodes, &view).into_response())
}

fn absent(may: bool) -> Absent {
    let absent = Absent::new(
        Why::NotYet,
        "No router has joined",
        "A router joins with a command that is good once. One that has been gone for a day stands under All.",
    );
    if may { absent.go("Add a router", "/nodes/join").command("smart-router node join-token") } else { absent }
}

fn row(it: &NodeStanding, newest: u64, now_ms: i64) -> NodeRow {
    let node = &it.0;
    NodeRow {
        id: node.id.clone(),
        name: node.name.clone(),
        href: format!("/nodes/{}", node.id),
        region: node.region.clone(),
        state: state(it),
        held: if node.held_version == 0 { String::new() } else { node.held_version.to_string() },
        lag: Count(if it.1 == NodeStatus::Revoked { 0 } else { newest.saturating_sub(node.held_version) }),
        unsent: node.unsent_events.map(Count),
        build: node.build.clone(),
        seen: node.last_seen_ms.map(|at_ms| Moment { at_ms, now_ms }),
        problems: problems(it),
    }
}

/// The list as a file.
pub async fn exported(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let (_, _, shown) = asked(&app, &reader).await?;
    let columns = [
        "id",
        "name",
        "region",
        "build",
        "status",
        "held_version",
        "last_seen_at",
        "created_at",
        "drained",
        "unsent_events",
        "problems",
    ];
    let rows = shown.iter().map(|it| {
        let (node, status) = it;
        vec![
            node.id.clone(),
            node.name.clone(),
            node.region.clone(),
            node.build.clone(),
            status.as_str().to_owned(),
            node.held_version.to_string(),
            node.last_seen_ms.map(rfc3339).unwrap_or_default(),
            rfc3339(node.created_ms),
            node.drained.to_string(),
            node.unsent_events.map(|it| it.to_string()).unwrap_or_default(),
            problems(it).join(" "),
        ]
    });
    export::file("nodes", reader.address.own("format").unwrap_or_default(), &columns, rows)
}
