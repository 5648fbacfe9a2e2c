use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    node::{CREDENTIAL_AGE_MS, NodeStatus},
    permission::{Action, permit},
};
use web::{
    Screen, Shown, Tone,
    parts::{Absent, Crumb, Editing, Fact, Table, Why},
    sheet::{Sheet, SheetAction, SheetCard, SheetWeight},
    show::{Count, Moment},
};

use super::{NodeStanding, Reader, Wrong, found, problems, state};
use crate::{
    clock::now_ms,
    http::{App, input::InPath, pages::who::Names},
    store::{audit, node::Node, revision, usage},
};

/// How many events of its history are shown.
const EVENTS: u32 = 20;

/// One router.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let it = found(&app, &id).await?;
    let newest = revision::current(app.control.store.read()).await?;
    let now = now_ms();
    let mut cards = vec![how_it_is(&it, newest, now), identity(&it.0, now), not_understood(&it.0)];
    cards.push(logs(&app, &id).await?);
    if permit(&reader.admin.grants, Action::AuditRead, None).is_ok() {
        cards.push(history(&app, &reader, &id, now).await?);
    }
    let view = Sheet {
        crumbs: vec![Crumb::new("Nodes", "/nodes")],
        title: it.0.name.clone(),
        lead: String::new(),
        state: Some(state(&it)),
        tabs: Vec::new(),
        editing: Editing::Open,
        actions: actions(&reader, &it),
        notices: problems(&it).into_iter().map(|text| (Tone::Warning, text)).collect(),
        figures: Vec::new(),
        cards,
        command: commands(&it),
    };
    Ok(reader.shows_titled(Screen::Nodes, &view.title, &view).into_response())
}

fn commands((node, _): &NodeStanding) -> String {
    let id = &node.id;
    format!(
        "smart-router node list --all\nsmart-router node drain {id}\nsmart-router node rotate {id}\nsmart-router node revoke {id}"
    )
}

/// Facts of a router, as pages that ask about it show them, too.
pub fn facts((node, status): &NodeStanding, newest: u64, now_ms: i64) -> Vec<Fact> {
    let moment = |at: Option<i64>| at.map_or(Shown::Missing("never"), |at_ms| Shown::Moment(Moment { at_ms, now_ms }));
    let serves = match node.held_version {
        0 => Shown::Missing("nothing"),
        held => Shown::Link(format!("version {held}"), format!("/versions/{held}")),
    };
    let mut facts = vec![
        Fact::new("Id", Shown::Code(node.id.clone())),
        Fact::new("Region", Shown::text(node.region.clone(), "not said")),
        Fact::new("Build", Shown::text(node.build.clone(), "not said")),
        Fact::new("Serves", serves),
    ];
    if *status != NodeStatus::Revoked {
        facts.push(Fact::new("Behind", Shown::Count(Count(newest.saturating_sub(node.held_version)))));
    }
    let unsent = node.unsent_events.map_or(Shown::Missing("it does not say"), |it| Shown::Count(Count(it)));
    facts.push(Fact::new("Unsent usage events", unsent));
    facts.push(Fact::new("Seen", moment(node.last_seen_ms)));
    facts.push(Fact::new("Joined", moment(Some(node.created_ms))));
    if node.revoked_ms.is_some() {
        facts.push(Fact::new("Revoked", moment(node.revoked_ms)));
    }
    facts
}

fn card(title: &str, lead: &str, facts: Vec<Fact>, table: Option<Table>) -> SheetCard {
    SheetCard { title: title.to_owned(), lead: lead.to_owned(), more: None, facts, table }
}

fn how_it_is(it: &NodeStanding, newest: u64, now_ms: i64) -> SheetCard {
    let mut facts = facts(it, newest, now_ms);
    let sent = if it.0.drained { "callers are sent elsewhere" } else { "no" };
    facts.push(Fact::new("Drained", Shown::Text(sent.to_owned())));
    card("How it is", "", facts, None)
}

