//! Whom a change of the configuration touches, and what: two documents and what is known of their use, compared.

mod callers;
mod groups;
mod keys;
mod prices;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diff::ChangeKind;
use crate::resource::{Resource, touched};
use crate::{Document, canonical};

/// What is known of the use of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Tokens that are open, by caller.
    pub tokens: BTreeMap<String, u64>,
    /// Routers that serve.
    pub nodes: u64,
    /// Requests of the last day, by caller.
    pub by_caller: BTreeMap<String, u64>,
    /// The same by group.
    pub by_group: BTreeMap<String, u64>,
    /// The same by target.
    pub by_target: BTreeMap<String, u64>,
    /// Providers of the new document whose key cannot be had here.
    pub without_key: BTreeSet<String>,
}

/// Whom a change touches, and what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// Routers that get it.
    pub nodes: u64,
    /// Callers that it touches, and their tokens.
    pub callers_touched: u64,
    /// Their open tokens.
    pub tokens_touched: u64,
    /// Requests of the last day in the groups that it touches.
    pub requests_last_day: u64,
    /// The same for an hour of it, on average.
    pub requests_per_hour: u64,
    /// Settings that change, which concern everybody.
    pub settings: Vec<String>,
    /// Groups that change, or whose targets do.
    pub groups: Vec<GroupEffect>,
    /// Callers that change, or that gain or lose a group.
    pub callers: Vec<CallerEffect>,
    /// Targets whose prices change.
    pub prices: Vec<PriceEffect>,
    /// Providers that need a key that cannot be had.
    pub keys_missing: Vec<String>,
}

/// What becomes of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupEffect {
    /// Its name.
    pub id: String,
    /// Whether it appears, goes, or is another.
    pub kind: ChangeKind,
    /// Its requests of the last day.
    pub requests_last_day: u64,
    /// Callers that may call it, before or after.
    pub callers: u64,
    /// Targets that gain or lose a share of its traffic.
    pub targets: Vec<TargetEffect>,
}

/// What becomes of a target in a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetEffect {
    /// `<provider>/<model>`.
    pub target: String,
    /// Its share of the first attempts in percent, as weights or the order say; health and eligibility move it.
    pub share_before: f64,
    /// The same afterwards.
    pub share_after: f64,
}

/// What becomes of a caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallerEffect {
    /// Its id.
    pub id: String,
    /// Whether it appears, goes, or is another.
    pub kind: ChangeKind,
    /// Its open tokens.
    pub tokens: u64,
    /// Its requests of the last day.
    pub requests_last_day: u64,
    /// It can no longer call at all: it is gone or disabled, or may not infer.
    pub shut_out: bool,
    /// Groups that it may call now.
    pub gains: Vec<String>,
    /// Groups that it may not call any more.
    pub loses: Vec<String>,
    /// Limits that are lower, or new.
    pub tightened: Vec<LimitEffect>,
    /// Limits that are higher, or gone.
    pub loosened: Vec<LimitEffect>,
}

/// What becomes of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitEffect {
    /// `rpm`, `tpm` or `concurrency`.
    pub limit: String,
    /// What it allowed; `None`: it was not limited.
    pub before: Option<u64>,
    /// What it allows; `None`: it is not limited.
    pub after: Option<u64>,
}

/// What becomes of a target's price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriceEffect {
    /// `<provider>/<model>`.
    pub target: String,
    /// Its requests of the last day.
    pub requests_last_day: u64,
    /// Input and output as they are told: `0.25 / 2 USD/Mtok`; `None`: it had no price then.
    pub before: Option<String>,
    /// The same with the change.
    pub after: Option<String>,
    /// From which day on, where that is in the future or was said.
    pub from: Option<String>,
}

/// Whom the change from one document to another touches. Both are valid.
pub fn effects(before: &Document, after: &Document, facts: &Facts) -> Effects {
    let touched = touched(&canonical::to_value(before), &canonical::to_value(after));
    let settings: Vec<String> =
        touched.iter().filter(|it| matches!(it, Resource::Setting(_))).map(ToString::to_string).collect();
    let groups = groups::touched(before, after, &touched, facts);
    let callers = callers::touched(before, after, facts);
    let prices = prices::changed(before, after, facts);
    let keys_missing = keys::missing(before, after, facts);
    let named: BTreeSet<&str> = groups.iter().map(|it| it.id.as_str()).collect();
    let mut whom: BTreeSet<&str> = callers.iter().map(|it| it.id.as_str()).collect();
    for caller in before.callers.iter().chain(&after.callers) {
        if !settings.is_empty() || caller.allow.iter().any(|it| named.contains(it.as_str())) {
            whom.insert(&caller.id);
        }
    }
    let requests_last_day = if settings.is_empty() {
        let in_groups: u64 = groups.iter().map(|it| it.requests_last_day).sum();
        // Of callers that are touched whose groups are not.
        let others = callers.iter().filter(|it| groups.is_empty() || it.shut_out);
        in_groups.max(others.map(|it| it.requests_last_day).sum())
    } else {
        facts.by_caller.values().sum()
    };
    Effects {
        nodes: if touched.is_empty() { 0 } else { facts.nodes },
        callers_touched: whom.len() as u64,
        tokens_touched: whom.iter().filter_map(|it| facts.tokens.get(*it)).sum(),
        requests_last_day,
        requests_per_hour: requests_last_day.div_ceil(24),
        settings,
        groups,
        callers,
        prices,
        keys_missing,
    }
}

/// Whether something appears, goes, or is another; `None`: it is in neither.
fn kind<T>(before: Option<&T>, after: Option<&T>) -> Option<ChangeKind> {
    match (before, after) {
        (None, None) => None,
        (None, Some(_)) => Some(ChangeKind::Added),
        (Some(_), None) => Some(ChangeKind::Removed),
        (Some(_), Some(_)) => Some(ChangeKind::Changed),
    }
}

#[cfg(test)]
mod tests;
