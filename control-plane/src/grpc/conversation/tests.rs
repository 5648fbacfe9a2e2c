#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use prost::Message;
use proto::Body;
use proto::v1::{Project, Push, Resource, ResourceError, push::Content};

use super::*;

fn published(version: u64, owner: &str, before: &[Arc<Published>]) -> Arc<Published> {
    let project = |id: &str, owner: &str| {
        let project = Project { id: id.into(), owner: owner.into(), marks: None };
        Arc::new(Resource::new(format!("project/{id}"), &Body::Project(project)))
    };
    let resources = vec![project("changing", owner), project("other", ""), project("same", "")];
    Arc::new(Published::new(version, 0, resources, before))
}

fn nack(nonce: &str, resource: &str) -> Nack {
    let errors = vec![ResourceError { resource: resource.into(), message: "no".into() }];
    Nack { nonce: nonce.into(), version: 0, errors }
}

/// The next push, as a router reads it.
fn next(conversation: &mut Conversation, newest: &Published) -> Option<Push> {
    let frame = conversation.next(newest, Encoding::Plain).unwrap()?;
    Some(Push::decode(frame.slice(5..)).unwrap())
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
    let push = next(&mut conversation, &first).unwrap();
    assert!(!is_delta(&push));
    assert!(!conversation.needs_whole(&second), "one push at a time");
    assert_eq!(next(&mut conversation, &second), None, "one push at a time");
    assert_eq!(conversation.acked(&push.nonce), Ok(1));
    assert_eq!(next(&mut conversation, &first), None, "it has that");
    assert!(!conversation.needs_whole(&first) && !conversation.needs_whole(&second));
    let push = next(&mut conversation, &second).unwrap();
    assert!(is_delta(&push));
    assert_eq!(conversation.acked(&push.nonce), Ok(2));
}

#[test]
fn a_known_base_gets_a_difference_and_an_unknown_one_gets_all() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    assert!(is_delta(&next(&mut Conversation::new(1, first.hash().to_vec()), &second).unwrap()));
    assert!(!is_delta(&next(&mut Conversation::new(1, vec![9; 32]), &second).unwrap()));
    assert_eq!(next(&mut Conversation::new(2, second.hash().to_vec()), &second), None);
    assert!(next(&mut Conversation::new(2, vec![9; 32]), &second).is_some(), "same number, other content");
}

#[test]
fn what_was_refused_is_not_offered_again() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    let third = published(3, "c", &[Arc::clone(&first), Arc::clone(&second)]);
    let mut conversation = Conversation::new(1, first.hash().to_vec());
    let push = next(&mut conversation, &second).unwrap();
    assert_eq!(conversation.nacked(&nack(&push.nonce, "project/changing")), Ok(Some(2)));
    assert_eq!(next(&mut conversation, &second), None);
    let push = next(&mut conversation, &third).unwrap();
    let Some(Content::Delta(delta)) = &push.content else { panic!("a delta") };
    assert_eq!(delta.base_version, 1, "the base is what the router still holds");
    assert_eq!(conversation.acked(&push.nonce), Ok(3));
}

#[test]
fn a_delta_that_does_not_fit_is_followed_by_all_once() {
    let first = published(1, "a", &[]);
    let second = published(2, "b", &[Arc::clone(&first)]);
    let mut conversation = Conversation::new(1, first.hash().to_vec());
    let push = next(&mut conversation, &second).unwrap();
    assert!(is_delta(&push));
    assert_eq!(conversation.nacked(&nack(&push.nonce, "")), Ok(None));
    let push = next(&mut conversation, &second).unwrap();
    assert!(!is_delta(&push));
    assert_eq!(conversation.nacked(&nack(&push.nonce, "")), Ok(Some(2)));
    assert_eq!(next(&mut conversation, &second), None);
}

#[test]
fn an_older_version_is_not_offered() {
    let first = published(1, "a", &[]);
    assert_eq!(next(&mut Conversation::new(2, vec![9; 32]), &first), None);
}

#[test]
fn an_answer_to_nothing_is_an_error() {
    let first = published(1, "a", &[]);
    let mut conversation = Conversation::new(0, Vec::new());
    assert!(conversation.acked("1").is_err());
    let push = next(&mut conversation, &first).unwrap();
    assert!(conversation.nacked(&nack("other", "")).is_err());
    assert_ne!(push.nonce, "other");
}
