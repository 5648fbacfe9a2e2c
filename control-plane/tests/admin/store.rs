use control_plane::store::{
    admin::{self, StoredAdminToken},
    audit,
    config::{self, ConfigVersion, StoredConfig},
    credential::{self, StoredCredential},
    revision, token,
};
use control_plane_core::{
    audit::{Actor, AuditAction, AuditEvent},
    permission::{Grants, Role, Visible},
    token::{TokenRecord, TokenState},
};

use crate::database::Database;

on_both_engines!(
    versions_grow_and_a_dropped_transaction_takes_none,
    configurations_come_back_as_they_were,
    tokens_come_back_as_they_were,
    every_byte_of_a_sealed_key_comes_back,
    the_first_master_key_check_stays,
    admin_tokens_come_back_as_they_were,
    audit_numbers_have_no_gaps,
    access_is_recorded_and_forgotten,
    a_second_migration_changes_nothing,
    a_consistent_read_sees_one_state,
);

async fn versions_grow_and_a_dropped_transaction_takes_none(db: &Database) {
    assert_eq!(revision::current(db.store.read()).await.unwrap(), 0);
    let mut tx = db.write().await;
    assert_eq!(revision::bump(&mut tx).await.unwrap(), 1);
    assert_eq!(revision::bump(&mut tx).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let mut tx = db.write().await;
    assert_eq!(revision::bump(&mut tx).await.unwrap(), 3);
    drop(tx);
    let mut tx = db.write().await;
    assert_eq!(revision::lock(&mut tx).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(revision::current(db.store.read()).await.unwrap(), 2);
}

fn config_at(version: u64, restores: Option<u64>) -> StoredConfig {
    StoredConfig {
        about: ConfigVersion {
            version,
            author: "admin-token/x".into(),
            comment: "näher ✓ ' \" --".into(),
            restores,
            created_ms: 1_767_225_600_123,
            ticket: String::new(),
            summary: String::new(),
        },
        document: format!("{{\"version\":1,\"n\":\"{version}\"}}"),
    }
}

async fn configurations_come_back_as_they_were(db: &Database) {
    assert_eq!(config::latest(db.store.read()).await.unwrap(), None);
    let mut tx = db.write().await;
    for (version, restores) in [(3, None), (7, None), (12, Some(3))] {
        config::insert(&mut tx, &config_at(version, restores)).await.unwrap();
    }
    assert_eq!(config::latest(tx.connection()).await.unwrap(), Some(config_at(12, Some(3))));
    tx.commit().await.unwrap();
    let read = db.store.read();
    assert_eq!(config::in_force_at(read, 7).await.unwrap(), Some(config_at(7, None)));
    assert_eq!(config::in_force_at(read, 8).await.unwrap(), Some(config_at(7, None)));
    let numbers = |versions: Vec<ConfigVersion>| versions.iter().map(|it| it.version).collect::<Vec<_>>();
    assert_eq!(numbers(config::versions(read, u64::MAX, 2).await.unwrap()), [12, 7]);
    assert_eq!(numbers(config::versions(read, 7, 100).await.unwrap()), [3]);
    let mut tx = db.write().await;
    assert!(config::insert(&mut tx, &config_at(7, None)).await.unwrap_err().is_unique_violation());
}

fn token_of(id: &str, caller: &str) -> TokenRecord {
    TokenRecord {
        id: id.into(),
        caller: caller.into(),
        name: String::new(),
        digest: std::array::from_fn(|index| (index * 9) as u8),
        state: TokenState::Active,
        created_ms: 5,
        expires_ms: None,
        rotated_from: None,
        last_used_ms: None,
    }
}

async fn tokens_come_back_as_they_were(db: &Database) {
    let first = token_of("b", "ana");
    let second = TokenRecord { expires_ms: Some(i64::MAX), rotated_from: Some("b".into()), ..token_of("a", "ben") };
    let mut tx = db.write().await;
    token::insert(&mut tx, &first, 1).await.unwrap();
    token::insert(&mut tx, &second, 2).await.unwrap();
    tx.commit().await.unwrap();
    let read = db.store.read();
    assert_eq!(token::all(read).await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(token::of_caller(read, "ben").await.unwrap(), [second]);
    assert_eq!(token::of_caller(read, "' or 1=1 --").await.unwrap(), []);
    for state in [TokenState::Suspended, TokenState::Revoked, TokenState::Rotated] {
        let changed = TokenRecord { state, expires_ms: Some(9), ..first.clone() };
        let mut tx = db.write().await;
        token::update(&mut tx, &changed, 3).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(token::by_id(read, "b").await.unwrap(), Some(changed));
    }
    assert_eq!(token::by_id(read, "c").await.unwrap(), None);
}

async fn every_byte_of_a_sealed_key_comes_back(db: &Database) {
    let row = |sealed: Vec<u8>, by: &str| StoredCredential {
        provider: "openai".into(),
        origin: Some("https://api.openai.com".into()),
        sealed,
        set_ms: -1,
        set_by: by.into(),
    };
    let read = db.store.read();
    for sealed in [(0..=255).collect(), vec![], b"12345".to_vec(), b"1e5".to_vec()] {
        let mut tx = db.write().await;
        credential::put(&mut tx, &row(sealed.clone(), "one")).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(credential::all(read).await.unwrap(), [row(sealed, "one")]);
    }
    let mut tx = db.write().await;
    assert!(credential::delete(&mut tx, "openai").await.unwrap());
    assert!(!credential::delete(&mut tx, "openai").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(credential::all(read).await.unwrap(), []);
}

async fn the_first_master_key_check_stays(db: &Database) {
    assert_eq!(credential::key_check(db.store.read()).await.unwrap(), None);
    for sealed in [b"first", b"other"] {
        let mut tx = db.write().await;
        credential::insert_key_check(&mut tx, sealed).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(credential::key_check(db.store.read()).await.unwrap().as_deref(), Some(&b"first"[..]));
}

async fn admin_tokens_come_back_as_they_were(db: &Database) {
    let row = |id: &str, role, created_ms| StoredAdminToken {
        id: id.into(),
        name: "ops".into(),
        grants: Grants::everywhere(role),
        digest: [7; 32],
        expires_ms: Some(3),
        created_ms,
        created_by: "system".into(),
    };
    let mut tx = db.write().await;
    for (id, role, created) in [("z", Role::Admin, 1), ("y", Role::Operator, 2), ("x", Role::Viewer, 3)] {
        admin::insert(&mut tx, &row(id, role, created)).await.unwrap();
    }
    assert!(admin::delete(&mut tx, "y").await.unwrap());
    assert!(!admin::delete(&mut tx, "y").await.unwrap());
    tx.commit().await.unwrap();
    let read = db.store.read();
    assert_eq!(admin::all(read).await.unwrap(), [row("z", Role::Admin, 1), row("x", Role::Viewer, 3)]);
    assert_eq!(admin::by_id(read, "x").await.unwrap(), Some(row("x", Role::Viewer, 3)));
    assert_eq!(admin::by_id(read, "y").await.unwrap(), None);
}

async fn audit_numbers_have_no_gaps(db: &Database) {
    let event = AuditEvent {
        at_ms: 4,
        actor: Actor::AdminToken("x".into()),
        action: AuditAction::TokenRevoke,
        target: "token/t".into(),
        version: Some(9),
        detail: "of caller ana\nsecond line".into(),
    };
    let mut tx = db.write().await;
    assert_eq!(audit::record(&mut tx, &event).await.unwrap(), 1);
    tx.commit().await.unwrap();
    let mut tx = db.write().await;
    assert_eq!(audit::record(&mut tx, &event).await.unwrap(), 2);
    drop(tx);
    let mut tx = db.write().await;
    let without = AuditEvent { version: None, ..event };
    assert_eq!(audit::record(&mut tx, &without).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let asked = |before| audit::AuditQuery {
        visible: Visible::All,
        before,
        actor: String::new(),
        action: "token.".to_owned(),
        target: "token/t".to_owned(),
        text: "ANA\nsecond".to_owned(),
        since_ms: Some(4),
        until_ms: Some(5),
        limit: 10,
    };
    let mut read = db.store.read().acquire().await.unwrap();
    let events = audit::search(&mut read, &asked(u64::MAX)).await.unwrap();
    assert_eq!(events.iter().map(|(it, _)| (it.id, it.version)).collect::<Vec<_>>(), [(2, None), (1, Some(9))]);
    let first = &audit::search(&mut read, &asked(2)).await.unwrap()[0].0;
    assert_eq!(
        (first.actor.as_str(), first.action.as_str(), first.target.as_str(), first.detail.as_str()),
        ("admin-token/x", "token.revoke", "token/t", "of caller ana\nsecond line")
    );
    let other = audit::AuditQuery { action: "node.".to_owned(), ..asked(u64::MAX) };
    assert_eq!(audit::search(&mut read, &other).await.unwrap(), []);
    drop(read);
    let mut tx = db.write().await;
    assert_eq!(audit::record_about(&mut tx, &without, ["search", ""]).await.unwrap(), 3);
    tx.commit().await.unwrap();
    let mut read = db.store.read().acquire().await.unwrap();
    let of = |name: &str| Visible::Projects([name.to_owned()].into());
    let mine = audit::AuditQuery { visible: of("search"), ..asked(u64::MAX) };
    let found = audit::search(&mut read, &mine).await.unwrap();
    assert_eq!((found.len(), found[0].0.id, found[0].1.len()), (1, 3, 2));
    let theirs = audit::AuditQuery { visible: of("billing"), ..asked(u64::MAX) };
    assert_eq!(audit::search(&mut read, &theirs).await.unwrap(), []);
}

async fn access_is_recorded_and_forgotten(db: &Database) {
    let mut tx = db.write().await;
    for at_ms in [10, 20, 30] {
        let (actor, method) = ("admin-token/x".to_owned(), "GET".to_owned());
        let event = audit::AccessEvent { at_ms, actor, method, route: "/api/v1/tokens", status: 200 };
        audit::record_access(&mut tx, &event).await.unwrap();
    }
    audit::prune_access(&mut tx, 20).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.number("select count(*) from admin_access_events").await, 2);
    assert_eq!(db.number("select cast(sum(at_ms) as bigint) from admin_access_events").await, 50);
    let mut read = db.store.read().acquire().await.unwrap();
    let asked = audit::AccessQuery { limit: 1, route: "/api/v1/tokens".to_owned(), ..audit::AccessQuery::default() };
    let page = audit::accesses(&mut read, &asked).await.unwrap();
    assert_eq!(page.iter().map(|it| it.at_ms).collect::<Vec<_>>(), [30]);
    let next = audit::AccessQuery { before_ms: Some(30), ..asked };
    assert_eq!(audit::accesses(&mut read, &next).await.unwrap()[0].at_ms, 20);
    let failed = audit::AccessQuery { failed: true, ..next };
    assert_eq!(audit::accesses(&mut read, &failed).await.unwrap(), []);
}

async fn a_second_migration_changes_nothing(db: &Database) {
    let mut tx = db.write().await;
    revision::bump(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    db.store.migrate().await.unwrap();
    assert_eq!(revision::current(db.store.read()).await.unwrap(), 1);
}

async fn a_consistent_read_sees_one_state(db: &Database) {
    let mut reading = db.store.read_consistent().await.unwrap();
    assert_eq!(revision::current(reading.connection()).await.unwrap(), 0);
    let mut tx = db.write().await;
    revision::bump(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(revision::current(reading.connection()).await.unwrap(), 0);
    drop(reading);
    assert_eq!(revision::current(db.store.read()).await.unwrap(), 1);
}
