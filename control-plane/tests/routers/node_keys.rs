//! Routers that prove who they are, and copies of their files.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use control_plane::{
    clock::now_ms,
    manage::{master_key, node as nodes, outside},
    secrets::{MasterKey, Secret},
};
use control_plane_core::{audit::Actor, node::NodeStatus};
use proto::v1::{
    EnrolRequest, RotateRequest, enrolment_service_client::EnrolmentServiceClient,
    identity_service_client::IdentityServiceClient,
};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair},
};
use tonic::{Code, Request, Status};

use crate::{
    database::Database,
    server::{Router, Server},
};

on_both_engines!(
    a_copied_credential_opens_nothing_and_is_told,
    what_a_copy_leaves_behind_is_the_routers_again,
    a_join_token_for_several_routers_and_forgotten_ones,
    a_drained_router_is_told_and_taken_back,
    a_router_replaces_its_credential_and_its_key,
    a_router_is_asked_again_as_soon_as_it_has_replaced_its_credential,
    enrolments_that_fail_are_slowed_down,
    the_master_key_is_replaced_with_everything_under_it,
);

/// A router with a key of its own.
async fn with_key(server: &Server) -> (Router, Ed25519KeyPair) {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let key = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
    let join_token = server.join_token(60_000).await;
    let mut request = Request::new(EnrolRequest { join_token, ..EnrolRequest::default() });
    let public = BASE64_STANDARD.encode(key.public_key().as_ref());
    request.metadata_mut().insert("x-node-public-key", public.parse().unwrap());
    let channel = server.channel().await;
    let enrolled = EnrolmentServiceClient::new(channel.clone()).enrol(request).await.unwrap().into_inner();
    (Router { channel, node_id: enrolled.node_id, credential: enrolled.credential, proof: None, instance: "" }, key)
}

fn proof(key: &Ed25519KeyPair, node: &str, at_ms: i64, random: &str) -> String {
    let said = format!("{at_ms}.{random}");
    let signature = key.sign(format!("smart-router/node-proof/v1\n{node}\n{said}").as_bytes());
    format!("{said}.{}", BASE64_STANDARD.encode(signature.as_ref()))
}

async fn a_copied_credential_opens_nothing_and_is_told(database: &Database) {
    let server = Server::start(database).await;
    let (router, key) = with_key(&server).await;
    let own =
        |at_ms, random: &str| Router { proof: Some(proof(&key, &router.node_id, at_ms, random)), ..router.clone() };
    let stream = own(now_ms(), "a").subscribe(0, Vec::new()).await.unwrap();
    server.node_until(&router.node_id, |node| node.stream_open && node.has_key).await;
    assert_eq!(server.node(&router.node_id).await.second_use_ms, None);

    // Clocks that differ are told, and are nobody's fault.
    let late = own(now_ms() - 3_600_000, "b").subscribe(0, Vec::new()).await.err().unwrap();
    assert_eq!(late.code(), Code::Unauthenticated);
    let time: i64 = late.metadata().get("x-node-time").unwrap().to_str().unwrap().parse().unwrap();
    assert!((now_ms() - time).abs() < 60_000);
    assert_eq!(server.node(&router.node_id).await.second_use_ms, None);

    // The credential without the key, with another one, and what was heard on the way.
    let (_, other) = with_key(&server).await;
    let foreign = Router { proof: Some(proof(&other, &router.node_id, now_ms(), "c")), ..router.clone() };
    let heard = own(now_ms(), "d");
    for copy in [router.clone(), foreign, heard.clone(), heard].into_iter().enumerate() {
        let outcome = copy.1.subscribe(0, Vec::new()).await;
        assert_eq!(outcome.is_ok(), copy.0 == 2, "attempt {}", copy.0);
    }
    let node = server.node_until(&router.node_id, |node| node.second_use_ms.is_some()).await;
    assert!(node.second_use_ms.unwrap() <= now_ms());
    let audited = "select cast(count(*) as bigint) from audit_events where action = 'node.second-use'";
    assert_eq!(database.number(audited).await, 1, "once an hour");
    drop(stream);
    server.stop().await;
}

