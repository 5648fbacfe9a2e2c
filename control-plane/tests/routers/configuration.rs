use std::{collections::BTreeMap, fmt::Write};

use control_plane::{
    manage::{config::Author, token},
    publish::Standing,
    store::{
        config::{self, ConfigVersion, StoredConfig},
        revision,
    },
};
use control_plane_core::node::NodeStatus;
use proto::{
    Body,
    v1::{Gap, Push, Resource, Token, push::Content},
};
use tonic::Code;

use crate::{
    database::Database,
    server::{Router, Server},
};

on_both_engines!(
    a_router_gets_all_then_differences,
    a_token_travels_alone,
    what_a_router_does_not_understand_is_recorded,
    a_refusal_is_recorded_and_not_repeated,
    a_delta_that_does_not_fit_is_followed_by_the_whole,
    a_router_that_comes_back_gets_what_it_lacks,
    a_revoked_router_is_cut_off_at_once,
    only_the_named_router_speaks,
    a_database_that_is_away_changes_nothing,
    replicas_publish_the_same,
    a_key_that_has_changed_outside_goes_out_under_a_new_number,
    a_state_that_cannot_be_compiled_keeps_the_last_good_one,
);

fn document(projects: &[(&str, &str)]) -> String {
    let mut yaml = String::from(
        "version: 1\n\
         providers:\n  openai:\n    base_url: https://api.openai.com/v1\n    dialects: [openai-chat]\n    \
         credential: {env: OPENAI_API_KEY}\n    models:\n      mini: {model: gpt-5-mini, state: active}\n\
         groups:\n  fast:\n    policy: {kind: static}\n    targets: [{model: openai/mini}]\n\
         projects:\n",
    );
    for (id, owner) in projects {
        writeln!(yaml, "  {id}: {{owner: {owner}}}").unwrap();
    }
    yaml
}

/// One that has a caller, too.
fn document_with_caller(projects: &[(&str, &str)]) -> String {
    document(projects) + "callers:\n  - {id: ana, allow: [fast]}\n"
}

/// What a router holds after a push over what it held before.
fn taken_over(held: &mut BTreeMap<String, Resource>, push: &Push) -> (u64, Vec<u8>) {
    let (version, hash) = match push.content.clone().unwrap() {
        Content::Full(full) => {
            *held = full.resources.into_iter().map(|resource| (resource.key.clone(), resource)).collect();
            (full.version, full.hash)
        }
        Content::Delta(delta) => {
            for key in &delta.removals {
                held.remove(key).unwrap();
            }
            held.extend(delta.upserts.into_iter().map(|resource| (resource.key.clone(), resource)));
            (delta.version, delta.hash)
        }
    };
    assert_eq!(proto::snapshot_hash(held.values()), hash);
    (version, hash)
}

/// Waits until a router that holds nothing is sent this version.
async fn published(server: &Server, version: u64) {
    let mut probe = server.router().await.subscribe(0, Vec::new()).await.unwrap();
    loop {
        let push = probe.next().await.unwrap();
        probe.ack(&push).await;
        let pushed = match push.content.unwrap() {
            Content::Full(full) => full.version,
            Content::Delta(delta) => delta.version,
        };
        if pushed == version {
            return;
        }
    }
}

fn is_delta(push: &Push) -> bool {
    matches!(push.content, Some(Content::Delta(_)))
}

async fn a_router_gets_all_then_differences(database: &Database) {
    let server = Server::start(database).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    stream.silent().await;
    let version = server.apply(&document(&[("search", "ana"), ("support", "bo")])).await;
    let mut held = BTreeMap::new();
    let push = stream.next().await.unwrap();
    assert!(!is_delta(&push));
    assert_eq!(taken_over(&mut held, &push).0, version);
    let Some(Ok(Body::Provider(provider))) = held["provider/openai"].decode() else { panic!("a provider") };
    let source = provider.credential.unwrap().source.unwrap();
    assert_eq!(source, proto::v1::credential::Source::Value(b"sk-planted".to_vec()));
    stream.ack(&push).await;
    server.node_until(&router.node_id, |node| node.held_version == version && node.stream_open).await;

    let version = server.apply(&document(&[("search", "chi"), ("archive", "bo")])).await;
    let push = stream.next().await.unwrap();
    let Some(Content::Delta(delta)) = &push.content else { panic!("a delta") };
    assert_eq!(delta.removals, ["project/support"]);
    assert_eq!(delta.upserts.len(), 2);
    assert_eq!(taken_over(&mut held, &push).0, version);
    stream.ack(&push).await;
    let node = server.node_until(&router.node_id, |node| node.held_version == version).await;
    assert_eq!((node.region.as_str(), node.build.as_str(), node.rejection), ("eu-west", "1.2.4", None));
    drop(stream);
    server.node_until(&router.node_id, |node| !node.stream_open).await;
    server.stop().await;
}

