use super::{Measures, Sketch, bucket};
use crate::usage::UsageRecord;

/// What was used: sums, and how long it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// What was added up.
    pub measures: Measures,
    /// How long requests took; empty where no metric asks for it.
    pub latency: Sketch,
    /// How long the first byte took, of requests that had one; empty where no metric asks for it.
    pub first_byte: Sketch,
}

impl Amounts {
    /// Counts a request.
    pub fn count(&mut self, record: &UsageRecord) {
        self.measures.add(&Measures::of(record));
        self.latency.add(bucket(record.latency_us), 1);
        if record.first_byte_us > 0 {
            self.first_byte.add(bucket(record.first_byte_us), 1);
        }
    }

    /// Adds the other's.
    pub fn add(&mut self, other: &Self) {
        self.measures.add(&other.measures);
        self.latency.merge(&other.latency);
        self.first_byte.merge(&other.first_byte);
    }

    /// Takes away what was added before.
    pub fn subtract(&mut self, other: &Self) {
        self.measures.subtract(&other.measures);
        self.latency.subtract(&other.latency);
        self.first_byte.subtract(&other.first_byte);
    }

    /// Those of all of them.
    pub fn sum<'a>(of: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for it in of {
            sum.add(it);
        }
        sum
    }
}
