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
    for row in fetch(tx, select(request, visible, &["a.class as counted_class"], "")).await? {
        let values = request.group_by.iter().map(|&it| value(&row, it)).collect::<Result<Vec<_>, _>>()?;
        let counts = &mut found.entry(values).or_default().classes;
        *counts.entry(codec::text(&row, "counted_class")?).or_default() += codec::unsigned(&row, "observations")?;
    }
    for column in ["latency_bucket", "first_byte_bucket"] {
        let bucket = format!("a.{column} as bucket");
        for row in fetch(tx, select(request, visible, &[&bucket], &format!(" and a.{column} >= 0"))).await? {
            let values = request.group_by.iter().map(|&it| value(&row, it)).collect::<Result<Vec<_>, _>>()?;
            let found = found.entry(values).or_default();
            let buckets = if column == "latency_bucket" { &mut found.latency } else { &mut found.first_byte };
            buckets.push((codec::unsigned(&row, "bucket")? as u32, codec::unsigned(&row, "observations")?));
        }
    }
    Ok(found.into_iter().map(|(values, row)| AttemptRow { values, ..row }).collect())
}

fn select(request: &Request, visible: &Visible, further: &[&str], condition: &str) -> Statement {
    let mut keys: Vec<String> =
        request.group_by.iter().map(|&it| format!("{} as {}", expression(it), dimension::column(it))).collect();
    keys.extend(further.iter().map(|&key| key.to_owned()));
    let mut places = Places::default();
    let (since, until) = (places.number(request.since_ms), places.number(request.until_ms));
    let mut sql = format!(
        "select {}, cast(count(*) as bigint) as observations from usage_requests s join usage_attempts a \
         on a.node = s.node and a.epoch = s.epoch and a.sequence = s.sequence \
         where s.started_ms >= {since} and s.started_ms < {until}{condition}",
        keys.join(", ")
    );
    if let Visible::Projects(names) = visible {
        write!(sql, " and s.project in ({})", places.texts(names)).expect("writing to a String does not fail");
    }
    for filter in &request.filters {
        let condition = dimension::condition(&expression(filter.dimension), filter, &mut places);
        write!(sql, " and {condition}").expect("writing to a String does not fail");
    }
    let numbers: Vec<String> = (1..=keys.len()).map(|number| number.to_string()).collect();
    write!(sql, " group by {}", numbers.join(", ")).expect("writing to a String does not fail");
    Statement { sql, arguments: places.arguments }
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