async fn a_refusal_is_recorded_and_not_repeated(database: &Database) {
    let server = Server::start(database).await;
    let version = server.apply(&document(&[("search", "ana")])).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    stream.nack(&push, "target/openai/mini", "it has\nno price").await;
    let node = server.node_until(&router.node_id, |node| node.rejection.is_some()).await;
    let rejection = node.rejection.unwrap();
    assert_eq!((rejection.version, node.held_version), (version, 0));
    assert_eq!(rejection.errors[0].resource, "target/openai/mini");
    assert_eq!(rejection.errors[0].message, "it has no price");
    stream.silent().await;
    let version = server.apply(&document(&[("search", "bo")])).await;
    let push = stream.next().await.unwrap();
    assert!(!is_delta(&push), "the router holds nothing");
    stream.ack(&push).await;
    let node = server.node_until(&router.node_id, |node| node.held_version == version).await;
    assert_eq!(node.rejection, None);
    server.stop().await;
}

async fn a_delta_that_does_not_fit_is_followed_by_the_whole(database: &Database) {
    let server = Server::start(database).await;
    server.apply(&document(&[("search", "ana")])).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    stream.ack(&push).await;
    let version = server.apply(&document(&[("search", "bo")])).await;
    let push = stream.next().await.unwrap();
    assert!(is_delta(&push));
    stream.nack(&push, "", "the hash does not match").await;
    let push = stream.next().await.unwrap();
    assert!(!is_delta(&push));
    stream.ack(&push).await;
    let node = server.node_until(&router.node_id, |node| node.held_version == version).await;
    assert_eq!(node.rejection, None);
    server.stop().await;
}

async fn a_router_that_comes_back_gets_what_it_lacks(database: &Database) {
    let server = Server::start(database).await;
    server.apply(&document(&[("search", "ana"), ("support", "bo")])).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    let mut held = BTreeMap::new();
    let (version, hash) = taken_over(&mut held, &push);
    stream.ack(&push).await;
    drop(stream);

    let mut stream = router.subscribe(version, hash.clone()).await.unwrap();
    stream.silent().await;
    drop(stream);
    server.apply(&document(&[("search", "chi"), ("support", "bo")])).await;
    server.apply(&document(&[("search", "dan"), ("support", "bo")])).await;
    published(&server, version + 2).await;
    let mut stream = router.subscribe(version, hash).await.unwrap();
    let push = stream.next().await.unwrap();
    assert!(is_delta(&push), "over two versions");
    assert_eq!(taken_over(&mut held, &push).0, version + 2);
    let mut stream = router.subscribe(version, vec![1; 32]).await.unwrap();
    assert!(!is_delta(&stream.next().await.unwrap()), "other content under that number");
    let mut stream = router.subscribe(version + 50, vec![1; 32]).await.unwrap();
    stream.silent().await;
    server.stop().await;
}

