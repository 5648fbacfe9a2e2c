use axum::{extract::State, response::Response};
use control_plane_core::permission::{Action, permit};

use super::{asks_for_requests, changes, requests};
use crate::{
    http::{
        App,
        moment::rfc3339,
        pages::{
            export::{self, Lines},
            reader::Reader,
            wrong::Wrong,
        },
    },
    manage::{Control, ManageError, audit},
    store::audit::{AccessQuery, AuditQuery},
};

/// So many are read at a time, each time by themselves: nothing is held while somebody reads slowly.
const AT_A_TIME: u32 = 1_000;

const CHANGES: [&str; 7] = ["id", "at", "actor", "action", "target", "version", "detail"];
const REQUESTS: [&str; 5] = ["at", "actor", "method", "route", "status"];

/// The log as a file, written while it is read.
pub async fn exported(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let format = reader.address.own("format").unwrap_or_default().to_owned();
    let control = app.control.clone();
    if asks_for_requests(&reader.address) {
        permit(&reader.admin.grants, Action::AccessRead, None)?;
        let query = AccessQuery { limit: AT_A_TIME, before_ms: None, ..requests(&reader.address)? };
        return export::streamed("admin-requests", &format, &REQUESTS, move |lines| async move {
            write_requests(&control, query, lines).await
        });
    }
    let query = AuditQuery { limit: AT_A_TIME, before: u64::MAX, ..changes(&reader)? };
    export::streamed(
        "audit",
        &format,
        &CHANGES,
        move |lines| async move { write_changes(&control, query, lines).await },
    )
}

async fn write_changes(control: &Control, mut query: AuditQuery, mut lines: Lines) -> Result<(), ManageError> {
    loop {
        let found = audit::list(control, &query).await?;
        let last = found.last().filter(|_| found.len() >= AT_A_TIME as usize).map(|it| it.id);
        let rows = found.into_iter().map(|it| {
            let version = it.version.map(|it| it.to_string()).unwrap_or_default();
            vec![it.id.to_string(), rfc3339(it.at_ms), it.actor, it.action, it.target, version, it.detail]
        });
        if !lines.write(rows).await {
            return Ok(());
        }
        if let Some(last) = last {
            query.before = last;
        } else {
            lines.end().await;
            return Ok(());
        }
    }
}

async fn write_requests(control: &Control, mut query: AccessQuery, mut lines: Lines) -> Result<(), ManageError> {
    loop {
        let found = audit::accesses(control, &query).await?;
        let last = found.last().filter(|_| found.len() >= AT_A_TIME as usize).map(|it| it.at_ms);
        let rows =
            found.into_iter().map(|it| vec![rfc3339(it.at_ms), it.actor, it.method, it.route, it.status.to_string()]);
        if !lines.write(rows).await {
            return Ok(());
        }
        if let Some(last) = last {
            query.before_ms = Some(last);
        } else {
            lines.end().await;
            return Ok(());
        }
    }
}
