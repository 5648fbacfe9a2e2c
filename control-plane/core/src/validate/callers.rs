use std::collections::HashSet;

use super::{Findings, group_exists, names, project_exists};
use crate::document::{Caller, Scope};
use crate::draft::Draft;
use crate::path::{at_index, at_key};

pub(super) fn check(draft: &Draft, found: &mut Findings) {
    let mut seen = HashSet::new();
    for (at, caller) in draft.callers.iter().enumerate() {
        let Some(caller) = caller else { continue };
        let path = at_index("callers", at);
        names::check(names::PLAIN, &caller.id, &at_key(&path, "id"), found);
        if !seen.insert(&caller.id) {
            found.error(at_key(&path, "id"), format!("a caller `{}` is there already", caller.id));
        }
        check_groups(draft, caller, &path, found);
        project_exists(draft, caller.project.as_ref(), &path, found);
    }
}

fn check_groups(draft: &Draft, caller: &Caller, path: &str, found: &mut Findings) {
    let allow = at_key(path, "allow");
    for (at, group) in caller.allow.iter().enumerate() {
        group_exists(draft, group, &at_index(&allow, at), found);
    }
    let calls = caller.scopes.contains(&Scope::Inference) && !caller.disabled;
    if caller.allow.is_empty() && calls {
        found.warning(path, "`allow` names no group, so this caller can call nothing");
    }
    if let Some(group) = &caller.default_group {
        let path = at_key(path, "default_group");
        let exists = group_exists(draft, group, &path, found);
        if exists && !caller.allow.is_empty() && !caller.allow.contains(group) {
            found.warning(path, format!("`{group}` is not in `allow`, so `auto` will be refused"));
        }
    }
}
