use std::collections::{HashMap, HashSet};

use control_plane_core::{
    insight::Visible,
    moment_ms,
    report::{Dimension, ReportRow, Request},
};

use super::{Only, report};
use crate::{
    clock::now_ms,
    store::{ReadTx, StoreError},
};

const HOUR_MS: i64 = 3_600_000;

/// Tells of some rows of a report how long their requests took: of many rows that is most of what there is to read, so it is read
/// of those that are shown, or of some after the other. `all`: the report has no other rows.
pub async fn tell_durations(
    tx: &mut ReadTx,
    request: &Request,
    visible: &Visible,
    rows: &mut [ReportRow],
    all: bool,
) -> Result<(), StoreError> {
    let hour = request.group_by.iter().position(|it| *it == Dimension::Hour);
    let mut request = request.clone();
    if let (Some(at), Some(first), Some(last)) = (hour, rows.first(), rows.last()) {
        // Rows of hours are in their order.
        let starts = |row: &ReportRow| moment_ms(&row.values[at].replace('Z', ":00Z"), now_ms());
        request.since_ms = request.since_ms.max(starts(first).unwrap_or(request.since_ms));
        request.until_ms = request.until_ms.min(starts(last).map_or(request.until_ms, |it| it + HOUR_MS));
    }
    let values = |row: &ReportRow| {
        let mut values = row.values.clone();
        if let Some(at) = hour {
            values.remove(at);
        }
        values
    };
    let only: Option<Vec<Vec<String>>> =
        (!all).then(|| rows.iter().map(values).collect::<HashSet<_>>().into_iter().collect());
    let found = Box::pin(report(tx, &request, visible, Only { values: only.as_deref(), durations: true })).await?;
    let mut found: HashMap<Vec<String>, ReportRow> = found.into_iter().map(|it| (it.values.clone(), it)).collect();
    for row in rows {
        if let Some(found) = found.remove(&row.values) {
            (row.latency, row.first_byte) = (found.latency, found.first_byte);
        }
    }
    Ok(())
}
