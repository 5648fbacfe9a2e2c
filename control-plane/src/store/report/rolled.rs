//! Roll-ups, read: the database puts the texts of a period's rows together, and they are added up here, so that a hundred
//! thousand rows pass as a hundred.

use std::sync::Arc;

use control_plane_core::{
    insight::Amounts,
    rollup::{Cube, Period},
};
use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;

use super::{UsageQuestion, segment::Segment};
use crate::{
    clock::now_ms,
    store::{
        ReadTx, StoreError, codec,
        dimension::rollup_table,
        memory::{DayPart, DaySpan, Keys, Text, added_up},
        places::Places,
    },
};

const DAY_MS: i64 = Period::Day.length_ms();

/// No amounts yet.
const NONE: u32 = u32::MAX;

/// Amounts by bucket and place of values: of callers by models there are tens of thousands, found without hashing.
pub(super) struct RolledUp {
    /// How many places there are.
    places: usize,
    /// By bucket and place, where its amounts are.
    slots: Vec<Vec<u32>>,
    amounts: Vec<(usize, usize, Amounts)>,
}

impl RolledUp {
    /// Nothing in any bucket.
    pub fn new(buckets: usize, places: usize) -> Self {
        let amounts = Vec::with_capacity(if buckets == 1 { places } else { 0 });
        Self { places, slots: vec![Vec::new(); buckets], amounts }
    }

    /// All that there are, each bucket and place once.
    pub fn amounts(&self) -> &[(usize, usize, Amounts)] {
        &self.amounts
    }

    /// The same, in the order in which they were met.
    pub fn into_amounts(self) -> Vec<(usize, usize, Amounts)> {
        self.amounts
    }

    fn of(&mut self, bucket: usize, place: usize) -> &mut Amounts {
        let slots = &mut self.slots[bucket];
        if slots.is_empty() {
            slots.resize(self.places, NONE);
        }
        let slot = &mut slots[place];
        if *slot == NONE {
            *slot = self.amounts.len() as u32;
            self.amounts.push((bucket, place, Amounts::default()));
        }
        &mut self.amounts[*slot as usize].2
    }
}

/// Adds a segment to the amounts by bucket and place of values.
pub(super) async fn add(
    tx: &mut ReadTx,
    question: &UsageQuestion<'_>,
    (segment, period): (&Segment, Period),
    keys: &Keys,
    found: &mut RolledUp,
) -> Result<(), StoreError> {
    if keys.count() == 0 {
        return Ok(());
    }
    let kinds: &[Text] = if question.sketches { &[Text::Sums, Text::Sketches] } else { &[Text::Sums] };
    let mut from_ms = segment.from_ms;
    if let (Period::Day, None | Some(DAY_MS), None) = (period, segment.step_ms, keys.few()) {
        let days = DaySpan { from_ms, to_ms: segment.to_ms };
        let parts = DayPart::cut(tx.connection(), days, segment.step_ms.is_some(), now_ms()).await?;
        from_ms = parts.last().map_or(from_ms, |it| it.stretch.to_ms);
        for kind in kinds {
            for (stretch, text) in remembered(tx, keys.cube, *kind, &parts).await? {
                read(question, (keys, found), *kind, stretch.from_ms, &text)?;
            }
        }
    }
    if from_ms < segment.to_ms {
        let rows = rows(tx, (keys.cube, period), kinds, DaySpan { from_ms, to_ms: segment.to_ms }, keys.few()).await?;
        for (start_ms, texts) in rows {
            for (kind, text) in kinds.iter().zip(&texts) {
                read(question, (keys, found), *kind, start_ms, text)?;
            }
        }
    }
    Ok(())
}

fn read(
    question: &UsageQuestion<'_>,
    (keys, found): (&Keys, &mut RolledUp),
    kind: Text,
    start_ms: i64,
    text: &str,
) -> Result<(), StoreError> {
    let bucket = question.buckets.index(start_ms).unwrap_or(question.buckets.count() - 1);
    kind.read(text, found, amounts_of(keys, bucket)).ok_or_else(|| unreadable(keys.cube, kind, start_ms))
}

/// Where the amounts of a key of a bucket are.
fn amounts_of(keys: &Keys, bucket: usize) -> impl Fn(&mut RolledUp, i64) -> Option<&mut Amounts> + Copy {
    move |found, key| Some(found.of(bucket, keys.place(key)?))
}

/// The texts of parts, from memory where it has them.
async fn remembered(
    tx: &mut ReadTx,
    cube: Cube,
    kind: Text,
    parts: &[DayPart],
) -> Result<Vec<(DaySpan, Arc<str>)>, StoreError> {
    let memory = tx.rollups();
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        if let Some(text) = memory.days.get(cube, kind, part) {
            texts.push((part.stretch, text));
            continue;
        }
        let rows = rows(tx, (cube, Period::Day), &[kind], part.stretch, None).await?;
        let rows: Vec<String> = rows.into_iter().flat_map(|it| it.1).collect();
        let text = added_up(kind, &rows).ok_or_else(|| unreadable(cube, kind, part.stretch.from_ms))?;
        memory.days.put(cube, kind, part, Arc::clone(&text));
        texts.push((part.stretch, text));
    }
    Ok(texts)
}

/// The texts of each start of a period, put together.
async fn rows(
    tx: &mut ReadTx,
    (cube, period): (Cube, Period),
    kinds: &[Text],
    stretch: DaySpan,
    few: Option<&[i64]>,
) -> Result<Vec<(i64, Vec<String>)>, StoreError> {
    let mut bound = Places::default();
    let (from, to) = (bound.number(stretch.from_ms), bound.number(stretch.to_ms));
    let texts: String =
        kinds.iter().map(|it| format!(", string_agg({0}, '') as {0}", it.column())).collect::<Vec<_>>().concat();
    // Of few keys the index by key is followed: SQLite takes the one by time for a group by it, and passes over all others.
    let start = if few.is_some() { "+start_ms" } else { "start_ms" };
    let mut sql = format!(
        "select {start} as start_ms{texts} from {} where start_ms >= {from} and start_ms < {to}",
        rollup_table(cube, period)
    );
    if let Some(few) = few {
        // Ids are numbers, of which there may be thousands.
        let few: Vec<String> = few.iter().map(ToString::to_string).collect();
        sql += &format!(" and key_id in ({})", few.join(", "));
    }
    sql += " group by 1";
    let kept = few.is_none();
    let mut rows = sqlx::query_with(AssertSqlSafe(sql), bound.arguments).persistent(kept).fetch(tx.connection());
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let texts = kinds.iter().map(|it| codec::text(&row, it.column())).collect::<Result<_, _>>()?;
        found.push((codec::bigint(&row, "start_ms")?, texts));
    }
    Ok(found)
}

fn unreadable(cube: Cube, kind: Text, start_ms: i64) -> StoreError {
    StoreError::Unexpected {
        place: format!("usage_rollup_*_{}.{}", cube.as_str(), kind.column()),
        reason: format!("start_ms {start_ms}: not as this build writes it"),
    }
}