async fn a_token_travels_alone(database: &Database) {
    let server = Server::start(database).await;
    server.apply(&document_with_caller(&[("search", "ana")])).await;
    let made =
        token::create(&server.control, Author::SYSTEM, "ana", "", None).await.unwrap_or_else(|it| panic!("{it}"));
    published(&server, made.version).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let mut held = BTreeMap::new();
    let push = stream.next().await.unwrap();
    taken_over(&mut held, &push);
    let key = format!("token/{}", made.record.id);
    let before = held[&key].clone();
    stream.ack(&push).await;

    let revoked = token::revoke(&server.control, Author::SYSTEM, &made.record.id).await;
    let revoked = revoked.unwrap_or_else(|it| panic!("{it}"));
    let push = stream.next().await.unwrap();
    let Some(Content::Delta(delta)) = &push.content else { panic!("a delta") };
    assert_eq!(delta.upserts.iter().map(|it| &it.key).collect::<Vec<_>>(), [&key]);
    assert_eq!(taken_over(&mut held, &push).0, revoked.version);
    let token = read_token(&held[&key]);
    assert!(token.state != read_token(&before).state);
    stream.ack(&push).await;

    // Its caller goes and comes back: so does the token, as it is now.
    server.apply(&document(&[("search", "ana")])).await;
    let push = stream.next().await.unwrap();
    taken_over(&mut held, &push);
    assert!(!held.contains_key(&key));
    stream.ack(&push).await;
    server.apply(&document_with_caller(&[("search", "ana")])).await;
    taken_over(&mut held, &stream.next().await.unwrap());
    assert_eq!(read_token(&held[&key]), token);
    server.stop().await;
}

fn read_token(resource: &Resource) -> Token {
    let Some(Ok(Body::Token(token))) = resource.decode() else { panic!("a token") };
    token
}

async fn what_a_router_does_not_understand_is_recorded(database: &Database) {
    let server = Server::start(database).await;
    let version = server.apply(&document(&[("search", "ana")])).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    let gap = Gap {
        resource: "budget/ana".into(),
        message: "unknown-kind: this\nrouter's version does not know it".into(),
        closes: vec!["caller/ana".into()],
    };
    stream.ack_with(&push, vec![gap]).await;
    let node = server.node_until(&router.node_id, |node| node.held_version == version).await;
    assert_eq!(node.gaps.len(), 1);
    assert_eq!(node.gaps[0].message, "unknown-kind: this router's version does not know it");
    assert_eq!((node.gaps[0].closes.as_slice(), node.rejection), (&["caller/ana".to_owned()][..], None));
    let listed = control_plane::manage::node::list(&server.control).await.unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(listed[0].1, NodeStatus::Partial);

    let version = server.apply(&document(&[("search", "bo")])).await;
    let push = stream.next().await.unwrap();
    stream.ack(&push).await;
    let node = server.node_until(&router.node_id, |node| node.held_version == version).await;
    assert_eq!(node.gaps, [], "it understands all of that");
    server.stop().await;
}

