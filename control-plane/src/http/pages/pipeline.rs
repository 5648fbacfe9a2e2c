//! The usage pipeline: how far what routers have counted has arrived, and whether all of it is added up.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::node::NodeStatus;
use web::{
    Screen, Shown, Tag, Tone,
    parts::{Absent, Editing, Fact, Table, Why},
    sheet::{Sheet, SheetCard},
    show::{Count, Moment},
};

use super::{reader::Reader, wrong::Wrong};
use crate::{
    clock::now_ms,
    http::App,
    manage::node,
    store::{
        node::Node,
        usage::{self, StoredWatermark},
    },
};

/// How far each router's log has arrived.
pub async fn pipeline(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let logs = usage::watermarks(app.control.store.read()).await?;
    let nodes = node::list(&app.control).await?;
    let view = view(&logs, &nodes);
    Ok(reader.shows(Screen::Pipeline, &view).into_response())
}

fn view(logs: &[StoredWatermark], nodes: &[(Node, NodeStatus)]) -> Sheet {
    let sum = |of: fn(&StoredWatermark) -> u64| logs.iter().map(of).sum::<u64>();
    let (newer, backlog) = (sum(|it| it.newer), sum(|it| it.backlog));
    let latest = logs.iter().filter_map(|it| it.last_ms).max();
    let now = now_ms();
    let moment =
        |at: Option<i64>| at.map_or(Shown::Missing("none"), |at_ms| Shown::Moment(Moment { at_ms, now_ms: now }));
    Sheet {
        crumbs: Vec::new(),
        title: Screen::Pipeline.title().to_owned(),
        lead: "How what routers have counted arrives, and whether all of it is added up.".to_owned(),
        state: Some(state(newer, backlog, nodes)),
        tabs: Vec::new(),
        editing: Editing::Open,
        actions: Vec::new(),
        notices: notices(newer, backlog, nodes),
        figures: vec![
            Fact::new("Received", Shown::Count(Count(sum(|it| it.committed)))),
            Fact::new("Newest of them", moment(latest)),
            Fact::new("Still on routers", unsent(nodes)),
            Fact::new("Not in reports yet", Shown::Count(Count(backlog))),
            Fact::new("Not wholly understood", Shown::Count(Count(newer))),
        ],
        cards: vec![arrived(logs, nodes, now), troubles(nodes), rules()],
        command: "smart-router node list --output json".to_owned(),
    }
}

/// How much routers have not sent, as each said last.
fn unsent(nodes: &[(Node, NodeStatus)]) -> Shown {
    let told: Vec<u64> = nodes.iter().filter_map(|(it, _)| it.unsent_events).collect();
    if told.is_empty() { Shown::Missing("not said") } else { Shown::Count(Count(told.into_iter().sum())) }
}

/// What a router says about its log of usage.
fn troubles_of(node: &Node) -> impl Iterator<Item = &String> {
    node.problems.iter().filter(|it| it.contains("usage"))
}

fn state(newer: u64, backlog: u64, nodes: &[(Node, NodeStatus)]) -> Tag {
    if nodes.iter().any(|(it, _)| troubles_of(it).next().is_some()) {
        Tag::new(Tone::Bad, "look at it")
    } else if backlog > 0 {
        Tag::new(Tone::Note, "adding up")
    } else if newer > 0 {
        Tag::new(Tone::Warning, "in part")
    } else {
        Tag::new(Tone::Good, "complete")
    }
}

fn notices(newer: u64, backlog: u64, nodes: &[(Node, NodeStatus)]) -> Vec<(Tone, String)> {
    let mut all = Vec::new();
    for (node, _) in nodes {
        all.extend(troubles_of(node).map(|it| (Tone::Bad, format!("{}: {it}", node.name))));
    }
    if backlog > 0 {
        all.push((
            Tone::Note,
            format!("{backlog} events are being added up in the background; until then reports are answered from single requests."),
        ));
    }
    if newer > 0 {
        let text = format!(
            "{newer} events said more than this control plane understood when they came: a part of them is in no table. Their requests \
             have the warning usage-record-newer."
        );
        all.push((Tone::Warning, text));
    }
    let away = nodes.iter().filter(|(_, status)| *status == NodeStatus::Away).count();
    if away > 0 {
        let whose = if away == 1 { "A router is".to_owned() } else { format!("{away} routers are") };
        let text = format!("{whose} away: what was counted there since is on its disk, and comes when it is back.");
        all.push((Tone::Note, text));
    }
    all
}

fn card(title: &str, lead: &str, table: Option<Table>) -> SheetCard {
    SheetCard { title: title.to_owned(), lead: lead.to_owned(), more: None, facts: Vec::new(), table }
}

fn arrived(logs: &[StoredWatermark], nodes: &[(Node, NodeStatus)], now_ms: i64) -> SheetCard {
    let known: BTreeMap<&str, &(Node, NodeStatus)> = nodes.iter().map(|it| (it.0.id.as_str(), it)).collect();
    let row = |it: &StoredWatermark| {
        let node = known.get(it.node.as_str());
        let router = match node {
            Some((node, _)) => Shown::Link(node.name.clone(), format!("/nodes/{}", node.id)),
            None => Shown::Text(it.node.clone()),
        };
        let standing = match node {
            Some((_, status)) => Tag::plain(status.as_str()),
            None => Tag::plain("forgotten"),
        };
        let added = match it.backlog {
            0 => Tag::new(Tone::Good, "all"),
            backlog => Tag::new(Tone::Note, format!("{backlog} to come")),
        };
        vec![
            router,
            Shown::Code(format!("{:016x}", it.epoch)),
            Shown::Count(Count(it.committed)),
            it.last_ms.map_or(Shown::Missing("none"), |at_ms| Shown::Moment(Moment { at_ms, now_ms })),
            Shown::Count(Count(it.newer)),
            Shown::Tag(added),
            Shown::Tag(standing),
        ]
    };
    let table = Table {
        caption: "What has arrived".to_owned(),
        columns: vec!["Router", "Log", "Received up to", "Newest", "Not wholly understood", "In reports", "Router is"],
        rows: logs.iter().map(row).collect(),
        absent: Absent::new(
            Why::NotYet,
            "No router has sent anything",
            "Usage arrives as soon as a router has served a request.",
        ),
    };
    card("What has arrived", "", Some(table))
}

fn troubles(nodes: &[(Node, NodeStatus)]) -> SheetCard {
    let rows = nodes.iter().flat_map(|(node, _)| {
        troubles_of(node)
            .map(|it| vec![Shown::Link(node.name.clone(), format!("/nodes/{}", node.id)), Shown::Text(it.clone())])
    });
    let table = Table {
        caption: "What routers say of their logs".to_owned(),
        columns: vec!["Router", "What it says"],
        rows: rows.collect(),
        absent: Absent::new(
            Why::AllWell,
            "Nothing is wrong",
            "A log that is full, cannot be written, or has lost events is told here.",
        ),
    };
    card("What routers say of their logs", "", Some(table))
}

fn rules() -> SheetCard {
    let lead = "Events are taken in the order of their numbers and without gaps: a router keeps each on its disk until it is committed \
                here, sends it again when it was not, and what is here already is not counted twice. An event that comes late counts when \
                its request was served.";
    card("How nothing is lost", lead, None)
}
