use std::collections::BTreeMap;

use vocabulary::Scope;

use super::{CallerEffect, Facts, LimitEffect, kind};
use crate::Document;
use crate::document::{Caller, Limits};

/// Callers that change, or that gain or lose a group.
pub(super) fn touched(before: &Document, after: &Document, facts: &Facts) -> Vec<CallerEffect> {
    let by_id = |document: &'_ Document| -> BTreeMap<String, Caller> {
        document.callers.iter().map(|it| (it.id.clone(), it.clone())).collect()
    };
    let (had, has) = (by_id(before), by_id(after));
    let names = had.keys().chain(has.keys().filter(|it| !had.contains_key(*it)));
    names.filter(|id| had.get(*id) != has.get(*id)).filter_map(|id| one(id, had.get(id), has.get(id), facts)).collect()
}

fn one(id: &str, had: Option<&Caller>, has: Option<&Caller>, facts: &Facts) -> Option<CallerEffect> {
    let (could, can) = (had.is_some_and(may_call), has.is_some_and(may_call));
    let groups = |caller: Option<&Caller>, may: bool| -> Vec<String> {
        caller.filter(|_| may).map(|it| it.allow.clone()).unwrap_or_default()
    };
    let (before, after) = (groups(had, could), groups(has, can));
    let beyond = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|it| !those.contains(it)).cloned().collect()
    };
    let limits = limits(had.map(|it| it.limits).unwrap_or_default(), has.map(|it| it.limits).unwrap_or_default());
    let (tightened, loosened) = limits.into_iter().partition(|it| match (it.before, it.after) {
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
        (_, None) => false,
    });
    let both = had.is_some() && has.is_some();
    Some(CallerEffect {
        id: id.to_owned(),
        kind: kind(had, has)?,
        tokens: facts.tokens.get(id).copied().unwrap_or(0),
        requests_last_day: facts.by_caller.get(id).copied().unwrap_or(0),
        shut_out: could && !can,
        gains: beyond(&after, &before),
        loses: beyond(&before, &after),
        tightened: if both { tightened } else { Vec::new() },
        loosened: if both { loosened } else { Vec::new() },
    })
}

fn may_call(caller: &Caller) -> bool {
    !caller.disabled && caller.scopes.contains(&Scope::Inference)
}

fn limits(before: Limits, after: Limits) -> Vec<LimitEffect> {
    let of = |limits: Limits| [("rpm", limits.rpm), ("tpm", limits.tpm), ("concurrency", limits.concurrency)];
    let pairs = of(before).into_iter().zip(of(after));
    let all = pairs.map(|((limit, before), (_, after))| LimitEffect { limit: limit.to_owned(), before, after });
    all.filter(|it| it.before != it.after).collect()
}
