//! Which routers hold what, and what becomes of those that hold more than a restored database.

use std::time::Duration;

use control_plane::{
    manage::{
        token::{self, Issued},
        version::{self, Adopted},
    },
    store::{node, revision, token as stored_token},
};
use control_plane_core::{
    audit::Actor,
    node::NodeStatus,
    token::{TokenRecord, TokenState},
};
use proto::v1::{Hello, SubscribeRequest, push::Content, subscribe_request::Message};

use crate::{
    database::Database,
    server::{Router, Server},
};

on_both_engines!(
    a_change_is_in_force_where_it_is_held,
    routers_that_are_ahead_are_passed_and_what_they_know_to_be_closed_stays_closed,
);

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}}
groups:
  fast: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast]}
";

async fn created(server: &Server) -> TokenRecord {
    let made = token::create(&server.control, &Actor::System, "ana", "", None).await;
    let Issued { record, .. } = made.unwrap_or_else(|error| panic!("{error}"));
    record
}

async fn a_change_is_in_force_where_it_is_held(database: &Database) {
    let server = Server::start(database).await;
    server.apply(DOCUMENT).await;
    let record = created(&server).await;
    let (here, away) = (server.router().await, server.router().await);
    let mut stream = here.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    stream.ack(&push).await;
    let revoked = token::revoke(&server.control, &Actor::System, &record.id).await;
    let version = revoked.unwrap_or_else(|error| panic!("{error}")).version;

    let found = async |patience| {
        version::in_force(&server.control, version, patience).await.unwrap_or_else(|error| panic!("{error}"))
    };
    let now = found(Duration::ZERO).await;
    assert_eq!((now.routers, now.not_yet.len()), (0, 2), "nobody has answered yet");
    loop {
        let push = stream.next().await.unwrap();
        stream.ack(&push).await;
        if matches!(&push.content, Some(Content::Delta(it)) if it.version == version) {
            break;
        }
    }
    server.node_until(&here.node_id, |node| node.held_version == version).await;
    let then = found(Duration::from_millis(300)).await;
    assert_eq!(then.routers, 1);
    assert_eq!(then.not_yet.len(), 1);
    assert_eq!((then.not_yet[0].0.id.as_str(), then.not_yet[0].1), (away.node_id.as_str(), NodeStatus::Away));
    server.revoke(&away.node_id).await;
    let all = found(Duration::from_mins(1)).await;
    assert_eq!((all.routers, all.not_yet.len()), (1, 0), "a revoked router is not waited for");
    server.stop().await;
}

/// A router that holds more than the database knows says hello.
async fn says_hello(
    router: &Router,
    held_version: u64,
    revoked: &[&str],
    suspended: &[&str],
) -> crate::server::Subscription {
    let ids = |ids: &[&str]| ids.iter().map(|it| (*it).to_owned()).collect();
    let hello = Hello {
        node_id: router.node_id.clone(),
        held_version,
        held_hash: vec![7; 32],
        revoked_tokens: ids(revoked),
        suspended_tokens: ids(suspended),
        ..Hello::default()
    };
    router.converse(SubscribeRequest { message: Some(Message::Hello(hello)) }).await.unwrap()
}

async fn routers_that_are_ahead_are_passed_and_what_they_know_to_be_closed_stays_closed(database: &Database) {
    let server = Server::start(database).await;
    server.apply(DOCUMENT).await;
    let [open, revoked, suspended] = [created(&server).await, created(&server).await, created(&server).await];
    let router = server.router().await;
    let newest = revision::current(database.store.read()).await.unwrap();
    while server.publisher.standing().version < newest {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let held = newest + 7;
    let mut stream = says_hello(&router, held, &[&revoked.id, "unknown"], &[&suspended.id]).await;
    let node = server.node_until(&router.node_id, |node| node.closed_tokens.is_some()).await;
    assert_eq!(node.closed_tokens.as_deref().map(|it| it.revoked.len()), Some(2));
    assert_eq!(node::ahead(database.store.read()).await.unwrap(), 1);
    stream.silent().await;

    let adopt =
        async || version::adopt(&server.control, &Actor::System, None).await.unwrap_or_else(|it| panic!("{it}"));
    let Adopted { version, routers, revoked: again, suspended: for_now } = adopt().await;
    assert_eq!((version, routers), (held + 1, vec![router.node_id.clone()]));
    assert_eq!((again, for_now), (vec![revoked.id.clone()], vec![suspended.id.clone()]));
    let state = async |id: &str| stored_token::by_id(database.store.read(), id).await.unwrap().unwrap().state;
    assert_eq!(state(&open.id).await, TokenState::Active);
    assert_eq!(state(&revoked.id).await, TokenState::Revoked);
    assert_eq!(state(&suspended.id).await, TokenState::Suspended);

    let push = stream.next().await.unwrap();
    let Some(Content::Full(full)) = &push.content else { panic!("the whole") };
    assert_eq!(full.version, version);
    stream.ack(&push).await;
    server.node_until(&router.node_id, |node| node.held_version == version).await;
    assert_eq!(node::ahead(database.store.read()).await.unwrap(), 0);
    let Adopted { version: same, routers, .. } = adopt().await;
    assert_eq!((same, routers.len()), (version, 0), "there is nothing more to pass");
    let further = version::adopt(&server.control, &Actor::System, Some(version + 100)).await;
    assert_eq!(further.unwrap_or_else(|it| panic!("{it}")).version, version + 101);
    assert!(version::adopt(&server.control, &Actor::System, Some(u64::MAX)).await.is_err());
    server.stop().await;
}