/// With the router's key, too: the whole directory was copied.
async fn what_a_copy_leaves_behind_is_the_routers_again(database: &Database) {
    let server = Server::start(database).await;
    let document = "version: 1\nproviders: {a: {base_url: \"https://a.example/v1\", dialects: [openai-chat], models: {m: {model: m, state: \
                    active}}}}\ngroups: {g: {targets: [{model: a/m}]}}\n";
    server.apply(document).await;
    let router = Router { instance: "rightful", ..server.router().await };
    let copy = Router { instance: "copy", ..router.clone() };
    let mut own = router.subscribe(0, Vec::new()).await.unwrap();
    let push = own.next().await.unwrap();
    own.ack(&push).await;
    let held = server.node_until(&router.node_id, |node| node.held_version > 0).await.held_version;

    let copied = copy.subscribe(0, Vec::new()).await.unwrap();
    server.node_until(&router.node_id, |node| node.held_version == 0).await;
    let shift = async |by_ms: i64| {
        let mut tx = database.write().await;
        let shift = sqlx::query("update nodes set opened_ms = opened_ms - $1").bind(by_ms);
        shift.execute(tx.connection()).await.unwrap();
        tx.commit().await.unwrap();
    };
    shift(31_000).await;
    server.node_until(&router.node_id, |node| node.second_use_ms.is_some()).await;
    drop(copied);

    // The router has said nothing new, and does not come again.
    let back = server.node_until(&router.node_id, |node| node.stream_open && node.held_version == held).await;
    shift(31_000).await;
    let used = server.node(&router.node_id).await.second_use_ms;
    assert!(used.is_some() && used >= back.second_use_ms);
    let seen = back.last_seen_ms;
    server.node_until(&router.node_id, |node| node.last_seen_ms > seen).await;
    assert_eq!(server.node(&router.node_id).await.second_use_ms, used, "nobody uses it twice any more");
    let audited = "select cast(count(*) as bigint) from audit_events where action = 'node.second-use'";
    assert_eq!(database.number(audited).await, 1);

    // A stream whose replica was lost has no end.
    let mut tx = database.write().await;
    let lost =
        "update nodes set stream_id = 'lost', instance = 'copy', last_seen_ms = last_seen_ms - 60000, held_version = 0";
    sqlx::query(lost).execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    server.node_until(&router.node_id, |node| node.held_version == held && node.last_seen_ms > seen).await;
    drop(own);
    server.stop().await;
}

async fn a_join_token_for_several_routers_and_forgotten_ones(database: &Database) {
    let server = Server::start(database).await;
    let control = &server.control;
    let issued = nodes::join_token(control, &Actor::System, 60_000, 2).await.unwrap_or_else(|it| panic!("{it}"));
    let (first, second) =
        (server.enrol(issued.text.expose()).await.unwrap(), server.enrol(issued.text.expose()).await.unwrap());
    assert_eq!(server.enrol(issued.text.expose()).await.err().unwrap().code(), Code::Unauthenticated);
    for uses in [0, 10_001] {
        assert!(nodes::join_token(control, &Actor::System, 60_000, uses).await.is_err());
    }

    let stream = first.subscribe(0, Vec::new()).await.unwrap();
    server.node_until(&first.node_id, |node| node.stream_open).await;
    let refused = nodes::forget(control, &Actor::System, &first.node_id).await.err().unwrap();
    assert!(refused.to_string().contains("connected"), "{refused}");
    assert!(nodes::forget(control, &Actor::System, &second.node_id).await.is_ok(), "it never came");
    assert!(nodes::forget(control, &Actor::System, &second.node_id).await.is_err());
    assert_eq!(second.subscribe(0, Vec::new()).await.err().unwrap().code(), Code::Unauthenticated);
    drop(stream);

    // What has been gone for a day is left out of lists.
    let gone = server.router().await;
    let mut node = server.node(&gone.node_id).await;
    assert!(!nodes::is_gone(&node, NodeStatus::Away, now_ms()), "it has just joined");
    node.created_ms -= 2 * 86_400_000;
    assert!(nodes::is_gone(&node, NodeStatus::Away, now_ms()) && !nodes::is_gone(&node, NodeStatus::Current, now_ms()));
    node.last_seen_ms = Some(now_ms());
    assert!(!nodes::is_gone(&node, NodeStatus::Away, now_ms()));
    server.stop().await;
}

async fn a_drained_router_is_told_and_taken_back(database: &Database) {
    let server = Server::start(database).await;
    let router = server.router().await;
    let mut stream = router.subscribe(0, Vec::new()).await.unwrap();
    assert!(!stream.drained);
    for drained in [true, false] {
        let done = nodes::drain(&server.control, &Actor::System, &router.node_id, drained).await;
        done.unwrap_or_else(|it| panic!("{it}"));
        assert_eq!(stream.next().await.unwrap_err().code(), Code::Aborted, "it comes back, to be told");
        stream = router.subscribe(0, Vec::new()).await.unwrap();
        assert_eq!(stream.drained, drained);
        assert_eq!(server.node(&router.node_id).await.drained, drained);
    }
    assert!(nodes::drain(&server.control, &Actor::System, "nobody", true).await.is_err());
    server.stop().await;
}

