use indexmap::IndexMap;

use crate::Document;
use crate::document::{Group, Network, Provider, Settings, Timeouts};
use crate::permission::Visible;

/// Whether a group is shown: those of no project are to everybody.
pub fn sees_group(visible: &Visible, group: &Group) -> bool {
    group.project.is_none() || visible.includes(group.project.as_deref())
}

/// What a document says to somebody who sees these projects alone: their projects, groups and callers, the groups of no project, and
/// of providers what their models can do and cost. Not where providers are and where their keys come from, nor what is set for all.
pub fn view(document: &Document, visible: &Visible) -> Document {
    if *visible == Visible::All {
        return document.clone();
    }
    let Document { version, settings, providers, groups, projects, oidc: _, callers } = document;
    let groups: IndexMap<_, _> =
        groups.iter().filter(|(_, it)| sees_group(visible, it)).map(|(id, it)| (id.clone(), it.clone())).collect();
    let default_group = settings.default_group.clone();
    Document {
        version: *version,
        settings: Settings {
            default_group: default_group.filter(|it| groups.contains_key(it)),
            baselines: settings.baselines.clone(),
            usage: settings.usage.clone(),
            ..Settings::default()
        },
        providers: providers.iter().map(|(id, it)| (id.clone(), what_it_serves(it))).collect(),
        projects: projects
            .iter()
            .filter(|(id, _)| visible.includes(Some(id)))
            .map(|(id, it)| (id.clone(), it.clone()))
            .collect(),
        oidc: Vec::new(),
        callers: callers.iter().filter(|it| visible.includes(it.project.as_deref())).cloned().collect(),
        groups,
    }
}

fn what_it_serves(provider: &Provider) -> Provider {
    let Provider { dialects, kind, tenancy, models, .. } = provider;
    Provider {
        base_url: String::new(),
        dialects: dialects.clone(),
        credential: None,
        kind: *kind,
        network: Network::default(),
        tenancy: *tenancy,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts::default(),
        models: models.clone(),
    }
}
