use std::sync::Arc;

use proto::v1::{Delta, Snapshot, push::Content};

use crate::sync::apply::{self, Changed, HeldVersion, Next};
use crate::sync::fixtures::{resources, snapshot, token_resource};

fn held(version: u64) -> HeldVersion {
    apply::full(snapshot(version, resources())).unwrap()
}

/// Adds a token and removes another, as a control plane would.
fn delta(base: &HeldVersion, version: u64) -> Delta {
    let mut after: Vec<_> = resources().into_iter().filter(|it| !it.key.starts_with("token/")).collect();
    after.push(token_resource("nopqrstuvwxy"));
    after.sort_by(|a, b| a.key.cmp(&b.key));
    Delta {
        version,
        hash: proto::snapshot_hash(&after),
        created_ms: 1,
        base_version: base.version,
        base_hash: base.hash.clone(),
        upserts: vec![token_resource("nopqrstuvwxy")],
        removals: vec!["token/abcdefghijkl".to_owned()],
    }
}

/// The rejection's resources and the names of its mistakes.
#[track_caller]
fn refused(held: Option<&HeldVersion>, content: impl Into<Option<Content>>) -> Vec<(String, String)> {
    match apply::next(held, content.into()) {
        Err(errors) => {
            errors.into_iter().map(|it| (it.resource, it.message.split(':').next().unwrap().to_owned())).collect()
        }
        Ok(_) => panic!("it was taken"),
    }
}

fn whole(name: &str) -> Vec<(String, String)> {
    vec![(String::new(), name.to_owned())]
}

fn full(change: impl Fn(&mut Snapshot)) -> Content {
    let mut content = snapshot(7, resources());
    change(&mut content);
    Content::Full(content)
}

#[test]
fn a_full_snapshot_is_taken_by_a_router_that_holds_nothing_or_less() {
    for held in [None, Some(held(6))] {
        let next = apply::next(held.as_ref(), Some(full(|_| {})));
        assert!(matches!(next, Ok(Next::New(it, Changed::All)) if it.version == 7 && it.resources.len() == 7));
    }
}

#[test]
fn a_delta_is_applied_to_its_base() {
    let base = held(6);
    let Ok(Next::New(next, Changed::Keys(mut changed))) =
        apply::next(Some(&base), Some(Content::Delta(delta(&base, 7))))
    else {
        panic!("refused")
    };
    assert_eq!(next.version, 7);
    changed.sort();
    assert_eq!(changed, ["token/abcdefghijkl", "token/nopqrstuvwxy"].map(Arc::from));
    assert!(next.resources.contains_key("token/nopqrstuvwxy") && !next.resources.contains_key("token/abcdefghijkl"));
    assert_eq!(base.resources.len(), 7, "what is held is not touched");
}

#[test]
fn what_is_held_already_changes_nothing() {
    let held = held(7);
    assert!(matches!(apply::next(Some(&held), Some(full(|_| {}))), Ok(Next::Same)));
}

#[test]
fn versions_never_go_backwards() {
    assert_eq!(refused(Some(&held(8)), full(|_| {})), whole("version-regression"));
    let base = held(8);
    assert_eq!(refused(Some(&base), Content::Delta(delta(&base, 8))), whole("version-regression"));
    assert_eq!(refused(Some(&held(7)), full(|it| it.hash[0] ^= 1)), whole("version-regression"));
}

#[test]
fn the_checksum_must_match() {
    assert_eq!(refused(None, full(|it| it.hash[3] ^= 1)), whole("hash-mismatch"));
    assert_eq!(refused(None, full(|it| it.hash.clear())), whole("hash-mismatch"));
    assert_eq!(refused(None, full(|it| drop(it.resources.pop()))), whole("hash-mismatch"));
    let mismatch = [("caller/ana".to_owned(), "digest-mismatch".to_owned())];
    let swapped = full(|it| it.resources[0].body = it.resources[1].body.clone());
    assert_eq!(refused(None, swapped), mismatch);
    let base = held(6);
    let mut wrong = delta(&base, 7);
    wrong.hash[0] ^= 1;
    assert_eq!(refused(Some(&base), Content::Delta(wrong)), whole("hash-mismatch"));
}

#[test]
fn a_delta_over_another_base_is_refused() {
    let base = held(6);
    let mut other = delta(&base, 7);
    other.base_hash[0] ^= 1;
    for (held, content) in [(None, delta(&base, 7)), (Some(held(5)), delta(&base, 7)), (Some(held(6)), other)] {
        assert_eq!(refused(held.as_ref(), Content::Delta(content)), whole("base-unknown"));
    }
}

#[test]
fn keys_are_there_once() {
    let twice = full(|it| it.resources.push(it.resources[0].clone()));
    assert_eq!(refused(None, twice), [("caller/ana".to_owned(), "duplicate-resource".to_owned())]);
    let base = held(6);
    let mut wrong = delta(&base, 7);
    wrong.upserts.push(wrong.upserts[0].clone());
    wrong.removals.push("token/unheard-of".to_owned());
    let errors = refused(Some(&base), Content::Delta(wrong));
    let expected = [("token/unheard-of", "unknown-removal"), ("token/nopqrstuvwxy", "duplicate-resource")];
    assert_eq!(errors, expected.map(|(key, name)| (key.to_owned(), name.to_owned())));
}

#[test]
fn a_push_of_nothing_and_a_version_of_nothing_are_refused() {
    assert_eq!(refused(None, None), whole("empty-push"));
    assert_eq!(refused(None, full(|it| it.version = 0)), whole("version-invalid"));
}