fn identity(node: &Node, now_ms: i64) -> SheetCard {
    let moment = |at_ms| Shown::Moment(Moment { at_ms, now_ms });
    let key = if node.has_key { "yes" } else { "no: a copy of its credential is as good as it" };
    let due = node.credential_ms.saturating_add(CREDENTIAL_AGE_MS);
    let mut facts = vec![
        Fact::new("In force since", moment(node.credential_ms)),
        Fact::new("Replaces it by itself", moment(due)),
        Fact::new("Signs with its own key", Shown::Text(key.to_owned())),
        Fact::new("Used by somebody else", node.second_use_ms.map_or(Shown::Missing("never"), moment)),
    ];
    if let Some(asked) = node.rotation_ms {
        facts.push(Fact::new("Asked to replace it", moment(asked)));
    }
    card("Its credential", "With what it shows that it is itself.", facts, None)
}

fn not_understood(node: &Node) -> SheetCard {
    let row = |it: &crate::store::node::Gap| {
        let closes =
            if it.closes.is_empty() { "it is left out".to_owned() } else { it.closes.join(", ") + " answer 503" };
        vec![Shown::Code(it.resource.clone()), Shown::Text(it.message.clone()), Shown::Text(closes)]
    };
    let table = Table {
        caption: "Not understood".to_owned(),
        columns: vec!["What", "Why", "So"],
        rows: node.gaps.iter().map(row).collect(),
        absent: Absent::new(Why::AllWell, "It understands all of it", "Its build knows everything that it was sent."),
    };
    card("Not understood", "", Vec::new(), Some(table))
}

/// What has arrived of its logs.
async fn logs(app: &App, id: &str) -> Result<SheetCard, Wrong> {
    let all = usage::watermarks(app.control.store.read()).await?;
    let row = |it: &usage::StoredWatermark| {
        vec![
            Shown::Code(format!("{:016x}", it.epoch)),
            Shown::Count(Count(it.committed)),
            Shown::Count(Count(it.newer)),
        ]
    };
    let table = Table {
        caption: "Usage".to_owned(),
        columns: vec!["Log", "Received up to", "Not wholly understood"],
        rows: all.iter().filter(|it| it.node == id).map(row).collect(),
        absent: Absent::new(
            Why::NotYet,
            "No usage has arrived",
            "It arrives as soon as the router has served a request.",
        ),
    };
    let more = Some(("Usage pipeline".to_owned(), Screen::Pipeline.path().to_owned()));
    Ok(SheetCard { more, ..card("Usage", "", Vec::new(), Some(table)) })
}

async fn history(app: &App, reader: &Reader, id: &str, now_ms: i64) -> Result<SheetCard, Wrong> {
    let names = Names::of(app, reader).await?;
    let events = audit::of_target(app.control.store.read(), &format!("node/{id}"), EVENTS).await?;
    let row = |it: audit::AuditEntry| {
        let what = if it.detail.is_empty() { it.action } else { format!("{}: {}", it.action, it.detail) };
        vec![Shown::Text(what), Shown::Text(names.line(&it.actor)), Shown::Moment(Moment { at_ms: it.at_ms, now_ms })]
    };
    let table = Table {
        caption: "History".to_owned(),
        columns: vec!["What", "Who", "When"],
        rows: events.into_iter().map(row).collect(),
        absent: Absent::new(Why::NotYet, "Nothing was done to it", "What is done to it stands here."),
    };
    Ok(card("History", "", Vec::new(), Some(table)))
}

fn actions(reader: &Reader, (node, status): &NodeStanding) -> Vec<SheetAction> {
    if permit(&reader.admin.grants, Action::NodeWrite, None).is_err() {
        return Vec::new();
    }
    let action = |text, word: &str, weight| SheetAction { text, href: format!("/nodes/{}/{word}", node.id), weight };
    let drain = if node.drained {
        action("Take back", "take-back", SheetWeight::Second)
    } else {
        action("Drain", "drain", SheetWeight::Second)
    };
    let rotate = action("Replace its credential", "rotate", SheetWeight::Second);
    let revoke = action("Revoke", "revoke", SheetWeight::Final);
    let forget = action("Forget", "forget", SheetWeight::Final);
    match status {
        NodeStatus::Revoked => vec![forget],
        NodeStatus::Away => vec![drain, revoke, forget],
        _ => vec![drain, rotate, revoke],
    }
}
