use control_plane_core::rollup::{Measures, Period, RollupKey};
use sha2::{Digest, Sha256};

use super::insert::{Table, Values, insert};
use crate::store::{StoreError, Tx};

/// What is added to one row of a roll-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollup {
    /// Which row.
    pub key: RollupKey,
    /// Its sums.
    pub measures: Measures,
    /// Latency: pairs of bucket and count, each bucket once.
    pub latency: Vec<(u32, u64)>,
    /// First byte: pairs of bucket and count, each bucket once.
    pub first_byte: Vec<(u32, u64)>,
}

/// Adds to the roll-ups of a period. Keys are sorted and each stands once, so that two replicas never wait for each
/// other.
pub async fn add_rollups(tx: &mut Tx, period: Period, rollups: &[Rollup]) -> Result<(), StoreError> {
    let (sums, histogram) = match period {
        Period::Hour => (&HOURLY, &HISTOGRAM_HOURLY),
        Period::Day => (&DAILY, &HISTOGRAM_DAILY),
    };
    let rows: Vec<Row<'_>> = rollups.iter().map(|rollup| Row { rollup, dims_key: dims_key(&rollup.key) }).collect();
    insert(tx, sums, &rows, bind_sums).await?;
    let counts: Vec<Count<'_>> = rows.iter().flat_map(counts).collect();
    insert(tx, histogram, &counts, bind_count).await
}

struct Row<'a> {
    rollup: &'a Rollup,
    dims_key: [u8; 16],
}

/// The first half of the SHA-256 over the dimensions, each after its length: short enough for an index, and no two
/// combinations share one.
fn dims_key(key: &RollupKey) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for value in &key.values {
        hasher.update((value.len() as u64).to_le_bytes());
        hasher.update(value);
    }
    *hasher.finalize().first_chunk().expect("a SHA-256 has 32 bytes")
}

const COLUMNS: &[&str] = &[
    "start_ms",
    "dims_key",
    "caller",
    "user_name",
    "project",
    "environment",
    "token",
    "group_name",
    "provider",
    "model",
    "client",
    "status",
    "dialect",
    "requests",
    "errors",
    "fallbacks",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "image_tokens",
    "cost_input_nanousd",
    "cost_cached_input_nanousd",
    "cost_cache_write_nanousd",
    "cost_output_nanousd",
    "cost_total_nanousd",
    "baseline_cost_nanousd",
];

/// `x = table.x + excluded.x` for every sum of a roll-up table.
macro_rules! add_to {
    ($table:literal: $first:literal $(, $column:literal)*) => {
        concat!(
            " on conflict (start_ms, dims_key) do update set ", $first, " = ", $table, ".", $first, " + excluded.", $first,
            $(", ", $column, " = ", $table, ".", $column, " + excluded.", $column,)*
        )
    };
}

macro_rules! sums {
    ($table:literal) => {
        Table {
            name: $table,
            columns: COLUMNS,
            tail: add_to!(
                $table: "requests", "errors", "fallbacks", "input_tokens", "output_tokens", "cached_input_tokens",
                "cache_write_tokens", "reasoning_tokens", "image_tokens", "cost_input_nanousd",
                "cost_cached_input_nanousd", "cost_cache_write_nanousd", "cost_output_nanousd", "cost_total_nanousd",
                "baseline_cost_nanousd"
            ),
        }
    };
}

const HOURLY: Table = sums!("usage_rollup_hourly");
const DAILY: Table = sums!("usage_rollup_daily");

fn bind_sums(values: &mut Values, row: &Row<'_>) {
    let Rollup { key, measures, .. } = row.rollup;
    values.number(key.start_ms).bytes(&row.dims_key);
    for value in &key.values {
        values.text(value);
    }
    values
        .count(measures.requests)
        .count(measures.errors)
        .count(measures.fallbacks)
        .count(measures.input_tokens)
        .count(measures.output_tokens)
        .count(measures.cached_input_tokens)
        .count(measures.cache_write_tokens)
        .count(measures.reasoning_tokens)
        .count(measures.image_tokens)
        .count(measures.cost_input_nanousd)
        .count(measures.cost_cached_input_nanousd)
        .count(measures.cost_cache_write_nanousd)
        .count(measures.cost_output_nanousd)
        .count(measures.cost_nanousd)
        .count(measures.baseline_cost_nanousd);
}

macro_rules! histogram {
    ($table:literal) => {
        Table {
            name: $table,
            columns: &["start_ms", "dims_key", "measure", "bucket", "observations"],
            tail: concat!(
                " on conflict (start_ms, dims_key, measure, bucket) do update set observations = ",
                $table,
                ".observations + excluded.observations"
            ),
        }
    };
}

const HISTOGRAM_HOURLY: Table = histogram!("usage_histogram_hourly");
const HISTOGRAM_DAILY: Table = histogram!("usage_histogram_daily");

const LATENCY: i64 = 0;
const FIRST_BYTE: i64 = 1;

/// One row of a histogram.
struct Count<'a> {
    row: &'a Row<'a>,
    measure: i64,
    bucket: u32,
    observations: u64,
}

fn counts<'a>(row: &'a Row<'a>) -> impl Iterator<Item = Count<'a>> {
    let latency = row.rollup.latency.iter().map(|count| (LATENCY, count));
    let first_byte = row.rollup.first_byte.iter().map(|count| (FIRST_BYTE, count));
    latency.chain(first_byte).map(move |(measure, &(bucket, observations))| Count {
        row,
        measure,
        bucket,
        observations,
    })
}

fn bind_count(values: &mut Values, count: &Count<'_>) {
    values
        .number(count.row.rollup.key.start_ms)
        .bytes(&count.row.dims_key)
        .number(count.measure)
        .number(count.bucket.into())
        .count(count.observations);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_run_together_have_different_keys() {
        let key = |first: &str, second: &str| {
            let mut key = RollupKey { start_ms: 0, values: Default::default() };
            key.values[0] = first.into();
            key.values[1] = second.into();
            dims_key(&key)
        };
        assert_ne!(key("ab", "c"), key("a", "bc"));
        assert_ne!(key("", "a"), key("a", ""));
        assert_eq!(key("a", "b"), key("a", "b"));
    }
}
