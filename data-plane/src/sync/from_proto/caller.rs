use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use data_plane_core::config::{Caller, Group, Limits, Project, Scope};
use proto::v1;

use super::mistakes::Mistakes;
use super::{non_empty, refer};

pub(super) fn read(
    wire: &v1::Caller,
    groups: &HashMap<String, Option<Arc<Group>>>,
    group_names: &HashSet<&str>,
    projects: &[Project],
    found: &mut Mistakes,
) -> Option<Caller> {
    let scopes = found.all_known(&wire.scopes, "scope", Scope::parse);
    for id in &wire.allow {
        refer(groups, "group", id, found);
    }
    let default_group = non_empty(&wire.default_group);
    if let Some(name) = &default_group
        && !group_names.contains(name.as_str())
    {
        found.add("dangling-group", &format!("there is no group `{name}`"));
    }
    if !wire.project.is_empty() && !projects.iter().any(|it| it.id == wire.project) {
        found.add("dangling-project", &format!("there is no project `{}`", wire.project));
    }
    Some(Caller {
        id: wire.id.clone(),
        user: wire.user.clone(),
        project: wire.project.clone(),
        environment: wire.environment.clone(),
        allow: wire.allow.clone(),
        default_group,
        scopes: scopes?,
        limits: Limits {
            requests_per_minute: wire.requests_per_minute,
            tokens_per_minute: wire.tokens_per_minute,
            concurrency: wire.concurrency,
        },
        disabled: wire.disabled,
    })
}
