#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::Document;
use crate::canonical;
use crate::diff::diff;
use crate::permission::{Action, Domain, Grant, Grants, Projects, Role, Visible, visible};

const DOCUMENT: &str = "\
version: 1
settings: {default_group: common, baselines: [{id: big, input_usd_per_mtok: 5, output_usd_per_mtok: 25}]}
providers:
  shared:
    base_url: https://secret-host.example/v1
    dialects: [openai-chat]
    credential: {env: HIDDEN_API_KEY}
    models: {mini: {model: mini, state: active}, large: {model: large, state: active}}
groups:
  common: {targets: [{model: shared/mini}]}
  own: {project: search, aliases: [mine], targets: [{model: shared/mini}]}
  theirs: {project: billing, aliases: [foreign], targets: [{model: shared/mini}]}
projects: {search: {owner: ana}, billing: {owner: ben}}
callers:
  - {id: ana, project: search, allow: [own]}
  - {id: granted, project: search, allow: [own, theirs]}
  - {id: ben, project: billing, allow: [theirs]}
  - {id: nobody, allow: [common]}
";

fn document(text: &str) -> Document {
    crate::parse::parse(text, &|_| None).unwrap().document
}

fn lead() -> Grants {
    let projects = Projects::new(["search".to_owned()]).unwrap();
    vec![Grant { role: Role::ProjectAdmin, domain: Domain::Projects(projects) }].try_into().unwrap()
}

/// What is refused when a text of the document is replaced by another.
fn refused(from: &str, to: &str, grants: &Grants) -> Vec<String> {
    assert!(DOCUMENT.contains(from), "{from}");
    let (before, after) = (document(DOCUMENT), document(&DOCUMENT.replacen(from, to, 1)));
    assert_ne!(before, after, "{to}");
    refusals(&before, &after, grants).into_iter().map(|it| format!("{} {}", it.pointer, it.action.as_str())).collect()
}

#[test]
fn a_projects_administrator_changes_its_groups_and_callers() {
    for (from, to) in [
        ("aliases: [mine], targets: [{model: shared/mini}]", "targets: [{model: shared/large}]"),
        ("aliases: [mine], ", "policy: {kind: failover}, reveal: {target: true, cost: true}, fidelity: strict, "),
        ("  own: {", "  new: {project: search, targets: [{model: shared/large}]}\n  own: {"),
        ("{id: ana, project: search, allow: [own]}", "{id: ana, project: search, allow: [own, common]}"),
        ("{id: ana, project: search, allow: [own]}", "{id: ana, project: search, allow: [own], limits: {rpm: 9}}"),
        ("  - {id: ana, project: search, allow: [own]}\n", ""),
        ("  - {id: ana,", "  - {id: new, project: search, allow: [own], scopes: [inference, report]}\n  - {id: ana,"),
        // What an operator has given stays, and may be given back.
        ("allow: [own, theirs]}", "allow: [own, theirs], disabled: true}"),
        ("allow: [own, theirs]}", "allow: [own]}"),
    ] {
        assert_eq!(refused(from, to, &lead()), Vec::<String>::new(), "{to}");
    }
}

#[test]
fn what_all_share_and_what_is_others_is_refused_by_its_place() {
    for (from, to, places) in [
        ("default_group: common", "default_group: own", "/settings settings.write"),
        ("secret-host", "other-host", "/providers/shared provider.write"),
        (
            "large: {model: large, state: active}",
            "large: {model: tiny, state: active}",
            "/providers/shared provider.write",
        ),
        ("search: {owner: ana}", "search: {owner: eve}", "/projects/search project.write"),
        ("billing: {owner: ben}", "billing: {owner: eve}", "/projects project.write"),
        ("projects: {", "projects: {fresh: {}, ", "/projects project.write"),
        (
            "common: {targets: [{model: shared/mini}",
            "common: {targets: [{model: shared/large}",
            "/groups/common group.write",
        ),
        ("aliases: [foreign]", "aliases: [foreign, more]", "/groups group.write"),
        ("{id: ben, project: billing", "{id: ben, user: eve, project: billing", "/callers caller.write"),
        ("{id: nobody, ", "{id: nobody, user: eve, ", "/callers caller.write"),
    ] {
        assert_eq!(refused(from, to, &lead()), [places], "{to}");
    }
}

