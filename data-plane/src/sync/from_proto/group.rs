use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use data_plane_core::config::{Fallback, Group, GroupTarget, Index, PolicyKind, Reveal, Target};
use data_plane_core::decide::FailureClass;
use proto::v1::{self, Gap};
use vocabulary::defaults;

use super::gaps::Gaps;
use super::unless_unsaid;

pub(super) fn read(wire: &v1::Group, targets: &Index<Target>, found: &mut Gaps<'_>) -> Option<Group> {
    let policy: Option<PolicyKind> = found.known(wire.policy, "policy");
    let on = retryable(&wire.fallback_on, found);
    let dialects = found.all_known(&wire.dialects, "dialect");
    let modalities = found.all_known(&wire.modalities, "modality");
    let fidelity = unless_unsaid(wire.fidelity, |it| found.known(it, "fidelity"));
    let members: Vec<_> = wire
        .targets
        .iter()
        .filter_map(|it| {
            let target = found.refer(targets, "target", &it.target)?;
            Some(GroupTarget { target: Arc::clone(target), weight: it.weight })
        })
        .collect();
    // A group without any target would say that no target suits the request, which nobody knows.
    let emptied = members.is_empty() && !wire.targets.is_empty();
    let max_attempts = if wire.max_attempts == 0 { defaults::MAX_ATTEMPTS } else { wire.max_attempts };
    Some(Group {
        id: wire.id.clone(),
        aliases: wire.aliases.clone(),
        policy: policy?.into(),
        targets: Some(members).filter(|_| !emptied)?,
        fallback: Fallback { max_attempts, on },
        dialects: dialects?,
        modalities: modalities?,
        fidelity: fidelity?,
        early_keep_alive: !wire.late_keep_alive,
        reveal: Reveal { target: wire.reveal_target, cost: wire.reveal_cost },
    })
}

/// Ids by all the names that callers can use for groups. An alias stands for one group only, and no alias for a group's own
/// name.
pub(super) fn names(aliases: &BTreeMap<String, Vec<String>>) -> (Arc<HashMap<String, Arc<str>>>, Vec<Gap>) {
    let mut names: HashMap<String, Arc<str>> = HashMap::new();
    let mut ambiguous = Vec::new();
    for (id, aliases) in aliases {
        let id: Arc<str> = id.as_str().into();
        for alias in aliases {
            let other = names.entry(alias.clone()).or_insert_with(|| Arc::clone(&id));
            if *other != id {
                let message =
                    format!("ambiguous-alias: `{alias}` is an alias of group `{other}`, too, and stands for that");
                ambiguous.push(Gap { resource: format!("group/{id}"), message, closes: Vec::new() });
            }
        }
    }
    names.extend(aliases.keys().map(|id| (id.clone(), id.as_str().into())));
    (Arc::new(names), ambiguous)
}

/// Those that another target can make up for.
fn retryable(numbers: &[i32], found: &mut Gaps<'_>) -> Vec<FailureClass> {
    let mut classes: Vec<FailureClass> = found.all_known(numbers, "failure-class").unwrap_or_default();
    for class in classes.extract_if(.., |it| !FailureClass::FALLBACK.contains(it)) {
        found.add("unknown-failure-class", &format!("no other target makes up for `{}`", class.as_str()));
    }
    classes
}
