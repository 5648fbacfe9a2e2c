use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use data_plane_core::config::{Fallback, Fidelity, Group, GroupTarget, Modality, PolicyKind, Reveal, Target};
use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::Dialect;
use proto::{Body, v1};
use vocabulary::defaults;

use super::mistakes::Mistakes;
use super::{refer, unless_empty};

pub(super) fn read(
    wire: &v1::Group,
    targets: &HashMap<String, Option<Arc<Target>>>,
    found: &mut Mistakes,
) -> Option<Group> {
    let policy = found.known(PolicyKind::parse(&wire.policy), "policy", &wire.policy);
    let on = found.all_known(&wire.fallback_on, "failure-class", retryable);
    let dialects = found.all_known(&wire.dialects, "dialect", Dialect::parse);
    let modalities = found.all_known(&wire.modalities, "modality", Modality::parse);
    let fidelity = found.known(unless_empty(&wire.fidelity, Fidelity::parse), "fidelity", &wire.fidelity);
    let members: Vec<_> = wire
        .targets
        .iter()
        .map(|it| {
            let target = refer(targets, "target", &it.target, found)?;
            Some(GroupTarget { target: Arc::clone(target), weight: it.weight })
        })
        .collect();
    let max_attempts = if wire.max_attempts == 0 { defaults::MAX_ATTEMPTS } else { wire.max_attempts };
    Some(Group {
        id: wire.id.clone(),
        aliases: wire.aliases.clone(),
        policy: policy?.into(),
        targets: members.into_iter().collect::<Option<_>>()?,
        fallback: Fallback { max_attempts, on: on? },
        dialects: dialects?,
        modalities: modalities?,
        fidelity: fidelity?,
        reveal: Reveal { target: wire.reveal_target, cost: wire.reveal_cost },
    })
}

/// All names that callers can use for groups. An alias stands for one group only.
pub(super) fn names<'a>(bodies: &'a [(&str, Body)], found: &mut Mistakes) -> HashSet<&'a str> {
    let mut names = HashSet::new();
    let mut aliases: HashMap<&str, &str> = HashMap::new();
    for (key, body) in bodies {
        let Body::Group(group) = body else { continue };
        names.insert(group.id.as_str());
        for alias in &group.aliases {
            if let Some(other) = aliases.insert(alias, &group.id)
                && other != group.id
            {
                found.at(key);
                found.add("ambiguous-alias", &format!("`{alias}` is an alias of group `{other}`, too"));
            }
        }
    }
    names.extend(aliases.into_keys());
    names
}

/// Another target can make up for it.
fn retryable(name: &str) -> Option<FailureClass> {
    FailureClass::parse(name).filter(|it| FailureClass::FALLBACK.contains(it))
}
