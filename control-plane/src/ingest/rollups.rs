use std::collections::{BTreeMap, HashMap};

use control_plane_core::{
    rollup::{Measures, Period, RollupKey, bucket},
    usage::UsageRecord,
};

use crate::store::{
    StoreError, Tx,
    usage::{self, Rollup},
};

/// What a group of events adds to the roll-ups, added up in memory first: a statement per combination of dimensions
/// instead of one per event.
#[derive(Default)]
pub(super) struct Rollups<'a> {
    hours: HashMap<RollupKey<'a>, Sums>,
}

#[derive(Clone, Default)]
struct Sums {
    measures: Measures,
    latency: BTreeMap<u32, u64>,
    first_byte: BTreeMap<u32, u64>,
}

impl<'a> Rollups<'a> {
    /// Counts an event.
    pub fn add(&mut self, record: &'a UsageRecord) {
        let sums = self.hours.entry(RollupKey::of(record, Period::Hour)).or_default();
        sums.measures.add(&Measures::of(record));
        *sums.latency.entry(bucket(record.latency_us)).or_default() += 1;
        if record.first_byte_us > 0 {
            *sums.first_byte.entry(bucket(record.first_byte_us)).or_default() += 1;
        }
    }

    /// Adds everything to the tables.
    pub async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut days: HashMap<RollupKey<'_>, Sums> = HashMap::new();
        for (key, sums) in &self.hours {
            let day = RollupKey { start_ms: Period::Day.start_ms(key.start_ms), values: key.values.clone() };
            days.entry(day).or_default().add(sums);
        }
        usage::add_rollups(tx, Period::Hour, &rows(self.hours)).await?;
        usage::add_rollups(tx, Period::Day, &rows(days)).await
    }
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.measures.add(&other.measures);
        for (mine, others) in [(&mut self.latency, &other.latency), (&mut self.first_byte, &other.first_byte)] {
            for (bucket, count) in others {
                *mine.entry(*bucket).or_default() += count;
            }
        }
    }
}

fn rows(sums: HashMap<RollupKey<'_>, Sums>) -> Vec<Rollup<'_>> {
    sums.into_iter()
        .map(|(key, sums)| Rollup {
            key,
            measures: sums.measures,
            latency: sums.latency.into_iter().collect(),
            first_byte: sums.first_byte.into_iter().collect(),
        })
        .collect()
}
