use std::collections::{BTreeMap, HashMap};

use control_plane_core::rollup::{Measures, Period, RollupKey, UsageRow, bucket};
use proto::v1::UsageEvent;

use crate::store::{
    StoreError, Tx,
    usage::{self, Rollup},
};

/// What a group of events adds to the roll-ups, added up in memory first: a statement per combination of dimensions
/// instead of one per event.
#[derive(Default)]
pub(super) struct Rollups {
    hours: HashMap<RollupKey, Sums>,
}

#[derive(Clone, Default)]
struct Sums {
    measures: Measures,
    latency: BTreeMap<u32, u64>,
    first_byte: BTreeMap<u32, u64>,
}

impl Rollups {
    /// Counts an event.
    pub fn add(&mut self, row: &UsageRow) {
        let sums = self.hours.entry(RollupKey::of(row, Period::Hour)).or_default();
        sums.measures.add(&Measures::of(row));
        *sums.latency.entry(bucket(row.latency_us)).or_default() += 1;
        if row.first_byte_us > 0 {
            *sums.first_byte.entry(bucket(row.first_byte_us)).or_default() += 1;
        }
    }

    /// Adds everything to the tables.
    pub async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut days: HashMap<RollupKey, Sums> = HashMap::new();
        for (key, sums) in &self.hours {
            let day = RollupKey { start_ms: Period::Day.start_ms(key.start_ms), values: key.values.clone() };
            days.entry(day).or_default().add(sums);
        }
        usage::add_rollups(tx, Period::Hour, &sorted(self.hours)).await?;
        usage::add_rollups(tx, Period::Day, &sorted(days)).await
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

fn sorted(sums: HashMap<RollupKey, Sums>) -> Vec<Rollup> {
    let mut rollups: Vec<Rollup> = sums
        .into_iter()
        .map(|(key, sums)| Rollup {
            key,
            measures: sums.measures,
            latency: sums.latency.into_iter().collect(),
            first_byte: sums.first_byte.into_iter().collect(),
        })
        .collect();
    rollups.sort_unstable_by(|a, b| a.key.cmp(&b.key));
    rollups
}

/// What the roll-ups need of an event.
pub(super) fn row(event: &UsageEvent) -> UsageRow {
    let tokens = event.tokens.unwrap_or_default();
    let cost = event.cost.unwrap_or_default();
    UsageRow {
        started_ms: event.started_ms,
        caller: event.caller.clone(),
        user: event.user.clone(),
        project: event.project.clone(),
        environment: event.environment.clone(),
        token: event.token.clone(),
        group: event.group.clone(),
        provider: event.provider.clone(),
        model: event.model.clone(),
        client: event.client.clone(),
        status: event.status,
        code: event.code.clone(),
        dialect: event.dialect.clone(),
        fallback: event.fallback,
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cached_input_tokens: tokens.cached_input,
        cache_write_tokens: tokens.cache_write_5m + tokens.cache_write_1h,
        reasoning_tokens: tokens.reasoning,
        image_tokens: tokens.image,
        cost_input_nanousd: cost.input,
        cost_cached_input_nanousd: cost.cached_input,
        cost_cache_write_nanousd: cost.cache_write,
        cost_output_nanousd: cost.output,
        cost_nanousd: cost.total,
        baseline_cost_nanousd: event.baseline_cost_nanousd,
        latency_us: event.latency_us,
        first_byte_us: event.first_byte_us,
    }
}
