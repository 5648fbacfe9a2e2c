use std::collections::HashMap;
use std::fmt::Write;

use control_plane_core::report::{AttemptRow, Dimension, Request};

use super::{fetch, source::Statement, value};
use crate::store::{ReadTx, StoreError, codec, dimension, places::Places};

/// A provider's id is a target's until the first slash: what is left of it when every letter that an id may have is gone
/// from its front is the rest. Both engines know `ltrim` with letters, and nothing else that both have finds a slash.
const PROVIDER: &str = "substr(a.target, 1, length(a.target) - length(ltrim(a.target, \
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-')))";

/// One row for each combination of the values of [`Request::group_by`] under which a target was called in the period.
pub async fn attempts(tx: &mut ReadTx, request: &Request) -> Result<Vec<AttemptRow>, StoreError> {
    let mut found: HashMap<Vec<String>, AttemptRow> = HashMap::new();
    for row in fetch(tx, select(request, &["a.class as counted_class"], "")).await? {
        let values = request.group_by.iter().map(|&it| value(&row, it)).collect::<Result<Vec<_>, _>>()?;
        let counts = &mut found.entry(values).or_default().classes;
        *counts.entry(codec::text(&row, "counted_class")?).or_default() += codec::unsigned(&row, "observations")?;
    }
    for column in ["latency_bucket", "first_byte_bucket"] {
        let bucket = format!("a.{column} as bucket");
        for row in fetch(tx, select(request, &[&bucket], &format!(" and a.{column} >= 0"))).await? {
            let values = request.group_by.iter().map(|&it| value(&row, it)).collect::<Result<Vec<_>, _>>()?;
            let found = found.entry(values).or_default();
            let buckets = if column == "latency_bucket" { &mut found.latency } else { &mut found.first_byte };
            buckets.push((codec::unsigned(&row, "bucket")? as u32, codec::unsigned(&row, "observations")?));
        }
    }
    Ok(found.into_iter().map(|(values, row)| AttemptRow { values, ..row }).collect())
}

fn select(request: &Request, further: &[&str], condition: &str) -> Statement {
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
    for filter in &request.filters {
        write!(sql, " and {} in ({})", expression(filter.dimension), places.texts(&filter.values))
            .expect("writing to a String does not fail");
    }
    let numbers: Vec<String> = (1..=keys.len()).map(|number| number.to_string()).collect();
    write!(sql, " group by {}", numbers.join(", ")).expect("writing to a String does not fail");
    Statement { sql, arguments: places.arguments }
}

fn expression(dimension: Dimension) -> String {
    match dimension {
        Dimension::Provider => PROVIDER.to_owned(),
        Dimension::Target => "a.target".to_owned(),
        Dimension::Class => "a.class".to_owned(),
        other => dimension::expression(other, "s.started_ms"),
    }
}
