#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use proto::Body;
use proto::v1::{Project, Resource, ResourceError};

use super::*;
use crate::publish::Content as Made;

fn published(version: u64, owner: &str, before: &[Arc<Published>]) -> Arc<Published> {
    let project = |id: &str, owner: &str| {
        let project = Project { id: id.into(), owner: owner.into(), marks: None };
        Arc::new(Resource::new(format!("project/{id}"), &Body::Project(project)))
    };
    let resources = vec![project("changing", owner), project("other", ""), project("same", "")];
    Arc::new(Published::new(Made::new(version, 0, resources), before))
}

fn nack(nonce: &str, resource: &str) -> Nack {
    let errors = vec![ResourceError { resource: resource.into(), message: "no".into() }];
    Nack { nonce: nonce.into(), version: 0, errors }
}

fn is_delta(push: &Push) -> bool {
    matches!(push.content, Some(Content::Delta(_)))
}

#[test]
fn a_router_without_anything_gets_all_then_differences() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    let mut conversation = Conversation::new(0, Vec::new());
    assert!(conversation.needs_whole(&first));
    let push = conversation.next(&first).unwrap();
    assert!(!is_delta(&push));
    assert!(!conversation.needs_whole(&second), "one push at a time");
    assert_eq!(conversation.next(&second), None, "one push at a time");
    assert_eq!(conversation.acked(&push.nonce), Ok(1));
    assert_eq!(conversation.next(&first), None, "it has that");
    assert!(!conversation.needs_whole(&first) && !conversation.needs_whole(&second));
    let push = conversation.next(&second).unwrap();
    assert!(is_delta(&push));
    assert_eq!(conversation.acked(&push.nonce), Ok(2));
}

#[test]
fn a_known_base_gets_a_difference_and_an_unknown_one_gets_all() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    assert!(is_delta(&Conversation::new(1, first.hash().to_vec()).next(&second).unwrap()));
    assert!(!is_delta(&Conversation::new(1, vec![9; 32]).next(&second).unwrap()));
    assert_eq!(Conversation::new(2, second.hash().to_vec()).next(&second), None);
    assert!(Conversation::new(2, vec![9; 32]).next(&second).is_some(), "same number, other content");
}

#[test]
fn what_was_refused_is_not_offered_again() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    let third = published(3, "c", &[Arc::clone(&first), Arc::clone(&second)]);
    let mut conversation = Conversation::new(1, first.hash().to_vec());
    let push = conversation.next(&second).unwrap();
    assert_eq!(conversation.nacked(&nack(&push.nonce, "project/changing")), Ok(Some(2)));
    assert_eq!(conversation.next(&second), None);
    let push = conversation.next(&third).unwrap();
    let Some(Content::Delta(delta)) = &push.content else { panic!("a delta") };
    assert_eq!(delta.base_version, 1, "the base is what the router still holds");
    assert_eq!(conversation.acked(&push.nonce), Ok(3));
}

#[test]
fn a_delta_that_does_not_fit_is_followed_by_all_once() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    let mut conversation = Conversation::new(1, first.hash().to_vec());
    let push = conversation.next(&second).unwrap();
    assert!(is_delta(&push));
    assert_eq!(conversation.nacked(&nack(&push.nonce, "")), Ok(None));
    let push = conversation.next(&second).unwrap();
    assert!(!is_delta(&push));
    assert_eq!(conversation.nacked(&nack(&push.nonce, "")), Ok(Some(2)));
    assert_eq!(conversation.next(&second), None);
}

#[test]
fn an_older_version_is_not_offered() {
    let first = published(1, "a", &[]);
    assert_eq!(Conversation::new(2, vec![9; 32]).next(&first), None);
}

#[test]
fn an_answer_to_nothing_is_an_error() {
    let first = published(1, "a", &[]);
    let mut conversation = Conversation::new(0, Vec::new());
    assert!(conversation.acked("1").is_err());
    let push = conversation.next(&first).unwrap();
    assert!(conversation.nacked(&nack("other", "")).is_err());
    assert_ne!(push.nonce, "other");
}
