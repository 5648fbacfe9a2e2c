use super::{bucket, histogram::middle};

/// How often durations of each [`super::bucket`] were seen. Sketches can be added up, and a part taken away again, without loss.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// The bucket of the first count.
    first: u32,
    /// From there on, one after the other.
    counts: Vec<u64>,
}

impl Sketch {
    /// Buckets are below this.
    pub const LENGTH: u32 = bucket(u64::MAX) + 1;

    /// Counts more of a bucket.
    pub fn add(&mut self, bucket: u32, count: u64) {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = (self.first - bucket) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        let at = (bucket - self.first) as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += count;
    }

    /// Counts all of another.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in other.counts() {
            self.add(bucket, count);
        }
    }

    /// Takes away what was counted of another before.
    pub fn subtract(&mut self, other: &Self) {
        for (bucket, count) in other.counts() {
            let at = bucket.checked_sub(self.first).and_then(|at| self.counts.get_mut(at as usize));
            if let Some(counted) = at {
                *counted = counted.saturating_sub(count);
            }
        }
    }

    /// The buckets that were seen, in their order, and how often.
    pub fn counts(&self) -> impl Iterator<Item = (u32, u64)> {
        (self.first..).zip(self.counts.iter().copied()).filter(|(_, count)| *count > 0)
    }

    /// How many durations there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The duration in microseconds that a share `p` (0 to 1) of them does not exceed, within 1/32 of it.
    pub fn percentile(&self, p: f64) -> Option<u64> {
        let total = self.count();
        let rank = ((p.clamp(0.0, 1.0) * total as f64).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0;
        // They are in their order: a report of many rows asks for four of each.
        self.counts().find_map(|(bucket, count)| {
            seen += count;
            (seen >= rank).then(|| middle(bucket))
        })
    }
}

impl PartialEq for Sketch {
    fn eq(&self, other: &Self) -> bool {
        self.counts().eq(other.counts())
    }
}

impl Eq for Sketch {}

impl FromIterator<(u32, u64)> for Sketch {
    fn from_iter<T: IntoIterator<Item = (u32, u64)>>(counts: T) -> Self {
        let mut sketch = Self::default();
        for (bucket, count) in counts {
            sketch.add(bucket, count);
        }
        sketch
    }
}
