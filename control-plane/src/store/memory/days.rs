//! Whole days of a cube, added up. Whoever adds to roll-ups gives each day that it changes a new random number
//! (`usage_rollup_days`); what is remembered is used as long as its days have the numbers that they had when it was read, in the
//! same state of the database. Days that are over change only when a router delivers late.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use control_plane_core::rollup::{Amounts, Cube, Period, text};
use sqlx::AnyConnection;

use crate::store::{StoreError, codec};

/// Of so many bytes the texts are, at most, that are remembered.
const MOST_BYTES: usize = 128 << 20;
const DAY_MS: i64 = 86_400_000;
/// So many days are added up together; they begin at multiples of that, so that periods that differ have most of them in common.
const TOGETHER: i64 = 8 * DAY_MS;
/// For so long after its end, events of a day still come.
const STILL_MS: i64 = 3_600_000;

/// Days of a cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DaySpan {
    /// Milliseconds since the Unix epoch; the start of a day.
    pub from_ms: i64,
    /// The same; not included.
    pub to_ms: i64,
}

/// Which text of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// What was added up.
    Sums,
    /// How long requests took.
    Sketches,
}

/// The numbers of the days that have one.
type DayVersions = BTreeMap<i64, i64>;

/// A stretch of a cube, and how it stands.
pub struct DayPart {
    /// Which days.
    pub stretch: DaySpan,
    versions: DayVersions,
}

/// The texts that are remembered.
#[derive(Default)]
pub struct KnownDays(Mutex<HeldDays>);

#[derive(Default)]
struct HeldDays {
    texts: HashMap<(Cube, Text, DaySpan), HeldDay>,
    bytes: usize,
    /// Counts what was asked for.
    asked: u64,
}

struct HeldDay {
    versions: DayVersions,
    text: Arc<str>,
    asked: u64,
}

impl DayPart {
    /// Cuts days into parts that are remembered, each day one of its own or not; what is not over yet is in none.
    pub async fn cut(db: &mut AnyConnection, days: DaySpan, each: bool, now_ms: i64) -> Result<Vec<Self>, StoreError> {
        let stretches = stretches(days, each, now_ms);
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Ok(Vec::new()) };
        let sql = "select start_ms, version from usage_rollup_days where start_ms >= $1 and start_ms < $2";
        let rows = sqlx::query(sql).bind(first.from_ms).bind(last.to_ms).fetch_all(db).await?;
        let version = |row| Ok((codec::bigint(row, "start_ms")?, codec::bigint(row, "version")?));
        let versions: DayVersions = rows.iter().map(version).collect::<Result<_, StoreError>>()?;
        let part = |stretch: DaySpan| {
            let versions = versions.range(stretch.from_ms..stretch.to_ms).map(|(day, it)| (*day, *it)).collect();
            Self { stretch, versions }
        };
        Ok(stretches.into_iter().map(part).collect())
    }
}

fn stretches(days: DaySpan, each: bool, now_ms: i64) -> Vec<DaySpan> {
    let over_ms = Period::Day.start_ms(now_ms - STILL_MS).min(days.to_ms);
    let length = if each { DAY_MS } else { TOGETHER };
    let (mut stretches, mut from_ms) = (Vec::new(), days.from_ms);
    while from_ms < over_ms {
        let to_ms = (from_ms.div_euclid(length) * length + length).min(over_ms);
        stretches.push(DaySpan { from_ms, to_ms });
        from_ms = to_ms;
    }
    stretches
}

impl KnownDays {
    /// What is remembered of a part and still holds.
    pub fn get(&self, cube: Cube, text: Text, part: &DayPart) -> Option<Arc<str>> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.asked += 1;
        let asked = remembered.asked;
        let known = remembered.texts.get_mut(&(cube, text, part.stretch))?;
        known.asked = asked;
        (known.versions == part.versions).then(|| Arc::clone(&known.text))
    }

    /// Remembers it, and forgets what was not asked for the longest.
    pub fn put(&self, cube: Cube, kind: Text, part: &DayPart, text: Arc<str>) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.bytes += text.len();
        let known = HeldDay { versions: part.versions.clone(), text, asked: remembered.asked };
        if let Some(before) = remembered.texts.insert((cube, kind, part.stretch), known) {
            remembered.bytes -= before.text.len();
        }
        while remembered.bytes > MOST_BYTES {
            let oldest = remembered.texts.iter().min_by_key(|(_, it)| it.asked).map(|(place, _)| *place);
            let Some(forgotten) = oldest.and_then(|it| remembered.texts.remove(&it)) else { break };
            remembered.bytes -= forgotten.text.len();
        }
    }
}

/// The text of several rows, each key told once. `None`: they are not as this build writes them.
pub fn added_up(kind: Text, rows: &[String]) -> Option<Arc<str>> {
    if let [only] = rows {
        return Some(only.as_str().into());
    }
    let mut sums: BTreeMap<i64, Amounts> = BTreeMap::new();
    let mut all = String::new();
    for row in rows {
        kind.read(row, &mut sums, |sums, key| Some(sums.entry(key).or_default()))?;
    }
    for (key, amounts) in sums {
        all += &match kind {
            Text::Sums => text::write_sums(key, &amounts.measures),
            Text::Sketches => text::write_sketches(key, &amounts),
        };
    }
    Some(all.into())
}

impl Text {
    /// Its column.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Sums => "sums",
            Self::Sketches => "sketches",
        }
    }

    /// Adds what it says to where `of` says that the row of a key belongs; `None`: it is not as this build writes it.
    pub fn read<S>(self, text: &str, state: &mut S, of: impl Fn(&mut S, i64) -> Option<&mut Amounts>) -> Option<()> {
        match self {
            Self::Sums => text::read_sums(text, state, of),
            Self::Sketches => text::read_sketches(text, state, of),
        }
    }
}
