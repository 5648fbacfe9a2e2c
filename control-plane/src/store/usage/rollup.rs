use control_plane_core::rollup::{Dimension, Measures, Period, RollupKey};
use sha2::{Digest, Sha256};

use super::insert::{Row, insert};
use crate::store::{StoreError, Tx};

/// What is added to one row of a roll-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollup<'a> {
    /// Which row.
    pub key: RollupKey<'a>,
    /// Its sums.
    pub measures: Measures,
    /// Latency: pairs of bucket and count, each bucket once.
    pub latency: Vec<(u32, u64)>,
    /// First byte: pairs of bucket and count, each bucket once.
    pub first_byte: Vec<(u32, u64)>,
}

/// Adds to the roll-ups of a period, in the order of the tables: two replicas never wait for each other, and what is near in
/// the table is changed together. Each key stands once.
pub async fn add_rollups(tx: &mut Tx, period: Period, rollups: &[Rollup<'_>]) -> Result<(), StoreError> {
    let (table, histogram) = match period {
        Period::Hour => ("usage_rollup_hourly", "usage_histogram_hourly"),
        Period::Day => ("usage_rollup_daily", "usage_histogram_daily"),
    };
    let mut rows: Vec<Keyed<'_>> =
        rollups.iter().map(|rollup| Keyed { rollup, dims_key: dims_key(&rollup.key) }).collect();
    rows.sort_unstable_by_key(|it| (it.rollup.key.start_ms, it.dims_key));
    insert(tx, table, &["start_ms", "dims_key"], &rows, sums).await?;
    let counts: Vec<Count<'_>> = rows.iter().flat_map(counts).collect();
    insert(tx, histogram, &["start_ms", "dims_key", "measure", "bucket"], &counts, count).await
}

struct Keyed<'a> {
    rollup: &'a Rollup<'a>,
    dims_key: [u8; 16],
}

/// The first half of the SHA-256 over the dimensions, each after its length: short enough for an index, and no two
/// combinations share one.
fn dims_key(key: &RollupKey<'_>) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for value in &key.values {
        hasher.update((value.len() as u64).to_le_bytes());
        hasher.update(value.as_bytes());
    }
    *hasher.finalize().first_chunk().expect("a SHA-256 has 32 bytes")
}

fn sums(row: &mut Row, it: &Keyed<'_>) {
    let Rollup { key, measures, .. } = it.rollup;
    row.number("start_ms", key.start_ms).bytes("dims_key", &it.dims_key);
    for (dimension, value) in Dimension::STORED.into_iter().zip(&key.values) {
        row.text(column(dimension), value);
    }
    row.sum("requests", measures.requests)
        .sum("errors", measures.errors)
        .sum("fallbacks", measures.fallbacks)
        .sum("input_tokens", measures.input_tokens)
        .sum("output_tokens", measures.output_tokens)
        .sum("cached_input_tokens", measures.cached_input_tokens)
        .sum("cache_write_tokens", measures.cache_write_tokens)
        .sum("reasoning_tokens", measures.reasoning_tokens)
        .sum("image_tokens", measures.image_tokens)
        .sum("cost_input_nanousd", measures.cost_input_nanousd)
        .sum("cost_cached_input_nanousd", measures.cost_cached_input_nanousd)
        .sum("cost_cache_write_nanousd", measures.cost_cache_write_nanousd)
        .sum("cost_output_nanousd", measures.cost_output_nanousd)
        .sum("cost_total_nanousd", measures.cost_nanousd)
        .sum("baseline_cost_nanousd", measures.baseline_cost_nanousd)
        .sum("timed_output_tokens", measures.timed_output_tokens)
        .sum("output_us", measures.output_us);
}

/// A dimension's column: its own name, but where that is a reserved word of SQL.
fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::User => "user_name",
        Dimension::Group => "group_name",
        other => other.as_str(),
    }
}

const LATENCY: i64 = 0;
const FIRST_BYTE: i64 = 1;

/// One row of a histogram.
struct Count<'a> {
    row: &'a Keyed<'a>,
    measure: i64,
    bucket: u32,
    observations: u64,
}

fn counts<'a>(row: &'a Keyed<'a>) -> impl Iterator<Item = Count<'a>> {
    let latency = row.rollup.latency.iter().map(|count| (LATENCY, count));
    let first_byte = row.rollup.first_byte.iter().map(|count| (FIRST_BYTE, count));
    latency.chain(first_byte).map(move |(measure, &(bucket, observations))| Count {
        row,
        measure,
        bucket,
        observations,
    })
}

fn count(row: &mut Row, it: &Count<'_>) {
    row.number("start_ms", it.row.rollup.key.start_ms)
        .bytes("dims_key", &it.row.dims_key)
        .number("measure", it.measure)
        .number("bucket", it.bucket.into())
        .sum("observations", it.observations);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_run_together_have_different_keys() {
        let key = |first: &'static str, second: &'static str| {
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
