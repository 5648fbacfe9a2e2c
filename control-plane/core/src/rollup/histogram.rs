/// Each power of two is divided into this many buckets of equal width.
const STEPS: u64 = 16;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// The bucket of a duration in microseconds. Buckets grow with the value, so that the middle of one is within 1/32 of
/// everything in it; below 16 µs each value has its own. Counts of equal buckets can be added up.
pub const fn bucket(micros: u64) -> u32 {
    if micros < STEPS {
        return micros as u32;
    }
    let shift = micros.ilog2() - STEP_BITS;
    // The first step of a power is its top bit alone, so the quotient lies in STEPS..2 * STEPS.
    shift * STEPS as u32 + (micros >> shift) as u32
}

/// The shortest duration of a bucket, in microseconds.
pub const fn lowest(bucket: u32) -> u64 {
    if bucket < STEPS as u32 {
        return bucket as u64;
    }
    let last = self::bucket(u64::MAX);
    let bucket = if bucket < last { bucket } else { last };
    (STEPS + bucket as u64 % STEPS) << (bucket / STEPS as u32 - 1)
}

/// The middle of a bucket, in microseconds.
pub(super) const fn middle(bucket: u32) -> u64 {
    if bucket < STEPS as u32 {
        return bucket as u64;
    }
    let last = self::bucket(u64::MAX);
    let shift = if bucket < last { bucket } else { last } / STEPS as u32 - 1;
    lowest(bucket) + ((1_u64 << shift) - 1) / 2
}

/// The duration in microseconds that a share `p` (0 to 1) of the counted values does not exceed, within 1/32 of it.
/// `buckets` are pairs of bucket and count in any order; `None` when nothing was counted.
pub fn percentile(buckets: impl IntoIterator<Item = (u32, u64)>, p: f64) -> Option<u64> {
    let mut sorted: Vec<(u32, u64)> = buckets.into_iter().filter(|(_, count)| *count > 0).collect();
    sorted.sort_unstable();
    let total: u64 = sorted.iter().map(|(_, count)| count).sum();
    let rank = ((p.clamp(0.0, 1.0) * total as f64).ceil() as u64).clamp(1, total.max(1));
    let mut seen = 0;
    for (bucket, count) in sorted {
        seen += count;
        if seen >= rank {
            return Some(middle(bucket));
        }
    }
    None
}