/// A new credential for a router, with the key that it made for it.
async fn rotated(asks: &Router, signs: Option<&Ed25519KeyPair>) -> Result<(Router, Ed25519KeyPair), Status> {
    let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let key = Ed25519KeyPair::from_pkcs8(made.as_ref()).unwrap();
    let public_key = key.public_key().as_ref().to_vec();
    let said = format!("smart-router/node-rotation/v1\n{}\n{}", asks.node_id, BASE64_STANDARD.encode(&public_key));
    let proof = signs.unwrap_or(&key).sign(said.as_bytes()).as_ref().to_vec();
    let mut client = IdentityServiceClient::new(asks.channel.clone());
    let answer = client.rotate(asks.authorised(RotateRequest { public_key, proof })).await?.into_inner();
    Ok((Router { credential: answer.credential, proof: None, ..asks.clone() }, key))
}

async fn a_router_replaces_its_credential_and_its_key(database: &Database) {
    let server = Server::start(database).await;
    let (router, key) = with_key(&server).await;
    let mut count = 0;
    let mut signed = |router: &Router, key: &Ed25519KeyPair| {
        count += 1;
        let proof = proof(key, &router.node_id, now_ms(), &format!("r{count}"));
        Router { proof: Some(proof), ..router.clone() }
    };
    let mut stream = signed(&router, &key).subscribe(0, Vec::new()).await.unwrap();
    assert!(!stream.rotate);
    nodes::rotate(&server.control, &Actor::System, &router.node_id).await.unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(stream.next().await.unwrap_err().code(), Code::Aborted, "it comes back, to be told");
    let mut old_stream = signed(&router, &key).subscribe(0, Vec::new()).await.unwrap();
    assert!(old_stream.rotate);
    let mut old_usage = signed(&router, &key).report().await.unwrap();

    // Only with the credential and the key in force, and for a key that the router has.
    assert_eq!(rotated(&router, None).await.err().unwrap().code(), Code::Unauthenticated);
    let foreign = rotated(&signed(&router, &key), Some(&key)).await.err().unwrap();
    assert_eq!(foreign.code(), Code::InvalidArgument);
    let (lost, lost_key) = rotated(&signed(&router, &key), None).await.unwrap();
    let (new, new_key) = rotated(&signed(&router, &key), None).await.unwrap();
    // Until its first use the old one opens, and what was handed out before it never does.
    assert!(signed(&router, &key).subscribe(0, Vec::new()).await.is_ok());
    assert!(signed(&lost, &lost_key).subscribe(0, Vec::new()).await.is_err());
    assert!(signed(&new, &key).subscribe(0, Vec::new()).await.is_err(), "the new credential with the old key");
    assert!(server.node(&router.node_id).await.rotation_ms.is_some());
    let new_stream = signed(&new, &new_key).subscribe(0, Vec::new()).await.unwrap();
    assert!(!new_stream.rotate, "once is enough");
    assert!(signed(&router, &key).subscribe(0, Vec::new()).await.is_err());
    // What the old one had opened ends.
    assert_eq!(old_stream.next().await.unwrap_err().code(), Code::Aborted);
    let ended = tokio::time::timeout(Duration::from_secs(5), old_usage.acks.message()).await.unwrap();
    assert_eq!(ended.unwrap_err().code(), Code::Aborted);
    let node = server.node(&router.node_id).await;
    assert!(node.rotation_ms.is_none() && node.credential_ms >= node.created_ms);
    let audited = "select cast(count(*) as bigint) from audit_events where action in ('node.rotate', 'node.rotated')";
    assert_eq!(database.number(audited).await, 2);

    // Nobody asks for it: a credential that is old is replaced all the same.
    let mut tx = database.write().await;
    sqlx::query("update nodes set credential_ms = 1").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    let aged = signed(&new, &new_key).subscribe(0, Vec::new()).await.unwrap();
    assert!(aged.rotate);
    drop((new_stream, aged));
    nodes::revoke(&server.control, &Actor::System, &router.node_id).await.unwrap_or_else(|it| panic!("{it}"));
    assert!(nodes::rotate(&server.control, &Actor::System, &router.node_id).await.is_err());
    assert!(nodes::rotate(&server.control, &Actor::System, "nobody").await.is_err());
    server.stop().await;
}

