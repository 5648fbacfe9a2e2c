//! Which routers hold what, and what becomes of those that hold more than a restored database.

use std::time::Duration;

use control_plane::{
    manage::{
        config::Author,
        node as nodes,
        token::{self, Issued},
        version::{self, Adopted},
    },
    store::{node, published, revision, token as stored_token},
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
    a_row_of_before_the_start_does_not_make_a_router_current,
    a_version_that_control_planes_do_not_agree_on_is_told,
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
    let made = token::create(&server.control, Author::SYSTEM, "ana", "", None).await;
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
    let revoked = token::revoke(&server.control, Author::SYSTEM, &record.id).await;
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

async fn a_row_of_before_the_start_does_not_make_a_router_current(database: &Database) {
    let server = Server::start(database).await;
    server.apply(DOCUMENT).await;
    let router = server.router().await;
    let stands = async |seen_ms: i64| {
        let newest = revision::current(database.store.read()).await.unwrap();
        let mut tx = database.write().await;
        sqlx::query("update nodes set stream_id = 'of a copy', held_version = $1, last_seen_ms = $2")
            .bind(i64::try_from(newest).unwrap())
            .bind(seen_ms)
            .execute(tx.connection())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let all = nodes::list(&server.control).await.unwrap_or_else(|it| panic!("{it}"));
        all.into_iter().find(|(node, _)| node.id == router.node_id).unwrap().1
    };
    let opened_ms = database.store.opened_ms();
    assert_eq!(stands(opened_ms - 1).await, NodeStatus::Away);
    assert_eq!(stands(opened_ms).await, NodeStatus::Current);
    server.stop().await;
}

async fn a_version_that_control_planes_do_not_agree_on_is_told(database: &Database) {
    let server = Server::start(database).await;
    let version = server.apply(DOCUMENT).await;
    let publishes = async |version: u64| {
        while server.publisher.standing().version < version {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.publisher.standing().lacks
    };
    assert!(publishes(version).await.is_empty());
    // As one of another build was quicker.
    let mut tx = database.write().await;
    published::record(&mut tx, version + 1, &[7; 32], 0).await.unwrap();
    tx.commit().await.unwrap();
    let version = server.apply(&DOCUMENT.replace("gpt-5-mini", "gpt-5-nano")).await;
    let lacks = publishes(version).await;
    assert!(
        lacks.iter().any(|it| it.what == format!("version {version}") && it.why.contains("same build")),
        "{lacks:?}"
    );
    let version = server.apply(DOCUMENT).await;
    assert!(publishes(version).await.is_empty(), "it is over with the next version");
    server.stop().await;
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
    let silent = server.router().await;
    let Adopted { version, routers, revoked: again, suspended: for_now, unheard } = adopt().await;
    assert_eq!((version, routers), (held + 1, vec![router.node_id.clone()]));
    let unheard: Vec<String> = unheard.into_iter().map(|it| it.id).collect();
    assert_eq!(unheard, [silent.node_id], "who is not connected is named");
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
