use std::collections::BTreeSet;

use crate::Document;
use crate::resource::Resource;

/// The projects that a change is about; an empty name: what all share, or what belongs to none.
pub fn projects_touched(before: &Document, after: &Document, touched: &BTreeSet<Resource>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |project: Option<&String>| {
        names.insert(project.cloned().unwrap_or_default());
    };
    for document in [before, after] {
        for resource in touched {
            match resource {
                Resource::Project(id) => add(Some(id)),
                Resource::Group(id) => {
                    if let Some(group) = document.groups.get(id) {
                        add(group.project.as_ref());
                    }
                }
                Resource::Caller(id) => {
                    if let Some(caller) = document.caller(id) {
                        add(caller.project.as_ref());
                    }
                }
                Resource::Setting(_) | Resource::Provider(_) | Resource::Model(..) | Resource::Prices(..) => add(None),
            }
        }
    }
    if before.oidc != after.oidc {
        add(None);
    }
    names
}
