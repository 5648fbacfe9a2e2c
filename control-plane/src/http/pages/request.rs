//! One request: what was asked, why it went where it went, and what it cost.

mod decision;
mod money;
mod stages;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    permission::{Action, permit_somewhere},
    usage::{Attempt, UsageRecord},
};
use web::{
    Screen, Shown, Tag, Tone,
    parts::Fact,
    request_detail::{AttemptView, DecisionView, RequestDetail, RequestFailure},
    show::{Count, Millis, Money, Rate, Stamp},
};

pub use money::is_unpriced;

use super::{
    command_line::CommandLine,
    link,
    reader::{Reader, sees},
    wrong::Wrong,
};
use crate::{
    http::{App, input::InPath},
    manage::{
        ManageError,
        request::{self, RequestDetail as Found},
    },
};

/// The page of a request.
pub async fn request(State(app): State<App>, InPath(id): InPath<String>, reader: Reader) -> Result<Response, Wrong> {
    let visible = reader.admin.visible(Action::RequestRead);
    let mut tx = app.control.store.read_consistent().await?;
    let Some(found) = request::detail(&mut tx, &visible, &id).await? else {
        return Err(Wrong::from(ManageError::NotFound { kind: "request", id }));
    };
    drop(tx);
    let sees_nodes = permit_somewhere(&reader.admin.grants, Action::NodeRead).is_ok();
    let view = view(&reader, &found, sees_nodes);
    Ok(reader.shows_titled(Screen::Requests, &id, &view).into_response())
}

fn view(reader: &Reader, found: &Found, sees_nodes: bool) -> RequestDetail {
    let record = &found.request.record;
    RequestDetail {
        status: record.status,
        code: record.code.clone(),
        at: Stamp(record.started_ms),
        back_href: reader.address.href(Screen::Requests.path()),
        error: record.failed().then(|| failure(reader, found)),
        cost: Money(record.cost.total.into()),
        unpriced: is_unpriced(record),
        latency: millis(record.latency_us),
        first_byte: millis(record.first_byte_us),
        speed: Rate(speed(record)),
        overhead: millis(record.overhead_us),
        input_tokens: Count(record.tokens.input),
        output_tokens: Count(record.tokens.output),
        timeline: stages::timeline(record),
        attempts: record.attempts.iter().map(attempt).collect(),
        decision: DecisionView { group_href: group_href(reader, record), ..decision::view(record) },
        parts: money::parts(record),
        reported_cost: record.upstream_reported_cost_nanousd.map(|it| Money(it.into())),
        baseline: (!record.baseline.is_empty())
            .then(|| (record.baseline.clone(), Money(record.baseline_cost_nanousd.into()))),
        estimated: record.tokens_estimated,
        warnings: record.warnings.clone(),
        who: who(record),
        what: what(found, sees_nodes),
        bundle_href: format!("/api/v1/requests/{}/bundle", record.request_id),
        again: again(record),
        command: format!("smart-router request show {}", record.request_id),
        id: record.request_id.clone(),
    }
}

/// The page of its group, for those who may see it.
fn group_href(reader: &Reader, record: &UsageRecord) -> String {
    if record.group.is_empty() || !sees(&reader.admin.grants, Screen::Groups) {
        return String::new();
    }
    format!("{}/{}", Screen::Groups.path(), record.group)
}

/// The same question for a router of today; of a body that is not kept.
fn again(record: &UsageRecord) -> String {
    let mut line = CommandLine::new("smart-router route explain body.json");
    line.option("operation", &record.operation).to_string()
}

fn millis(us: u64) -> Millis {
    Millis((us > 0).then(|| us as f64 / 1000.0))
}

/// Output tokens per second; `None`: nobody can say.
fn speed(record: &UsageRecord) -> Option<f64> {
    let us = record.output_us();
    (us > 0 && record.tokens.output > 0).then(|| record.tokens.output as f64 * 1e6 / us as f64)
}

fn failure(reader: &Reader, found: &Found) -> RequestFailure {
    let record = &found.request.record;
    let explained = found.explained;
    let mut like_this = reader.address.without(&[]);
    like_this.filters = vec![format!("code={}", record.code)];
    RequestFailure {
        meaning: explained.map_or_else(|| record.code.clone(), |it| it.meaning.to_owned()),
        detail: record.last_failure().map(|it| it.detail.clone()).unwrap_or_default(),
        advice: explained.map(|it| it.advice.to_owned()).unwrap_or_default(),
        docs_href: "/docs/reference/errors".to_owned(),
        group_href: like_this.href(Screen::Requests.path()),
    }
}

fn attempt(it: &Attempt) -> AttemptView {
    let tone = match it.class.as_str() {
        "ok" => Tone::Good,
        "client-closed" | "interrupted" => Tone::Note,
        _ => Tone::Bad,
    };
    AttemptView {
        target: it.target.clone(),
        outcome: Tag::new(tone, it.class.clone()),
        status: it.status,
        dialect: it.dialect.clone(),
        latency: millis(it.latency_us),
        first_byte: millis(it.first_byte_us),
        detail: it.detail.clone(),
    }
}

fn text(value: &str) -> Shown {
    if value.is_empty() { Shown::Missing("none") } else { Shown::Text(value.to_owned()) }
}

fn id(value: &str, href: String) -> Shown {
    if value.is_empty() { Shown::Missing("none") } else { Shown::Id(value.to_owned(), href) }
}

fn who(record: &UsageRecord) -> Vec<Fact> {
    vec![
        Fact::new("Caller", text(&record.caller)),
        Fact::new("Project", text(&record.project)),
        Fact::new("User", text(&record.user)),
        Fact::new("Environment", text(&record.environment)),
        Fact::new("Token", id(&record.token, format!("{}/{}", Screen::Tokens.path(), record.token))),
        Fact::new("Client", text(&record.client)),
        Fact::new("Address", text(&record.client_ip)),
        Fact::new("Session", id(&record.session, session_href(record))),
        Fact::new("Its own id", id(&record.client_request_id, String::new())),
    ]
}

fn session_href(record: &UsageRecord) -> String {
    link::session(&record.session)
}

fn what(found: &Found, sees_nodes: bool) -> Vec<Fact> {
    let record = &found.request.record;
    let version = match found.document_version {
        Some(_) => Shown::Count(Count(record.config_version)),
        None => Shown::Text(format!("{}, which is not kept any more", record.config_version)),
    };
    let mut facts = vec![
        Fact::new("Asked for", text(&record.requested_model)),
        Fact::new("Operation", text(&record.operation)),
        Fact::new("Dialect", text(&record.dialect)),
        Fact::new("Target's dialect", text(&record.target_dialect)),
        Fact::new("Answer", Shown::Text(if record.stream { "a stream" } else { "whole" }.to_owned())),
        Fact::new("Configuration", version),
        Fact::new("Region", text(&record.region)),
    ];
    if sees_nodes {
        facts.push(Fact::new("Router", id(&found.request.node, String::new())));
    }
    facts
}
