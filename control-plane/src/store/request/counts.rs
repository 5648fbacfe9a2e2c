use std::collections::HashMap;

use control_plane_core::{
    permission::Visible,
    search::{Condition, Order, Search, TextField},
};
use sqlx::{Row, any::AnyRow};

use super::{condition::column, page::token_callers, path::choose, statement::Stretch};
use crate::store::{ReadTx, StoreError};

/// So many rows are looked at, the newest: the work is the same however many there are.
pub const NEWEST: u32 = 10_000;
/// So many values of a field are told.
const MOST_VALUES: usize = 50;

/// How many of the newest requests have which value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many of those that were looked at are what is searched for.
    pub matching: u64,
    /// All of the period was looked at; else the newest [`NEWEST`] rows.
    pub whole: bool,
    /// Each field's values, those of most requests first. A field's own filter is left out, so that other values are
    /// told, too.
    pub fields: Vec<(TextField, Vec<(String, u64)>)>,
}

/// What requests are counted by.
pub const COUNTED: [TextField; 11] = [
    TextField::Caller,
    TextField::Project,
    TextField::Group,
    TextField::Provider,
    TextField::Model,
    TextField::Client,
    TextField::Code,
    TextField::Status,
    TextField::Dialect,
    TextField::Environment,
    TextField::Region,
];

/// Counts the newest requests by their values.
pub async fn counts(tx: &mut ReadTx, search: &Search) -> Result<Counts, StoreError> {
    if matches!(&search.visible, Visible::Projects(projects) if projects.is_empty()) {
        return Ok(Counts { whole: true, ..Counts::default() });
    }
    let (rows, whole) = newest(tx, search).await?;
    let mut counts = Counts { matching: rows.len() as u64, whole, fields: Vec::new() };
    for field in COUNTED {
        let of = |it: &Condition| matches!(it, Condition::Text { field: of, .. } if *of == field);
        let values = if search.conditions.iter().any(of) {
            let mut without = search.clone();
            without.conditions.retain(|it| !of(it));
            let (rows, _) = newest(tx, &without).await?;
            values(&rows, field)?
        } else {
            values(&rows, field)?
        };
        counts.fields.push((field, values));
    }
    Ok(counts)
}

/// The newest rows, and whether these are all of the period.
async fn newest(tx: &mut ReadTx, search: &Search) -> Result<(Vec<AnyRow>, bool), StoreError> {
    let search = Search { order: Order::Newest, ..search.clone() };
    let chosen = choose(&search, token_callers(tx.connection(), &search).await?);
    let mut stretch = Stretch::new(&search, &chosen);
    stretch.low = stretch.nth(tx.connection(), NEWEST).await?;
    let columns: Vec<String> = COUNTED.into_iter().map(|it| format!("{} as {}", value(it), name(it))).collect();
    let rows = stretch.columns(tx.connection(), &columns.join(", "), NEWEST).await?;
    Ok((rows, stretch.low.is_none()))
}

fn value(field: TextField) -> String {
    match field {
        TextField::Status => "cast(s.status as text)".to_owned(),
        other => format!("s.{}", name(other)),
    }
}

fn name(field: TextField) -> &'static str {
    column(field).unwrap_or("status")
}

/// The values that the newest requests have and that contain a text in small letters, those of most requests first.
pub async fn known_values(
    tx: &mut ReadTx,
    search: &Search,
    field: TextField,
    part: &str,
    most: usize,
) -> Result<Vec<String>, StoreError> {
    if matches!(&search.visible, Visible::Projects(projects) if projects.is_empty()) {
        return Ok(Vec::new());
    }
    let (rows, _) = newest(tx, search).await?;
    let fits = |it: &String| !it.is_empty() && it.to_lowercase().contains(part);
    Ok(ranked(&rows, field)?.into_iter().map(|it| it.0).filter(fits).take(most).collect())
}

fn values(rows: &[AnyRow], field: TextField) -> Result<Vec<(String, u64)>, StoreError> {
    let mut counts = ranked(rows, field)?;
    counts.truncate(MOST_VALUES);
    Ok(counts)
}

/// All values of a field, those of most requests first.
fn ranked(rows: &[AnyRow], field: TextField) -> Result<Vec<(String, u64)>, StoreError> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for row in rows {
        let value: &str = row.try_get(name(field))?;
        match counts.get_mut(value) {
            Some(count) => *count += 1,
            None => {
                counts.insert(value.to_owned(), 1);
            }
        }
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(counts)
}
