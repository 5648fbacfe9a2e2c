//! Roll-ups, read: the database puts the texts of a period's rows together, and they are added up here, so that a hundred
//! thousand rows pass as a hundred.

use std::collections::{BTreeSet, HashMap};

use control_plane_core::{
    insight::{Amounts, Visible},
    report::Dimension,
    rollup::{Cube, Period, text},
};
use futures_util::TryStreamExt;
use sqlx::AssertSqlSafe;

use super::{UsageQuestion, segment::Segment};
use crate::store::{
    ReadTx, StoreError, codec,
    dimension::{column, condition, rollup_table},
    places::Places,
};

/// Up to so many keys are looked up one by one, where there is an index for it.
const FEW: usize = 300;

/// Which keys of a cube answer a question, and what they are told apart by.
pub(super) struct Keys {
    cube: Cube,
    /// The place of each key's values; `None`: all keys are asked for, and not told apart.
    places: Option<HashMap<i64, usize>>,
    values: Vec<Vec<String>>,
}

impl Keys {
    /// Reads them.
    pub async fn read(tx: &mut ReadTx, cube: Cube, question: &UsageQuestion<'_>) -> Result<Self, StoreError> {
        let all = Self { cube, places: None, values: vec![Vec::new()] };
        let everything =
            question.group_by.is_empty() && question.filters.is_empty() && matches!(question.visible, Visible::All);
        if everything {
            return Ok(all);
        }
        let mut bound = Places::default();
        let mut conditions = vec![format!("cube = {}", bound.text(cube.as_str()))];
        if let Visible::Projects(names) = question.visible {
            conditions.push(format!("project in ({})", bound.texts(names)));
        }
        for filter in question.filters {
            conditions.push(condition(column(filter.dimension), filter, &mut bound));
        }
        let only: Option<BTreeSet<&Vec<String>>> = question.only.map(|it| it.iter().collect());
        if let Some(only) = &only {
            for (at, dimension) in question.group_by.iter().enumerate() {
                let values: BTreeSet<&String> = only.iter().map(|it| &it[at]).collect();
                conditions.push(format!("{} in ({})", column(*dimension), bound.texts(values)));
            }
        }
        let columns: Vec<&str> = ["id"].into_iter().chain(question.group_by.iter().map(|it| column(*it))).collect();
        let columns = columns.join(", ");
        let sql = format!("select {columns} from usage_rollup_keys where {}", conditions.join(" and "));
        let rows = sqlx::query_with(AssertSqlSafe(sql), bound.arguments).fetch_all(tx.connection()).await?;
        let (mut places, mut known) = (HashMap::with_capacity(rows.len()), HashMap::<Vec<String>, usize>::new());
        for row in &rows {
            let text = |it: &Dimension| codec::text(row, column(*it));
            let values = question.group_by.iter().map(text).collect::<Result<Vec<_>, _>>()?;
            if only.as_ref().is_none_or(|only| only.contains(&values)) {
                let next = known.len();
                places.insert(codec::bigint(row, "id")?, *known.entry(values).or_insert(next));
            }
        }
        let mut values = vec![Vec::new(); known.len()];
        for (it, at) in known {
            values[at] = it;
        }
        Ok(Self { cube, places: Some(places), values })
    }

    /// The values at a place.
    pub fn values(&self, place: usize) -> &[String] {
        &self.values[place]
    }

    /// Where the amounts of a key of a bucket are.
    fn amounts_of(&self, bucket: usize) -> impl Fn(&mut RolledUp, i64) -> Option<&mut Amounts> + Copy {
        move |found, key| Some(found.entry((bucket, self.place(key)?)).or_default())
    }

    fn place(&self, key: i64) -> Option<usize> {
        self.places.as_ref().map_or(Some(0), |it| it.get(&key).copied())
    }

    /// Few keys of many: they are looked up instead of passed over.
    fn few(&self) -> Option<Vec<i64>> {
        let indexed = matches!(self.cube, Cube::Caller | Cube::CallerModel);
        let places = self.places.as_ref().filter(|it| indexed && it.len() <= FEW)?;
        Some(places.keys().copied().collect())
    }
}

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
    if keys.values.is_empty() {
        return Ok(());
    }
    let table = rollup_table(keys.cube, period);
    let mut bound = Places::default();
    let (from, to) = (bound.number(segment.from_ms), bound.number(segment.to_ms));
    let mut sql = String::from("select start_ms, string_agg(sums, '') as sums");
    if question.sketches {
        sql += ", string_agg(sketches, '') as sketches";
    }
    sql += &format!(" from {table} where start_ms >= {from} and start_ms < {to}");
    if let Some(few) = keys.few() {
        let few: Vec<String> = few.into_iter().map(|it| bound.number(it)).collect();
        sql += &format!(" and key_id in ({})", few.join(", "));
    }
    sql += " group by start_ms";
    let buckets = question.buckets;
    let mut rows = sqlx::query_with(AssertSqlSafe(sql), bound.arguments).fetch(tx.connection());
    while let Some(row) = rows.try_next().await? {
        let start_ms = codec::bigint(&row, "start_ms")?;
        let unreadable = |column: &str| StoreError::Unexpected {
            place: format!("{table}.{column}"),
            reason: format!("start_ms {start_ms}: not as this build writes it"),
        };
        let bucket = buckets.index(start_ms).unwrap_or(buckets.count() - 1);
        let of = keys.amounts_of(bucket);
        text::read_sums(&codec::text(&row, "sums")?, found, of).ok_or_else(|| unreadable("sums"))?;
        if question.sketches {
            let sketches = codec::text(&row, "sketches")?;
            text::read_sketches(&sketches, found, of).ok_or_else(|| unreadable("sketches"))?;
        }
    }
    Ok(())
}
