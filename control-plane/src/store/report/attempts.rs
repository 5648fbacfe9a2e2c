use std::collections::HashMap;
use std::fmt::Write;

use control_plane_core::{
    insight::Visible,
    report::{AttemptRow, Dimension, Request, hour},
};
use sqlx::any::AnyRow;

use super::{fetch, source::Statement};
use crate::store::{ReadTx, StoreError, codec, dimension, places::Places};

/// A provider's id is a target's until the first slash: what is left of it when every letter that an id may have is gone
/// from its front is the rest. Both engines know `ltrim` with letters, and nothing else that both have finds a slash.
const PROVIDER: &str = "substr(a.target, 1, length(a.target) - length(ltrim(a.target, \
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-')))";

/// One row for each combination of the values of [`Request::group_by`] under which a target was called in the period.
pub async fn attempts(tx: &mut ReadTx, request: &Request, visible: &Visible) -> Result<Vec<AttemptRow>, StoreError> {
    let mut found: HashMap<Vec<String>, AttemptRow> = HashMap::new();
    if matches!(visible, Visible::Projects(names) if names.is_empty()) {
        return Ok(Vec::new());
    }
    for row in fetch(tx, select(request, visible)).await? {
        let values = request.group_by.iter().map(|&it| value(&row, it)).collect::<Result<Vec<_>, _>>()?;
        let found = found.entry(values).or_default();
        let observations = codec::unsigned(&row, "observations")?;
        let counted = (codec::unsigned(&row, "bucket")? as u32, observations);
        match codec::text(&row, "counted")?.as_str() {
            "latency" => found.latency.push(counted),
            "first_byte" => found.first_byte.push(counted),
            _ => *found.classes.entry(codec::text(&row, "counted_class")?).or_default() += observations,
        }
    }
    Ok(found.into_iter().map(|(values, row)| AttemptRow { values, ..row }).collect())
}

/// The attempts are found once, and counted by their classes and by both buckets.
fn select(request: &Request, visible: &Visible) -> Statement {
    let columns = listed(request, |it| format!("{} as {}", expression(it), dimension::column(it)));
    let mut places = Places::default();
    let (since, until) = (places.number(request.since_ms), places.number(request.until_ms));
    let mut sql = format!(
        "with found as (select {columns}a.class as counted_class, a.latency_bucket, a.first_byte_bucket \
         from usage_requests s join usage_attempts a \
         on a.node = s.node and a.epoch = s.epoch and a.sequence = s.sequence \
         where s.started_ms >= {since} and s.started_ms < {until}"
    );
    if let Visible::Projects(names) = visible {
        write!(sql, " and s.project in ({})", places.texts(names)).expect("writing to a String does not fail");
    }
    for filter in &request.filters {
        let condition = dimension::condition(&expression(filter.dimension), filter, &mut places);
        write!(sql, " and {condition}").expect("writing to a String does not fail");
    }
    let names = listed(request, |it| dimension::column(it).to_owned());
    let count = "cast(count(*) as bigint) as observations from found";
    write!(
        sql,
        ") select {names}'class' as counted, counted_class, cast(0 as bigint) as bucket, {count} group by {names}counted_class"
    )
    .expect("writing to a String does not fail");
    for counted in ["latency", "first_byte"] {
        write!(
            sql,
            " union all select {names}'{counted}' as counted, '' as counted_class, {counted}_bucket as bucket, {count} \
             where {counted}_bucket >= 0 group by {names}{counted}_bucket"
        )
        .expect("writing to a String does not fail");
    }
    Statement { sql, arguments: places.arguments }
}

/// Something of each dimension, in front of what else is in a list.
fn listed(request: &Request, of: impl Fn(Dimension) -> String) -> String {
    let mut all: Vec<String> = request.group_by.iter().map(|&it| of(it)).collect();
    all.push(String::new());
    all.join(", ")
}

fn value(row: &AnyRow, dimension: Dimension) -> Result<String, StoreError> {
    match dimension {
        Dimension::Hour => Ok(hour(codec::bigint(row, dimension::column(dimension))?)),
        _ => codec::text(row, dimension::column(dimension)),
    }
}

fn expression(dimension: Dimension) -> String {
    match dimension {
        Dimension::Provider => PROVIDER.to_owned(),
        Dimension::Target => "a.target".to_owned(),
        Dimension::Class => "a.class".to_owned(),
        other => dimension::expression(other, "s.started_ms"),
    }
}