#[test]
fn nothing_is_moved_into_or_out_of_the_domain() {
    for (from, to, places) in [
        ("own: {project: search", "own: {project: billing", "/groups/own group.write"),
        ("own: {project: search, ", "own: {", "/groups/own group.write"),
        ("common: {", "common: {project: search, ", "/groups/common group.write"),
        ("theirs: {project: billing", "theirs: {project: search", "/groups group.write"),
        ("{id: ana, project: search", "{id: ana, project: billing", "/callers/ana caller.write"),
        ("{id: ana, project: search, ", "{id: ana, ", "/callers/ana caller.write"),
        ("{id: ben, project: billing", "{id: ben, project: search", "/callers caller.write"),
        ("{id: nobody, ", "{id: nobody, project: search, ", "/callers caller.write"),
        ("  own: {", "  new: {targets: [{model: shared/mini}]}\n  own: {", "/groups/new group.write"),
        ("  - {id: ana", "  - {id: new, allow: [common]}\n  - {id: ana", "/callers/new caller.write"),
    ] {
        assert_eq!(refused(from, to, &lead()), [places], "{to}");
    }
}

#[test]
fn nobody_gives_away_what_is_anothers() {
    for (from, to, places) in [
        (
            "{id: ana, project: search, allow: [own]}",
            "{id: ana, project: search, allow: [own, theirs]}",
            vec!["/callers/ana/allow group.write"],
        ),
        (
            "{id: ana, project: search, allow: [own]}",
            "{id: ana, project: search, allow: [own], default_group: theirs}",
            vec!["/callers/ana/default_group group.write"],
        ),
        (
            "{id: ana, project: search, allow: [own]}",
            "{id: ana, project: search, allow: [own], scopes: [metrics]}",
            vec!["/callers/ana/scopes metrics.read"],
        ),
    ] {
        assert_eq!(refused(from, to, &lead()), places, "{to}");
    }
}

#[test]
fn whoever_holds_a_role_everywhere_changes_what_it_is_for() {
    let operator = Grants::everywhere(Role::Operator);
    for (from, to) in [
        ("secret-host", "other-host"),
        ("theirs: {project: billing", "theirs: {project: search"),
        ("allow: [theirs]", "allow: [theirs, own], scopes: [metrics]"),
        ("billing: {owner: ben}", "billing: {owner: eve}"),
    ] {
        assert_eq!(refused(from, to, &operator), Vec::<String>::new(), "{to}");
    }
    let everywhere = Grants::everywhere(Role::ProjectAdmin);
    assert_eq!(refused("theirs: {project: billing", "theirs: {project: search", &everywhere), Vec::<String>::new());
    assert_eq!(refused("secret-host", "other-host", &everywhere), ["/providers/shared provider.write"]);
    assert_eq!(
        refused("theirs: {project", "theirs: {fidelity: strict, project", &Grants::everywhere(Role::Viewer)).len(),
        1
    );
}

#[test]
fn a_view_shows_nothing_of_others() {
    let whole = document(DOCUMENT);
    let seen = view(&whole, &visible(&lead(), Action::ConfigRead));
    let text = canonical::to_json(&seen);
    for hidden in ["secret-host", "HIDDEN_API_KEY", "billing", "\"ben\"", "nobody", "foreign"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    assert_eq!(seen.groups.keys().collect::<Vec<_>>(), ["common", "own"]);
    assert_eq!(seen.callers.iter().map(|it| &it.id).collect::<Vec<_>>(), ["ana", "granted"]);
    assert_eq!(seen.settings.default_group.as_deref(), Some("common"));
    assert_eq!(seen.providers["shared"].models, whole.providers["shared"].models);
    assert_eq!(view(&whole, &Visible::All), whole);
    assert_eq!(view(&seen, &visible(&lead(), Action::ConfigRead)), seen, "what is shown is shown again");
}

#[test]
fn what_may_be_changed_is_seen_to_change() {
    // A change that is not refused differs in what its author sees, and nowhere else.
    let after = document(&DOCUMENT.replace("aliases: [mine], ", "").replace("user: ana", "user: eve"));
    let before = document(DOCUMENT);
    assert_eq!(refusals(&before, &after, &lead()), []);
    let sees = visible(&lead(), Action::ConfigRead);
    assert_eq!(diff(&before, &after), diff(&view(&before, &sees), &view(&after, &sees)));
}

#[test]
fn a_refusal_names_nothing_that_is_not_seen() {
    let (before, after) = (document(DOCUMENT), Document::empty());
    let told = refusals(&before, &after, &lead()).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for hidden in ["billing", "theirs", "ben", "nobody", "secret-host"] {
        assert!(!told.contains(hidden), "{hidden}: {told}");
    }
    assert!(told.contains("/groups: something would change that belongs to others"), "{told}");
}
