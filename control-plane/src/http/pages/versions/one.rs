use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{
    diff::summary_words,
    permission::{Action, permit},
};
use web::{
    Screen, Shown, Tag, Tone,
    parts::{Crumb, Fact},
    show::Moment,
    versions::{VersionPage, VersionStep},
};

use super::{Names, Reader, Wrong, acks, changes, editing, in_force, no_version};
use crate::{
    clock::now_ms,
    http::{App, input::InPath},
    manage::{
        config::between::{Between, between},
        version,
    },
    store::config::{ConfigVersion, latest_version},
};

/// One version: what it changed, whom that touches, and how routers take it.
pub async fn show(State(app): State<App>, reader: Reader, InPath(version): InPath<u64>) -> Result<Response, Wrong> {
    let found = between(&app.control, reader.admin.author(), version, None).await?;
    if found.about.version != version {
        // Numbers are missing where a token changed: what was in force then is the version before.
        return Ok(Redirect::to(&format!("/versions/{}", found.about.version)).into_response());
    }
    let latest = latest_version(app.control.store.read()).await?.ok_or_else(|| no_version(version))?;
    let names = Names::of(&app, &reader).await?;
    let mut view = view(&found, &names);
    let may_write = editing::editing(&app, &reader, Action::ConfigWrite, None).is_open();
    view.links.push(("Export".to_owned(), format!("/versions/{version}/export")));
    if found.base_version > 0 {
        view.links.push(("Before it".to_owned(), format!("/versions/{}", found.base_version)));
    }
    if version == latest {
        let standing = version::standing(&app.control, version).await?;
        let sees_routers = permit(&reader.admin.grants, Action::NodeRead, None).is_ok();
        // What the routers have by now is told below, again and again; beside the title it would be of the past.
        view.state = if sees_routers { Tag::new(Tone::Note, "the newest") } else { in_force(&standing) };
        view.steps = steps(&["Draft", "Check", "Compare", "Apply", "In force"], 4, standing.not_yet.is_empty());
        if sees_routers {
            view.acks = Some(acks::view(version, standing));
        }
        if may_write {
            view.links.push(("Edit".to_owned(), "/versions/drafts/new".to_owned()));
        }
        view.command = format!("smart-router config export --version {version} > smart-router.yaml");
    } else {
        view.links.push((format!("Beside version {latest}"), format!("/versions/compare?from={version}&to={latest}")));
        if may_write {
            view.links.push(("Go back to it".to_owned(), format!("/versions/{version}/rollback")));
        }
    }
    let title = view.title.clone();
    Ok(reader.shows_titled(Screen::Versions, &title, &view).into_response())
}

/// A version beside another, without what can be done.
pub fn view(found: &Between, names: &Names) -> VersionPage {
    let Between { about, base_version, changes, effects } = found;
    let (changes, more_changes) = changes::lines(changes);
    VersionPage {
        crumbs: vec![Crumb::new("Versions", "/versions")],
        title: format!("Version {}", about.version),
        state: Tag::plain("replaced"),
        steps: Vec::new(),
        facts: facts(about, *base_version, names),
        mistakes: Vec::new(),
        warnings: Vec::new(),
        beside: beside(*base_version),
        changes,
        more_changes,
        theirs: Vec::new(),
        effects: effects.as_ref().map_or_else(changes::effects_untold, changes::effects),
        apply: None,
        acks: None,
        links: Vec::new(),
        command: format!(
            "smart-router config export --version {0} > smart-router.yaml\nsmart-router config rollback {0} --preview",
            about.version
        ),
    }
}

/// What a version is compared with, in words.
pub fn beside(base_version: u64) -> String {
    if base_version == 0 { "beside an empty document".to_owned() } else { format!("beside version {base_version}") }
}

/// The way into force, as far as it is; `is_there`: also the last step is behind.
pub fn steps(all: &[&'static str], at: usize, is_there: bool) -> Vec<VersionStep> {
    let step = |(index, text): (usize, &&'static str)| VersionStep {
        text,
        done: index < at || is_there,
        current: index == at && !is_there,
    };
    all.iter().enumerate().map(step).collect()
}

fn facts(about: &ConfigVersion, base_version: u64, names: &Names) -> Vec<Fact> {
    let (who, with) = names.told(&about.author);
    let mut facts = vec![
        Fact::new("Why", Shown::text(about.comment.clone(), "not said")),
        Fact::new("Who", Shown::Text(if with.is_empty() { who } else { format!("{who}, {with}") })),
        Fact::new("When", Shown::Moment(Moment { at_ms: about.created_ms, now_ms: now_ms() })),
    ];
    if !about.ticket.is_empty() {
        facts.push(Fact::new("Ticket", Shown::Text(about.ticket.clone())));
    }
    if !about.summary.is_empty() {
        facts.push(Fact::new("What changed", Shown::Text(summary_words(&about.summary))));
    }
    if let Some(restored) = about.restores {
        let words = format!("version {restored}, again");
        facts.push(Fact::new("It is", Shown::Link(words, format!("/versions/{restored}"))));
    }
    if base_version > 0 {
        let words = format!("version {base_version}");
        facts.push(Fact::new("Over", Shown::Link(words, format!("/versions/{base_version}"))));
    }
    facts
}
