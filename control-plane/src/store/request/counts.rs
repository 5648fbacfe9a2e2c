use std::collections::HashMap;

use super::{condition::column, page::token_callers, path::choose, statement::Stretch};
use crate::store::{ReadTx, StoreError};
use control_plane_core::{
    permission::Visible,
    search::{Condition, Order, Search, TextField},
};

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

/// Between the values of a row, and between rows: what names, ids and headers cannot have. A row that has them all the same is
/// left out.
const BETWEEN_VALUES: char = '\u{1f}';
const BETWEEN_ROWS: char = '\u{1e}';

/// Rows by the values of [`COUNTED`].
struct Newest {
    text: String,
    /// These are all of the period.
    whole: bool,
}

/// Counts the newest requests by their values.
pub async fn counts(tx: &mut ReadTx, search: &Search) -> Result<Counts, StoreError> {
    if matches!(&search.visible, Visible::Projects(projects) if projects.is_empty()) {
        return Ok(Counts { whole: true, ..Counts::default() });
    }
    let newest = newest(tx, search).await?;
    let rows = newest.rows();
    let mut counts = Counts { matching: rows.len() as u64, whole: newest.whole, fields: Vec::new() };
    for (at, field) in COUNTED.into_iter().enumerate() {
        let of = |it: &Condition| matches!(it, Condition::Text { field: of, .. } if *of == field);
        let values = if search.conditions.iter().any(of) {
            let mut without = search.clone();
            without.conditions.retain(|it| !of(it));
            values(&self::newest(tx, &without).await?.rows(), at)
        } else {
            values(&rows, at)
        };
        counts.fields.push((field, values));
    }
    Ok(counts)
}

/// The newest rows, and whether these are all of the period.
async fn newest(tx: &mut ReadTx, search: &Search) -> Result<Newest, StoreError> {
    let search = Search { order: Order::Newest, ..search.clone() };
    let chosen = choose(&search, token_callers(tx.connection(), &search).await?);
    let mut stretch = Stretch::new(&search, &chosen);
    stretch.low = stretch.nth(tx.connection(), NEWEST).await?;
    let line = COUNTED.map(value).join(&format!(" || '{BETWEEN_VALUES}' || "));
    let text = stretch.joined(tx.connection(), &line, BETWEEN_ROWS, NEWEST).await?;
    Ok(Newest { text, whole: stretch.low.is_none() })
}

impl Newest {
    fn rows(&self) -> Vec<[&str; COUNTED.len()]> {
        self.text.split(BETWEEN_ROWS).filter_map(row).collect()
    }
}

fn row(text: &str) -> Option<[&str; COUNTED.len()]> {
    let mut row = [""; COUNTED.len()];
    let mut values = text.split(BETWEEN_VALUES);
    for place in &mut row {
        *place = values.next()?;
    }
    values.next().is_none().then_some(row)
}

fn value(field: TextField) -> String {
    match field {
        TextField::Status => "cast(s.status as text)".to_owned(),
        other => format!("s.{}", column(other).unwrap_or("status")),
    }
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
    let Some(at) = COUNTED.iter().position(|it| *it == field) else { return Ok(Vec::new()) };
    let newest = newest(tx, search).await?;
    let fits = |it: &String| !it.is_empty() && it.to_lowercase().contains(part);
    Ok(ranked(&newest.rows(), at).into_iter().map(|it| it.0).filter(fits).take(most).collect())
}

fn values(rows: &[[&str; COUNTED.len()]], at: usize) -> Vec<(String, u64)> {
    let mut counts = ranked(rows, at);
    counts.truncate(MOST_VALUES);
    counts
}

/// All values of a field, those of most requests first.
fn ranked(rows: &[[&str; COUNTED.len()]], at: usize) -> Vec<(String, u64)> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for row in rows {
        *counts.entry(row[at]).or_default() += 1;
    }
    let mut counts: Vec<(&str, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    counts.into_iter().map(|(value, count)| (value.to_owned(), count)).collect()
}
