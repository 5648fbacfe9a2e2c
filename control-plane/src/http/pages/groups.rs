//! Model groups: the list, one, and how one is changed.

mod form;
mod one;

use std::collections::HashMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::{Group, PolicyKind, TargetState},
    permission::Action,
};
use web::{
    Screen,
    chart::{Split, SplitPart},
    groups::{GroupRow, Groups},
    parts::{Absent, Editing, Sieve, SieveChoice, Why},
    show::{Count, Money},
};

use super::{
    address::Address,
    editing,
    ground::Ground,
    reader::{Reader, sees},
    traffic::{Traffic, this_month},
    wrong::Wrong,
};
use crate::{clock::now_ms, http::App};

pub use form::{ask_removal, change, create, new, remove, save};
pub use one::show;

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let ground = Ground::of(&app, &reader).await?;
    let traffic = Traffic::of(&app, &reader, now).await?;
    let spend = this_month(&app, &reader, "group", &[], now).await?;
    let view = view(&app, &reader, &ground, &traffic, &spend);
    Ok(reader.shows(Screen::Groups, &view).into_response())
}

pub use super::link::group as href;

fn view(app: &App, reader: &Reader, ground: &Ground, traffic: &Traffic, spend: &HashMap<String, (u64, u64)>) -> Groups {
    let (asked, document) = (&reader.address, &ground.document);
    let wanted = document.groups.iter().filter(|(id, it)| is_asked_for(id, it, asked));
    let editing = editing::making(app, reader, Action::GroupWrite);
    Groups {
        sieve: sieve(asked, document),
        rows: wanted.map(|(id, it)| row(id, it, document, traffic, spend)).collect(),
        absent: absent(document, &editing),
        new_href: "/groups/new".to_owned(),
        command: "smart-router report --group-by group,model --since 24h".to_owned(),
        editing,
    }
}

fn is_asked_for(id: &str, it: &Group, asked: &Address) -> bool {
    let own = |name| asked.own(name).unwrap_or_default();
    let (q, project, policy) = (own("q").to_lowercase(), own("project"), own("policy"));
    let has = |text: &str| text.to_lowercase().contains(&q);
    (q.is_empty()
        || has(id)
        || it.contract.purpose.as_deref().is_some_and(has)
        || it.aliases.iter().any(|it| has(it))
        || it.targets.iter().any(|it| has(&it.model)))
        && (project.is_empty() || it.project.as_deref() == Some(project))
        && (policy.is_empty() || it.policy.kind.as_str() == policy)
}

fn sieve(asked: &Address, document: &Document) -> Sieve {
    let own = |name| asked.own(name).unwrap_or_default().to_owned();
    let choice = |name, label, any: &str, values: Vec<&str>| SieveChoice {
        name,
        label,
        options: std::iter::once((String::new(), any.to_owned()))
            .chain(values.into_iter().map(|it| (it.to_owned(), it.to_owned())))
            .collect(),
        value: own(name),
    };
    Sieve {
        action: "/groups".to_owned(),
        search: own("q"),
        placeholder: "Name, purpose or target",
        choices: vec![
            choice("project", "Project", "Any project", document.projects.keys().map(String::as_str).collect()),
            choice("policy", "Policy", "Any policy", PolicyKind::ALL.map(PolicyKind::as_str).to_vec()),
        ],
        kept: Vec::new(),
        clear_href: ["q", "project", "policy"].iter().any(|it| !own(it).is_empty()).then(|| "/groups".to_owned()),
    }
}

fn absent(document: &Document, editing: &Editing) -> Absent {
    if !document.groups.is_empty() {
        return Absent::new(Why::FilteredOut, "No group is like that", "Look for something else.")
            .go("All groups", "/groups");
    }
    let text = "Callers name a group, and the group has targets. Add a provider with a model, then a group of it.";
    let absent = Absent::new(Why::NotYet, "No model groups yet", text);
    match (editing.is_open(), document.target_ids().next()) {
        (false, _) => absent,
        (true, Some(_)) => absent.go("New group", "/groups/new"),
        (true, None) => absent.go("Add a provider", "/providers/new"),
    }
}

fn row(id: &str, it: &Group, document: &Document, traffic: &Traffic, spend: &HashMap<String, (u64, u64)>) -> GroupRow {
    let was = traffic.split(id);
    GroupRow {
        name: id.to_owned(),
        href: href(id),
        purpose: it.contract.purpose.clone().unwrap_or_default(),
        project: it.project.clone().unwrap_or_default(),
        policy: it.policy.kind.as_str().to_owned(),
        state: traffic.together(&lives(document, it)),
        split: if was.0.is_empty() { meant(document, it) } else { was },
        callers: Count(document.callers.iter().filter(|caller| caller.allow.iter().any(|it| it == id)).count() as u64),
        requests: Count(traffic.requests(id)),
        spend: Money(spend.get(id).map_or(0, |it| it.1).into()),
    }
}

/// The targets of a group, and the life of each.
pub(super) fn lives(document: &Document, group: &Group) -> Vec<(String, TargetState)> {
    let life = |id: &str| document.target(id).map_or(TargetState::Retired, |it| it.1.state);
    group.targets.iter().map(|it| (it.model.clone(), life(&it.model))).collect()
}

/// How first attempts are meant to be divided: by weight, or all to the first one that is active.
pub(super) fn meant(document: &Document, group: &Group) -> Split {
    let active = |id: &str| document.target(id).is_some_and(|it| it.1.state == TargetState::Active);
    let all: Vec<_> = group.targets.iter().filter(|it| active(&it.model)).collect();
    let weights: u64 = all.iter().map(|it| u64::from(it.weight)).sum();
    let by_weight = group.policy.kind == PolicyKind::Weighted && weights > 0;
    let share = |at: usize, weight: u32| match (by_weight, at) {
        (true, _) => f64::from(weight) / weights as f64,
        (false, 0) => 1.0,
        (false, _) => 0.0,
    };
    let parts =
        all.iter().enumerate().map(|(at, it)| SplitPart { name: it.model.clone(), share: share(at, it.weight) });
    Split(parts.collect())
}
