//! What logins keep in the database.

use control_plane::store::{
    admin_session::{self, FromProvider, Origin, StoredSession},
    login::{self, Attempt},
};

use crate::database::Database;

on_both_engines!(
    an_attempt_is_taken_once_and_by_its_browser,
    a_link_lets_in_once_and_a_new_one_takes_its_place,
    a_logout_is_obeyed_once,
    sessions_come_back_as_they_were,
    a_provider_ends_the_sessions_that_it_names,
    what_is_over_is_forgotten,
);

fn session(id: &str, origin: Origin) -> StoredSession {
    let mut digest = [0; 32];
    digest[..id.len()].copy_from_slice(id.as_bytes());
    StoredSession {
        id: id.into(),
        digest,
        origin,
        name: "Ana ✓ <b>".into(),
        user_agent: "Mozilla/5.0 ' \" --".into(),
        created_ms: 1000,
        authenticated_ms: 2000,
        last_used_ms: 3000,
    }
}

fn person(subject: &str, session: Option<&str>) -> Origin {
    Origin::Oidc(FromProvider {
        provider: "corp".into(),
        issuer: "https://id.example.com".into(),
        subject: subject.into(),
        session: session.map(str::to_owned),
        claims: "{\"groups\":[\"leads\"]}".into(),
        id_token: vec![0, 255, 7],
    })
}

async fn add(db: &Database, sessions: &[StoredSession]) {
    let mut tx = db.write().await;
    for it in sessions {
        admin_session::insert(&mut tx, it).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn ids(db: &Database) -> Vec<String> {
    let mut ids: Vec<String> =
        admin_session::all(db.store.read(), 100).await.unwrap().into_iter().map(|it| it.id).collect();
    ids.sort();
    ids
}

async fn an_attempt_is_taken_once_and_by_its_browser(db: &Database) {
    let attempt = Attempt {
        state: [1; 32],
        browser: [2; 32],
        provider: "corp".into(),
        return_to: "/requests?x=1".into(),
        again: true,
        created_ms: 5,
    };
    let mut tx = db.write().await;
    login::insert_attempt(&mut tx, &attempt).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(login::attempts(db.store.read()).await.unwrap(), 1);
    let mut tx = db.write().await;
    assert_eq!(login::take_attempt(&mut tx, &[1; 32], &[3; 32]).await.unwrap(), None);
    assert_eq!(login::take_attempt(&mut tx, &[1; 32], &[2; 32]).await.unwrap(), Some(attempt.clone()));
    assert_eq!(login::take_attempt(&mut tx, &[1; 32], &[2; 32]).await.unwrap(), None);
    login::insert_attempt(&mut tx, &attempt).await.unwrap();
    login::prune_attempts(&mut tx, 6).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(login::attempts(db.store.read()).await.unwrap(), 0);
}

async fn a_link_lets_in_once_and_a_new_one_takes_its_place(db: &Database) {
    let mut tx = db.write().await;
    login::replace_links(&mut tx, &[1; 32], 100).await.unwrap();
    login::replace_links(&mut tx, &[2; 32], 100).await.unwrap();
    assert!(!login::take_link(&mut tx, &[1; 32], 50).await.unwrap(), "an earlier start's");
    assert!(!login::take_link(&mut tx, &[2; 32], 100).await.unwrap(), "it has expired");
    assert!(login::take_link(&mut tx, &[2; 32], 99).await.unwrap());
    assert!(!login::take_link(&mut tx, &[2; 32], 99).await.unwrap(), "it was used");
    tx.commit().await.unwrap();
}

async fn a_logout_is_obeyed_once(db: &Database) {
    let mut tx = db.write().await;
    assert!(login::use_logout_token(&mut tx, "https://a", "1", 10).await.unwrap());
    assert!(!login::use_logout_token(&mut tx, "https://a", "1", 10).await.unwrap());
    assert!(login::use_logout_token(&mut tx, "https://b", "1", 10).await.unwrap());
    tx.commit().await.unwrap();
}

async fn sessions_come_back_as_they_were(db: &Database) {
    let token = Origin::AdminToken { id: "abc".into(), digest: [9; 32] };
    let all = [session("a", person("ana", Some("s"))), session("b", token), session("c", Origin::Link)];
    add(db, &all).await;
    for it in &all {
        assert_eq!(admin_session::by_digest(db.store.read(), &it.digest).await.unwrap().as_ref(), Some(it));
        assert_eq!(admin_session::by_id(db.store.read(), &it.id).await.unwrap().as_ref(), Some(it));
    }
    assert_eq!(admin_session::by_digest(db.store.read(), &[7; 32]).await.unwrap(), None);
    let mut tx = db.write().await;
    admin_session::touch(&mut tx, "a", 4000).await.unwrap();
    admin_session::touch(&mut tx, "a", 3500).await.unwrap();
    assert!(admin_session::delete(&mut tx, "b").await.unwrap());
    assert!(!admin_session::delete(&mut tx, "b").await.unwrap());
    tx.commit().await.unwrap();
    let touched = admin_session::by_id(db.store.read(), "a").await.unwrap().unwrap();
    assert_eq!(touched.last_used_ms, 4000, "it never goes back");
    assert_eq!(ids(db).await, ["a", "c"]);
}

async fn a_provider_ends_the_sessions_that_it_names(db: &Database) {
    let issuer = "https://id.example.com";
    add(
        db,
        &[
            session("a", person("ana", Some("s1"))),
            session("b", person("ana", Some("s2"))),
            session("c", person("ben", Some("s3"))),
            session("d", Origin::Link),
        ],
    )
    .await;
    let mut tx = db.write().await;
    let none: [String; 0] = [];
    assert_eq!(admin_session::delete_of_provider(&mut tx, "https://other", Some("ana"), None).await.unwrap(), none);
    assert_eq!(admin_session::delete_of_provider(&mut tx, issuer, None, None).await.unwrap(), none);
    assert_eq!(admin_session::delete_of_provider(&mut tx, issuer, Some("ben"), Some("s1")).await.unwrap(), none);
    assert_eq!(admin_session::delete_of_provider(&mut tx, issuer, Some("ana"), Some("s1")).await.unwrap(), ["a"]);
    assert_eq!(admin_session::delete_of_provider(&mut tx, issuer, None, Some("s3")).await.unwrap(), ["c"]);
    assert_eq!(admin_session::delete_of_provider(&mut tx, issuer, Some("ana"), None).await.unwrap(), ["b"]);
    tx.commit().await.unwrap();
    assert_eq!(ids(db).await, ["d"]);
}

async fn what_is_over_is_forgotten(db: &Database) {
    add(db, &[session("a", Origin::Link)]).await;
    let mut tx = db.write().await;
    admin_session::prune(&mut tx, 1000, 3000).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ids(db).await, ["a"]);
    let mut tx = db.write().await;
    admin_session::prune(&mut tx, 0, 3001).await.unwrap();
    login::use_logout_token(&mut tx, "https://a", "1", 10).await.unwrap();
    login::prune(&mut tx, 10).await.unwrap();
    assert!(login::use_logout_token(&mut tx, "https://a", "1", 10).await.unwrap(), "it was forgotten");
    tx.commit().await.unwrap();
    assert!(ids(db).await.is_empty());
}
