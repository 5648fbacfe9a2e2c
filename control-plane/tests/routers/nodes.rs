use control_plane::store::join_token;
use control_plane::store::node::{self, NewNode, Rejection, ResourceError, Sighting};
use control_plane_core::node::{JoinTokenRecord, NodeState};

use crate::database::Database;

on_both_engines!(
    a_router_is_stored_and_revoked_once,
    sightings_follow_the_newest_stream,
    a_join_token_is_used_as_often_as_it_may
);

async fn add(database: &Database, id: &str) {
    let mut tx = database.write().await;
    let new = NewNode { id, name: "n", region: "r", build: "b", digest: [7; 32], public_key: None, created_ms: 11 };
    node::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_router_is_stored_and_revoked_once(database: &Database) {
    add(database, "two").await;
    add(database, "one").await;
    let all = node::list(database.store.read()).await.unwrap();
    assert_eq!(all.iter().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    let one = &all[0];
    assert_eq!((one.state, one.created_ms, one.revoked_ms, one.last_seen_ms), (NodeState::Active, 11, None, None));
    assert_eq!((one.stream_open, one.held_version, one.rejection.clone()), (false, 0, None));
    assert_eq!(node::credential(database.store.read(), "one").await.unwrap().unwrap().digest, [7; 32]);
    assert!(node::credential(database.store.read(), "three").await.unwrap().is_none());
    for (id, expected) in [("one", true), ("one", false), ("three", false)] {
        let mut tx = database.write().await;
        assert_eq!(node::revoke(&mut tx, id, 20).await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
    assert_eq!(node::revoked(database.store.read()).await.unwrap(), ["one"]);
    let all = node::list(database.store.read()).await.unwrap();
    assert_eq!((all[0].state, all[0].revoked_ms), (NodeState::Revoked, Some(20)));
    assert_eq!(all[1].state, NodeState::Active);
}

async fn sightings_follow_the_newest_stream(database: &Database) {
    add(database, "n").await;
    let sighting = |stream_id: &str, held_version, rejection| Sighting {
        node: "n".into(),
        stream_id: stream_id.into(),
        instance: stream_id.into(),
        region: "eu".into(),
        build: "2".into(),
        held_version,
        gaps: Vec::new(),
        problems: vec!["disk".into()],
        unsent_events: Some(7),
        rejection,
        closed_tokens: None,
        seen_ms: 50,
    };
    let rejection = Rejection {
        version: 4,
        at_ms: 49,
        errors: vec![ResourceError { resource: "group/ü".into(), message: "\"quoted\"".into() }],
    };
    let mut tx = database.write().await;
    node::opened(&mut tx, &sighting("old", 3, None)).await.unwrap();
    node::opened(&mut tx, &sighting("new", 3, Some(rejection.clone()))).await.unwrap();
    // The old stream's replica is late.
    node::observed(&mut tx, &sighting("old", 99, None)).await.unwrap();
    node::closed(&mut tx, "n", "old").await.unwrap();
    tx.commit().await.unwrap();
    let now = node::list(database.store.read()).await.unwrap().remove(0);
    assert_eq!((now.stream_open, now.held_version, now.last_seen_ms), (true, 3, Some(50)));
    assert_eq!((now.rejection, now.problems), (Some(rejection), vec!["disk".to_owned()]));
    let mut tx = database.write().await;
    node::observed(&mut tx, &sighting("new", 5, None)).await.unwrap();
    node::closed(&mut tx, "n", "new").await.unwrap();
    tx.commit().await.unwrap();
    let now = node::list(database.store.read()).await.unwrap().remove(0);
    assert_eq!((now.stream_open, now.held_version, now.rejection), (false, 5, None));
}

async fn a_join_token_is_used_as_often_as_it_may(database: &Database) {
    let record = JoinTokenRecord {
        id: "j".into(),
        digest: [3; 32],
        created_ms: 1,
        expires_ms: 2,
        used_ms: None,
        uses: 2,
        used: 0,
    };
    let mut tx = database.write().await;
    join_token::insert(&mut tx, &record).await.unwrap();
    assert_eq!(join_token::find(&mut tx, "j").await.unwrap(), Some(record.clone()));
    assert_eq!(join_token::find(&mut tx, "k").await.unwrap(), None);
    assert!(join_token::consume(&mut tx, "j", "n", 5).await.unwrap());
    assert!(join_token::consume(&mut tx, "j", "m", 6).await.unwrap());
    assert!(!join_token::consume(&mut tx, "j", "o", 7).await.unwrap());
    let used = join_token::find(&mut tx, "j").await.unwrap();
    assert_eq!(used, Some(JoinTokenRecord { used_ms: Some(6), used: 2, ..record }));
    tx.commit().await.unwrap();
}