async fn a_revoked_router_is_cut_off_at_once(database: &Database) {
    let server = Server::start(database).await;
    server.apply(&document(&[("search", "ana")])).await;
    let (router, other) = (server.router().await, server.router().await);
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let mut report = router.report().await.unwrap();
    let mut kept = other.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    stream.ack(&push).await;
    kept.next().await.unwrap();

    server.revoke(&router.node_id).await;
    let ended = stream.next().await.unwrap_err();
    assert_eq!(ended.code(), Code::PermissionDenied);
    assert_eq!(report.acks.message().await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(router.subscribe(0, Vec::new()).await.err().unwrap().code(), Code::PermissionDenied);
    assert_eq!(router.report().await.err().unwrap().code(), Code::PermissionDenied);
    kept.silent().await;
    server.stop().await;
}

async fn only_the_named_router_speaks(database: &Database) {
    let server = Server::start(database).await;
    let (router, other) = (server.router().await, server.router().await);
    let unknown = control_plane::secrets::mint(control_plane_core::token::TokenKind::Node);
    for credential in ["", "x", &router.credential[..20], unknown.text.expose()] {
        let stranger = Router { credential: credential.into(), ..router.clone() };
        assert_eq!(stranger.subscribe(0, Vec::new()).await.err().unwrap().code(), Code::Unauthenticated);
        assert_eq!(stranger.report().await.err().unwrap().code(), Code::Unauthenticated);
    }
    let impostor = Router { node_id: other.node_id.clone(), ..router.clone() };
    let mut stream = impostor.subscribe(0, Vec::new()).await.unwrap();
    assert_eq!(stream.next().await.unwrap_err().code(), Code::PermissionDenied);
    server.stop().await;
}

async fn a_database_that_is_away_changes_nothing(database: &Database) {
    let server = Server::start(database).await;
    server.apply(&document(&[("search", "ana")])).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    stream.ack(&push).await;
    server.node_until(&router.node_id, |node| node.held_version > 0).await;
    database.store.close().await;
    stream.silent().await;
    let refused = router.subscribe(0, Vec::new()).await.err().unwrap();
    assert_eq!(refused.code(), Code::Unavailable, "never a refusal of its credential");
    server.stop().await;
}

async fn replicas_publish_the_same(database: &Database) {
    let (one, other) = (Server::start(database).await, Server::start(database).await);
    one.apply(&document(&[("search", "ana")])).await;
    let router = one.router().await;
    let elsewhere = Router { channel: other.channel().await, ..router.clone() };
    let (mut here, mut there) =
        (router.subscribe(0, Vec::new()).await.unwrap(), elsewhere.subscribe(0, Vec::new()).await.unwrap());
    let content = |push: Push| taken_over(&mut BTreeMap::new(), &push);
    let first = content(here.next().await.unwrap());
    assert_eq!(first, content(there.next().await.unwrap()));
    one.stop().await;
    other.stop().await;
}

async fn a_key_that_has_changed_outside_goes_out_under_a_new_number(database: &Database) {
    let server = Server::start(database).await;
    server.apply(&document(&[("search", "ana"), ("support", "bo")])).await;
    let router = server.router().await;
    let mut held = BTreeMap::new();
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let (version, hash) = taken_over(&mut held, &stream.next().await.unwrap());
    drop(stream);
    server.stop().await;

    let server = Server::start_with_key(database, "sk-other").await;
    let router = Router { channel: server.channel().await, ..router };
    let mut stream = router.subscribe(version, hash).await.unwrap();
    let push = stream.next().await.unwrap();
    let mut held = BTreeMap::new();
    assert_eq!(taken_over(&mut held, &push).0, version + 1);
    let Some(Ok(Body::Provider(provider))) = held["provider/openai"].decode() else { panic!("a provider") };
    let source = provider.credential.unwrap().source.unwrap();
    assert_eq!(source, proto::v1::credential::Source::Value(b"sk-other".to_vec()));
    let audited = "select cast(count(*) as bigint) from audit_events where action = 'credential.reload'";
    assert_eq!(database.number(audited).await, 1);
    server.stop().await;

    let server = Server::start_with_key(database, "sk-other").await;
    published(&server, version + 1).await;
    server.stop().await;
}

async fn a_state_that_cannot_be_compiled_keeps_the_last_good_one(database: &Database) {
    let server = Server::start(database).await;
    let good = server.apply(&document(&[("search", "ana"), ("support", "bo")])).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    let push = stream.next().await.unwrap();
    stream.ack(&push).await;

    let mut tx = database.write().await;
    let version = revision::bump(&mut tx).await.unwrap();
    let about = ConfigVersion {
        version,
        author: "a newer build".into(),
        comment: String::new(),
        restores: None,
        created_ms: 1,
        ticket: String::new(),
        summary: String::new(),
    };
    config::insert(&mut tx, &StoredConfig { about, document: r#"{"version":1,"moons":{}}"#.into() }).await.unwrap();
    tx.commit().await.unwrap();
    stream.silent().await;
    let standing = server.publisher.standing();
    assert_eq!(standing.version, good);
    assert!(standing.failure.is_some_and(|reason| reason.contains("moons")));
    let mut other = server.router().await.subscribe(0, Vec::new()).await.unwrap();
    assert_eq!(taken_over(&mut BTreeMap::new(), &other.next().await.unwrap()).0, good);

    let mut tx = database.write().await;
    let version = revision::bump(&mut tx).await.unwrap();
    let about = ConfigVersion {
        version,
        author: "ana".into(),
        comment: String::new(),
        restores: None,
        created_ms: 2,
        ticket: String::new(),
        summary: String::new(),
    };
    config::insert(&mut tx, &StoredConfig { about, document: r#"{"version":1}"#.into() }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(taken_over(&mut BTreeMap::new(), &stream.next().await.unwrap()).0, version);
    assert_eq!(server.publisher.standing(), Standing { version, ..Standing::default() });
    server.stop().await;
}
