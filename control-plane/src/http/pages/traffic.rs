//! How targets do: what ended at them in a day, and how their calls ended of late.

use std::collections::HashMap;

use control_plane_core::{
    document::TargetState,
    permission::Action,
    report::{AttemptRow, Query, ReportRow, Request, Subject},
};
use web::{
    Tag, Tone,
    chart::{Split, SplitPart},
    show::{Count, Millis, Percent},
};

use super::{address::month, reader::Reader, wrong::Wrong};
use crate::{http::App, store::report};

/// From this share of failures on a target is failing.
const FAILING: f64 = 0.2;
/// And from this on it is worth a look.
const SHAKY: f64 = 0.02;
/// How an attempt ended that says nothing against its target.
const BLAMELESS: [&str; 5] = ["ok", "client-closed", "interrupted", "bad-request", "policy"];

/// How a target that is called stands, as a word with its colour.
pub fn health(failed: f64) -> Tag {
    match failed {
        it if it >= FAILING => Tag::new(Tone::Bad, "failing"),
        it if it >= SHAKY => Tag::new(Tone::Warning, "some fail"),
        _ => Tag::new(Tone::Good, "serving"),
    }
}

/// What is known of all targets.
pub struct Traffic {
    /// Requests of the last day by group and the target that they ended at: from roll-ups.
    day: HashMap<(String, String), ReportRow>,
    /// Calls of the last hour by target, also those that were fallen back from.
    hour: HashMap<String, AttemptRow>,
}

/// How one of them does.
pub struct TargetStanding {
    /// In a word.
    pub state: Tag,
    /// Where that comes from; empty: nothing to say.
    pub why: String,
    /// Requests of the last day that ended there.
    pub requests: Count,
    /// Of those, failed.
    pub failed: Percent,
    /// Their time to the first byte, the 95th percentile.
    pub first_byte: Millis,
}

impl Traffic {
    /// Of what the reader may see.
    pub async fn of(app: &App, reader: &Reader, now_ms: i64) -> Result<Self, Wrong> {
        let visible = reader.admin.visible(Action::ReportRead);
        let day = usage("24h", &["group", "model"], &[], now_ms)?;
        let query = Query { since: "1h".to_owned(), group_by: vec!["target".to_owned()], ..Query::default() };
        let hour = Request::parse(Subject::Attempts, &query, now_ms)?;
        let mut tx = app.control.store.read_consistent().await?;
        let day = report::rows(&mut tx, &day, &visible).await?.into_iter();
        let hour = report::attempts(&mut tx, &hour, &visible).await?.into_iter();
        let pair = |values: &[String]| {
            (values.first().cloned().unwrap_or_default(), values.get(1).cloned().unwrap_or_default())
        };
        Ok(Self {
            day: day.map(|it| (pair(&it.values), it)).collect(),
            hour: hour.map(|it| (it.values.first().cloned().unwrap_or_default(), it)).collect(),
        })
    }

    /// How a target does, for one group or for all.
    pub fn target(&self, target: &str, life: TargetState, group: Option<&str>) -> TargetStanding {
        let mut sum = ReportRow::default();
        for ((of, model), row) in &self.day {
            if model == target && group.is_none_or(|it| it == of) {
                sum.measures.add(&row.measures);
                sum.first_byte.merge(&row.first_byte);
            }
        }
        let (state, why) = self.state(target, life);
        standing(&sum, state, why)
    }

    /// How all targets of a provider do together.
    pub fn provider(&self, provider: &str, lives: &[(String, TargetState)]) -> TargetStanding {
        let mut sum = ReportRow::default();
        for ((_, model), row) in &self.day {
            if model.split_once('/').is_some_and(|it| it.0 == provider) {
                sum.measures.add(&row.measures);
                sum.first_byte.merge(&row.first_byte);
            }
        }
        standing(&sum, self.together(lives), String::new())
    }

