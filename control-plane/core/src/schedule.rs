//! Reports that are sent at intervals: what one holds, when it is due, and the period that it is about.

mod cadence;
mod mistake;

use serde::{Deserialize, Serialize};

pub use cadence::{Cadence, Every, ReportPeriod};
pub use mistake::ScheduleMistake;

use crate::Document;
use crate::document::Baseline;
use crate::insight::Zone;
use crate::report::{Query, ReportError, Request, Subject};

/// A report of usage, when it is sent, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSchedule {
    /// What people call it.
    pub name: String,
    /// One of `settings.webhooks`, by its id.
    pub webhook: String,
    /// The project whose usage it tells; `None`: everybody's.
    #[serde(default)]
    pub project: Option<String>,
    /// What its lines are told apart by, as reports name it.
    #[serde(default)]
    pub group_by: Vec<String>,
    /// `<dimension>=<value>` or `<dimension>!=<value>`.
    #[serde(default)]
    pub filter: Vec<String>,
    /// What savings are measured against.
    #[serde(default)]
    pub baseline: Option<String>,
    /// How long each period is.
    pub every: Every,
    /// When it is sent on the day after each: `08:00`.
    pub at: String,
    /// Where days begin, and clocks show that.
    #[serde(default)]
    pub timezone: String,
    /// Nothing is sent.
    #[serde(default)]
    pub paused: bool,
}

impl ReportSchedule {
    /// When it is due; `None`: it was never checked.
    pub fn cadence(&self) -> Option<Cadence> {
        Some(Cadence { every: self.every, at: cadence::time(&self.at)?, zone: Zone::parse(&self.timezone).ok()? })
    }

    /// The report of a period.
    pub fn request(&self, period: ReportPeriod) -> Result<Request, Vec<ReportError>> {
        Request::parse(Subject::Requests, &self.query(period), period.until_ms)
    }

    /// The prices that savings are measured against, of the configuration in force.
    pub fn prices<'a>(&self, document: &'a Document) -> Result<Option<&'a Baseline>, ReportError> {
        self.query(ReportPeriod::default()).baseline(document)
    }

    fn query(&self, period: ReportPeriod) -> Query {
        let zone = Zone::utc();
        Query {
            since: zone.rfc3339(period.since_ms),
            until: zone.rfc3339(period.until_ms),
            group_by: self.group_by.clone(),
            filters: self.filter.clone(),
            baseline: self.baseline.clone(),
        }
    }

    /// All that is wrong with it under a configuration; nothing: it can be kept.
    pub fn check(&self, document: &Document, now_ms: i64) -> Vec<ScheduleMistake> {
        mistake::find(self, document, now_ms)
    }
}

#[cfg(test)]
mod tests;
