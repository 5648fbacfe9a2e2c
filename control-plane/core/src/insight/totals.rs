use super::{Amounts, Metric, TotalsRequest};

/// What tiles show.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// What was asked.
    pub request: TotalsRequest,
    /// The period.
    pub now: Amounts,
    /// The period before.
    pub before: Amounts,
}

impl Totals {
    /// By which share of it a figure differs from the one of the period before: 0.5 is half as much again. `None`: there was
    /// nothing to compare with.
    pub fn change(&self, metric: Metric) -> Option<f64> {
        let (now, before) = (metric.value(&self.now)?, metric.value(&self.before)?);
        (before != 0.0).then(|| (now - before) / before)
    }
}