/// Before anybody has looked whether it did what it was asked before.
async fn a_router_is_asked_again_as_soon_as_it_has_replaced_its_credential(database: &Database) {
    let server = Server::start(database).await;
    let (router, key) = with_key(&server).await;
    let signed = |router: &Router, key: &Ed25519KeyPair, random: &str| Router {
        proof: Some(proof(key, &router.node_id, now_ms(), random)),
        ..router.clone()
    };
    let ask = async || {
        let asked = nodes::rotate(&server.control, &Actor::System, &router.node_id).await;
        asked.unwrap_or_else(|it| panic!("{it}"));
    };
    let mut stream = signed(&router, &key, "a").subscribe(0, Vec::new()).await.unwrap();
    ask().await;
    assert_eq!(stream.next().await.unwrap_err().code(), Code::Aborted);
    let (new, new_key) = rotated(&signed(&router, &key, "b"), None).await.unwrap();
    let mut stream = signed(&new, &new_key, "c").subscribe(0, Vec::new()).await.unwrap();
    assert!(!stream.rotate);
    ask().await;
    let told = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.unwrap();
    assert_eq!(told.unwrap_err().code(), Code::Aborted);
    assert!(signed(&new, &new_key, "d").subscribe(0, Vec::new()).await.unwrap().rotate);
    server.stop().await;
}

async fn enrolments_that_fail_are_slowed_down(database: &Database) {
    let server = Server::start(database).await;
    let mut codes = Vec::new();
    for _ in 0..105 {
        codes.push(server.enrol("srj_guess").await.err().unwrap().code());
    }
    assert_eq!(codes.iter().filter(|it| **it == Code::Unauthenticated).count(), 100, "{codes:?}");
    assert_eq!(codes.last(), Some(&Code::ResourceExhausted), "which a router tries again");
    server.stop().await;
}

async fn the_master_key_is_replaced_with_everything_under_it(database: &Database) {
    let document = "version: 1\nproviders:\n  a: {base_url: \"https://a.example/v1\", dialects: [openai-chat], credential: {env: \
                    OPENAI_API_KEY}, models: {m: {model: m, state: active}}}\n  b: {base_url: \"https://b.example/v1\", dialects: \
                    [openai-chat]}\ngroups: {g: {targets: [{model: a/m}]}}\nsettings: {responses_store: {enabled: true}}\n";
    let server = Server::start(database).await;
    server.apply(document).await;
    let sealed =
        control_plane::manage::credential::set(&server.control, &Actor::System, "b", &Secret::new("sk-b".into())).await;
    let version = sealed.unwrap_or_else(|it| panic!("{it}"));
    while server.publisher.standing().version < version {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let newest = server.publisher.subscribe().borrow().clone().unwrap();
    let old = Server::control(database, "sk-planted");
    let check = control_plane::secrets::key_check::sealed(&old.master_key);
    let mut tx = database.write().await;
    control_plane::store::credential::insert_key_check(&mut tx, &check).await.unwrap();
    tx.commit().await.unwrap();
    server.stop().await;

    let key = |text: &str| {
        MasterKey::load(Some(&Secret::new(text.into())), None, None, true).unwrap_or_else(|it| panic!("{it}"))
    };
    let new = key("YWJjZGVmMDEyMzQ1Njc4OTAxMjM0NTY3ODlhYmNkZWY=");
    assert!(master_key::rotate(&database.store, &new, &new).await.is_err(), "that is not the present one");
    let count = master_key::rotate(&database.store, &old.master_key, &new).await.unwrap_or_else(|it| panic!("{it}"));
    assert!(count >= 3, "{count}: a sealed key, one from a variable, the key of stored responses");

    // The same is published, under the same number, and nothing is lacking.
    let control =
        control_plane::manage::Control { master_key: std::sync::Arc::new(new), ..Server::control(database, "") };
    let server = Server::start_with(control).await;
    while server.publisher.standing().version < version {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let again = server.publisher.subscribe().borrow().clone().unwrap();
    assert_eq!((again.version(), again.hash()), (newest.version(), newest.hash()));
    let lacks: Vec<outside::Lack> = server.publisher.standing().lacks;
    assert!(lacks.len() == 1 && lacks[0].why.contains("published before"), "{lacks:?}");
    server.stop().await;
}
