//! Roll-ups, read: the database puts the texts of a period's rows together, and they are added up here, so that a hundred
//! thousand rows pass as a hundred.

use std::{collections::HashMap, sync::Arc};

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

/// By bucket and place of values.
pub(super) type RolledUp = HashMap<(usize, usize), Amounts>;

/// Adds a segment to the amounts by bucket and place of values.
pub(super) async fn add(
    tx: &mut ReadTx,
    question: &UsageQuestion<'_>,
    (segment, period): (&Segment, Period),
    keys: &Keys,
    found: &mut RolledUp,
) -> Result<(), StoreError> {
    if keys.is_empty() {
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
    move |found, key| Some(found.entry((bucket, keys.place(key)?)).or_default())
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
    let mut sql = format!(
        "select start_ms{texts} from {} where start_ms >= {from} and start_ms < {to}",
        rollup_table(cube, period)
    );
    if let Some(few) = few {
        let few: Vec<String> = few.iter().map(|it| bound.number(*it)).collect();
        sql += &format!(" and key_id in ({})", few.join(", "));
    }
    sql += " group by start_ms";
    let mut rows = sqlx::query_with(AssertSqlSafe(sql), bound.arguments).fetch(tx.connection());
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