    /// How several targets stand, in one word.
    pub fn together(&self, targets: &[(String, TargetState)]) -> Tag {
        let active: Vec<_> = targets.iter().filter(|it| it.1 == TargetState::Active).collect();
        if active.is_empty() {
            return Tag::new(Tone::Bad, if targets.is_empty() { "no targets" } else { "no active target" });
        }
        let failed: Vec<f64> = active.iter().filter_map(|it| self.hour.get(&it.0)?.failed_ratio()).collect();
        let failing = failed.iter().filter(|it| **it >= FAILING).count();
        match (failed.len(), failing) {
            (0, _) => Tag::plain("idle"),
            (_, 0) if failed.iter().any(|it| *it >= SHAKY) => Tag::new(Tone::Warning, "some fail"),
            (_, 0) => Tag::new(Tone::Good, "serving"),
            (_, failing) if failing == active.len() => Tag::new(Tone::Bad, "failing"),
            (_, failing) => Tag::new(Tone::Warning, format!("{failing} of {} failing", active.len())),
        }
    }

    /// Where the traffic of a group went; empty: there was none.
    pub fn split(&self, group: &str) -> Split {
        let of_group = self.day.iter().filter(|((of, model), _)| of == group && !model.is_empty());
        let mut parts: Vec<(String, u64)> =
            of_group.map(|((_, model), row)| (model.clone(), row.measures.requests)).collect();
        parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let all: u64 = parts.iter().map(|it| it.1).sum();
        if all == 0 {
            return Split::default();
        }
        Split(parts.into_iter().map(|(name, it)| SplitPart { name, share: it as f64 / all as f64 }).collect())
    }

    /// How many requests a group had in a day.
    pub fn requests(&self, group: &str) -> u64 {
        self.day.iter().filter(|((of, _), _)| of == group).map(|it| it.1.measures.requests).sum()
    }

    fn state(&self, target: &str, life: TargetState) -> (Tag, String) {
        if life != TargetState::Active {
            return (Tag::plain(life.as_str()), String::new());
        }
        let Some((row, failed)) = self.hour.get(target).and_then(|it| Some((it, it.failed_ratio()?))) else {
            return (Tag::plain("idle"), "no calls in the last hour".to_owned());
        };
        let calls =
            if row.attempts() == 1 { "1 call".to_owned() } else { format!("{} calls", Count(row.attempts()).short()) };
        let classes: Vec<String> = row
            .classes
            .iter()
            .filter(|(class, _)| !BLAMELESS.contains(&class.as_str()))
            .map(|(class, count)| format!("{class} {count}"))
            .collect();
        let failures = if classes.is_empty() { String::new() } else { format!(": {}", classes.join(", ")) };
        (health(failed), format!("{calls} in the last hour{failures}"))
    }
}

fn standing(sum: &ReportRow, state: Tag, why: String) -> TargetStanding {
    let measures = &sum.measures;
    TargetStanding {
        state,
        why,
        requests: Count(measures.requests),
        failed: Percent(if measures.requests == 0 { 0.0 } else { measures.errors as f64 / measures.requests as f64 }),
        first_byte: Millis(sum.first_byte.percentile(0.95).map(|it| it as f64 / 1_000.0)),
    }
}

/// A question about requests.
pub fn usage(since: &str, group_by: &[&str], filters: &[String], now_ms: i64) -> Result<Request, Wrong> {
    let query = Query {
        since: since.to_owned(),
        group_by: group_by.iter().map(|&it| it.to_owned()).collect(),
        filters: filters.to_vec(),
        ..Query::default()
    };
    Ok(Request::parse(Subject::Requests, &query, now_ms)?)
}

/// What was used since the month began, by one dimension: requests and nanodollars.
pub async fn this_month(
    app: &App,
    reader: &Reader,
    by: &str,
    filters: &[String],
    now_ms: i64,
) -> Result<HashMap<String, (u64, u64)>, Wrong> {
    let request = usage(&month(now_ms), &[by], filters, now_ms)?;
    let mut tx = app.control.store.read_consistent().await?;
    let rows = report::rows(&mut tx, &request, &reader.admin.visible(Action::ReportRead)).await?;
    let used = |it: ReportRow| Some((it.values.into_iter().next()?, (it.measures.requests, it.measures.cost_nanousd)));
    Ok(rows.into_iter().filter_map(used).collect())
}
