use http::{Response, StatusCode};
use serde_json::{Value, json};
use vocabulary::Build;

use super::json::json as answer;
use crate::body::Body;
use crate::clock;
use crate::state::Router;
use crate::sync::Link;
use crate::usage_log::LogState;

/// `GET /livez`: the process answers.
pub(crate) fn live() -> Response<Body> {
    answer(&json!({"status": "ok"}))
}

/// `GET /readyz`: 200 if callers should be sent here, else 503 with the reasons.
pub(crate) fn ready(router: &Router) -> Response<Body> {
    let reasons = reasons(router);
    let status = if reasons.is_empty() { "ready" } else { "not ready" };
    let mut response = answer(&json!({"status": status, "reasons": reasons}));
    if !reasons.is_empty() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// Whether callers should be sent here.
pub(super) fn is_ready(router: &Router) -> bool {
    reasons(router).is_empty()
}

/// `GET /healthz`: as `/readyz`, with how the router stands with its control plane and its usage log.
pub(crate) fn health(router: &Router) -> Response<Body> {
    let reasons = reasons(router);
    let ready = reasons.is_empty();
    let mut response = answer(&json!({
        "status": if ready { "ok" } else { "not ready" },
        "reasons": reasons,
        "version": router.settings.build.version,
        "region": router.settings.region,
        "started_ms": router.started_ms,
        "config": config(router),
        "usage_log": {
            "unsent_events": router.usage.unsent(),
            "dropped_events": router.usage.dropped(),
            "lost_events": router.usage.lost(),
            "bytes": router.usage.used_bytes(),
            "delivering": delivers(router),
        },
        "load": load(router),
        "providers": {"keys_missing": router.credentials.missing()},
    }));
    if !ready {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// `GET /version`: what runs here.
pub(crate) fn version(router: &Router) -> Response<Body> {
    let Build { version, commit, date } = router.settings.build;
    let name = "smart-router";
    answer(&json!({"name": name, "component": "data-plane", "version": version, "commit": commit, "build_date": date}))
}

/// Of what runs out, how much is used and what was refused for it.
fn load(router: &Router) -> Value {
    let seen = router.load.connections();
    let memory = &router.load.memory;
    json!({
        "connections": seen.open,
        "connections_refused": seen.refused_total + seen.refused_address + seen.refused_opening,
        "no_file_descriptors": seen.no_descriptors,
        "memory_bytes": memory.used(),
        "memory_limit_bytes": memory.limit(),
        "memory_refused": memory.refused(),
    })
}

/// Usage events take the same way as the configuration.
fn delivers(router: &Router) -> bool {
    router.usage.delivery_error().is_none() && router.status.borrow().link == Link::Connected
}

/// Why callers should be sent elsewhere. A control plane that is away is no reason: the last good snapshot serves.
fn reasons(router: &Router) -> Vec<String> {
    let mut reasons = Vec::new();
    if router.is_draining() {
        reasons.push("draining: the router is shutting down".to_owned());
    }
    if router.is_leaving() && !router.is_draining() {
        reasons.push("draining: the router is about to shut down".to_owned());
    }
    if router.status.borrow().drained {
        reasons.push("drained: an operator has drained this node (`node drain`); who comes is served".to_owned());
    }
    if router.snapshot.load().is_none() {
        reasons.push("config-unavailable: there is no valid configuration yet".to_owned());
    }
    if router.is_revoked() {
        reasons.push("config-expired: the router was revoked; enrol it again with a join token".to_owned());
    }
    if router.snapshot.load().as_ref().is_some_and(|it| router.has_expired(it)) {
        reasons.push(
            "config-expired: the control plane has been away for longer than `settings.max_disconnected` allows"
                .to_owned(),
        );
    }
    match router.usage.state() {
        LogState::Accepting | LogState::Dropping => {}
        LogState::Full => reasons.push("usage-log-full: usage events wait for the control plane".to_owned()),
        LogState::DiskFull => reasons.push("usage-log-full: there is no room on the disk for the usage log".to_owned()),
        LogState::Failed(_) => reasons.push("usage-log-failed: the disk refuses the usage log".to_owned()),
    }
    reasons
}

/// Errors of the link name hosts and files of the operator, who finds them in the log: this page asks for no token.
fn config(router: &Router) -> Value {
    let status = router.status.borrow();
    let snapshot = router.snapshot.load();
    let bound = snapshot.as_ref().and_then(|it| it.settings.max_disconnected);
    json!({
        "version": snapshot.as_ref().map_or(0, |it| it.version),
        "silent_ms": status.silent(clock::now_ms()).as_millis() as u64,
        "max_disconnected_ms": bound.map(|it| it.as_millis() as u64),
        "created_ms": status.held_created_ms,
        "link": status.link.as_str(),
        "link_since_ms": status.since_ms,
        "link_age_ms": clock::now_ms().saturating_sub(status.since_ms),
        "kept": status.is_kept(),
        "rejected": status.rejected,
        "not_understood": status.gaps.len(),
        "closed": snapshot.as_ref().map_or(0, |it| it.closed.count()),
    })
}
