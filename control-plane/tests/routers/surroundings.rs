//! Control planes over one database whose variables and files differ.

use std::{fs, sync::Arc, time::Duration};

use control_plane::{
    manage::{
        Control,
        config::{self, Author},
        master_key, token,
    },
    secrets::{MasterKey, key_check},
    store::{credential, outside_secret, revision},
};
use control_plane_core::Secret;
use proto::{
    Body,
    v1::{Push, credential::Source, push::Content},
};

use crate::{
    database::Database,
    server::{Router, Server},
};

on_both_engines!(
    control_planes_with_other_keys_come_to_rest_and_publish_the_same,
    a_key_is_rotated_by_starting_one_control_plane_after_the_other,
    a_bad_key_file_is_the_trouble_of_its_provider_alone,
    a_control_plane_whose_master_key_was_replaced_seals_nothing_and_says_so,
);

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    credential: {env: OPENAI_API_KEY}
    models: {mini: {model: gpt-5-mini, state: active}}
groups:
  fast: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast]}
";

/// What a router is sent by a control plane once it publishes a version: the checksum, and the key of a provider.
async fn sent(server: &Server, router: &Router, version: u64, provider: &str) -> (Vec<u8>, Source) {
    let router = Router { channel: server.channel().await, ..router.clone() };
    published(server, version).await;
    let push: Push = router.subscribe(0, Vec::new()).await.unwrap().next().await.unwrap();
    let Some(Content::Full(full)) = push.content else { panic!("the whole") };
    let resource = full.resources.iter().find(|it| it.key == format!("provider/{provider}")).unwrap();
    let Some(Ok(Body::Provider(provider))) = resource.decode() else { panic!("a provider") };
    assert_eq!(full.version, version);
    (full.hash, provider.credential.unwrap().source.unwrap())
}

/// Waits until a control plane publishes a version, or a newer one, which is answered.
async fn published(server: &Server, version: u64) -> u64 {
    let published = async {
        while server.publisher.standing().version < version {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), published).await.unwrap();
    server.publisher.standing().version
}

async fn newest(database: &Database) -> u64 {
    revision::current(database.store.read()).await.unwrap()
}

async fn lacks(server: &Server) -> Vec<String> {
    let some = async {
        while server.publisher.standing().lacks.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), some).await.unwrap();
    server.publisher.standing().lacks.into_iter().map(|it| format!("{}: {}", it.what, it.why)).collect()
}

fn key(value: &str) -> Source {
    Source::Value(value.as_bytes().to_vec())
}

async fn control_planes_with_other_keys_come_to_rest_and_publish_the_same(database: &Database) {
    let one = Server::start_with_key(database, "sk-one").await;
    let version = one.apply(DOCUMENT).await;
    let router = one.router().await;
    let first = sent(&one, &router, version, "openai").await;
    assert_eq!(first.1, key("sk-one"));

    // One that has no key at all publishes what the others do, and says what it lacks.
    let none = Server::start_with_key(database, "").await;
    assert_eq!(sent(&none, &router, version, "openai").await, first);
    let lacking = lacks(&none).await;
    assert!(lacking[0].contains("providers.openai.credential: it is empty"), "{lacking:?}");
    assert!(!none.publisher.standing().publishes_nothing());

    // One with another key publishes it once; nobody takes it back.
    let other = Server::start_with_key(database, "sk-other").await;
    let second = sent(&other, &router, version + 1, "openai").await;
    assert_eq!(second.1, key("sk-other"));
    assert_eq!(sent(&one, &router, version + 1, "openai").await, second);
    assert_eq!(sent(&none, &router, version + 1, "openai").await, second);
    let outdated = lacks(&one).await;
    assert!(outdated[0].contains("older one than another control plane has published"), "{outdated:?}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(newest(database).await, version + 1, "they came to rest");

    // Changes are published by all of them alike.
    let changed = none.apply(&DOCUMENT.replace("gpt-5-mini", "gpt-5-nano")).await;
    assert_eq!(changed, version + 2);
    let third = sent(&none, &router, changed, "openai").await;
    assert_eq!(third.1, key("sk-other"));
    assert_eq!(sent(&one, &router, changed, "openai").await, third);
    assert_eq!(sent(&other, &router, changed, "openai").await, third);
    for server in [one, none, other] {
        server.stop().await;
    }
}

async fn a_key_is_rotated_by_starting_one_control_plane_after_the_other(database: &Database) {
    let (one, two) =
        (Server::start_with_key(database, "sk-old").await, Server::start_with_key(database, "sk-old").await);
    let version = one.apply(DOCUMENT).await;
    let router = one.router().await;
    assert_eq!(sent(&one, &router, version, "openai").await, sent(&two, &router, version, "openai").await);

    one.stop().await;
    let one = Server::start_with_key(database, "sk-new").await;
    let rotated = sent(&one, &router, version + 1, "openai").await;
    assert_eq!(rotated.1, key("sk-new"));
    assert_eq!(sent(&two, &router, version + 1, "openai").await, rotated);
    // It dies half-way and comes back as it was: the new key stays.
    two.stop().await;
    let two = Server::start_with_key(database, "sk-old").await;
    assert_eq!(sent(&two, &router, version + 1, "openai").await, rotated);
    assert_eq!(lacks(&two).await.len(), 1);
    two.stop().await;
    let two = Server::start_with_key(database, "sk-new").await;
    assert_eq!(sent(&two, &router, version + 1, "openai").await, rotated);
    assert_eq!(two.publisher.standing().lacks, []);
    assert_eq!(newest(database).await, version + 1, "one version for one rotation");
    let audited = "select cast(count(*) as bigint) from audit_events where action = 'credential.reload'";
    assert_eq!(database.number(audited).await, 1);
    one.stop().await;
    two.stop().await;
}

async fn a_control_plane_whose_master_key_was_replaced_seals_nothing_and_says_so(database: &Database) {
    let old = Server::control(database, "sk-planted");
    let mut tx = database.write().await;
    credential::insert_key_check(&mut tx, &key_check::sealed(&old.master_key)).await.unwrap();
    tx.commit().await.unwrap();
    let stale = Server::start_with(old.clone()).await;
    let version = stale.apply(DOCUMENT).await;
    let issued = |error| panic!("{error}");
    let made = token::create(&stale.control, Author::SYSTEM, "ana", "", None).await.unwrap_or_else(issued);
    published(&stale, made.version).await;

    let text = Secret::new("OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=".into());
    let new = Arc::new(MasterKey::load(Some(&text), None, None, false).unwrap());
    master_key::rotate(&database.store, &old.master_key, &new).await.unwrap_or_else(|it| panic!("{it}"));
    let fresh = Server::start_with(Control { master_key: Arc::clone(&new), ..old.clone() }).await;
    let router = fresh.router().await;
    assert_eq!(sent(&fresh, &router, made.version, "openai").await.1, key("sk-planted"));
    let sealed = outside_secret::all(database.store.read()).await.unwrap();
    let revoked =
        token::revoke(&fresh.control, Author::SYSTEM, &made.record.id).await.unwrap_or_else(|it| panic!("{it}"));
    // Both publish the same, and come to rest.
    let from_fresh = sent(&fresh, &router, revoked.version, "openai").await;
    assert_eq!(sent(&stale, &router, revoked.version, "openai").await, from_fresh);
    assert!(lacks(&stale).await[0].contains("the master key"));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(newest(database).await, revoked.version, "version {version} and what followed");
    assert_eq!(outside_secret::all(database.store.read()).await.unwrap(), sealed, "nothing is sealed anew");
    let document = DOCUMENT.replace("gpt-5-mini", "other");
    let new = config::Apply { text: &document, comment: "", expected_version: None, file: None, force: false };
    let refused = config::apply(&stale.control, Author::SYSTEM, &new).await.err().unwrap().to_string();
    assert!(refused.contains("master key"), "{refused}");
    // What the other one publishes of secrets or of another document, this one does not.
    let version = fresh.apply(&document).await;
    published(&fresh, version).await;
    let failing = async {
        while stale.publisher.standing().failure.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), failing).await.unwrap();
    assert_eq!((stale.publisher.standing().version, newest(database).await), (revoked.version, version));
    stale.stop().await;
    fresh.stop().await;
}

async fn a_bad_key_file_is_the_trouble_of_its_provider_alone(database: &Database) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    let document = DOCUMENT.replace("{env: OPENAI_API_KEY}", &format!("{{file: {}}}", path.display()));
    let control = Server::control(database, "");
    for bad in [b"sk-one\nsk-two\n".to_vec(), vec![0xff, 0xfe], vec![b'x'; 70_000]] {
        fs::write(&path, &bad).unwrap();
        assert_eq!(revoked_under(&control, &document).await.1, disabled(), "{} bytes", bad.len());
    }
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(revoked_under(&control, &document).await.1, disabled(), "a pipe");
    fs::remove_file(&path).unwrap();
    let (version, absent) = revoked_under(&control, &document).await;
    assert_eq!(absent, Source::File(path.display().to_string()), "a router may have it");

    // A good one is used, also while it is bad later.
    fs::write(&path, "sk-good\n").unwrap();
    let (good, source) = revoked_under(&control, &document).await;
    assert_eq!(source, key("sk-good"));
    assert!(good > version);
    fs::write(&path, "sk-good\nline\n").unwrap();
    let server = Server::start_with(control.clone()).await;
    let lacking = lacks(&server).await;
    assert!(lacking[0].contains("line break; what was published before is served"), "{lacking:?}");
    server.stop().await;
    assert_eq!(revoked_under(&control, &document).await.1, key("sk-good"));
    sealed_by_another_key(database).await;
}

fn disabled() -> Source {
    Source::Env("(the control plane has no key to send)".to_owned())
}

/// A revocation reaches a router, whatever the keys of providers are. The version, and the key that it is sent.
async fn revoked_under(control: &Control, document: &str) -> (u64, Source) {
    let server = Server::start_with(control.clone()).await;
    server.apply(document).await;
    let made = token::create(&server.control, Author::SYSTEM, "ana", "", None).await;
    let made = made.unwrap_or_else(|error| panic!("{error}"));
    let revoked = token::revoke(&server.control, Author::SYSTEM, &made.record.id).await;
    let revoked = revoked.unwrap_or_else(|error| panic!("{error}")).version;
    let router = server.router().await;
    let version = published(&server, revoked).await;
    let (_, source) = sent(&server, &router, version, "openai").await;
    server.stop().await;
    (version, source)
}

/// A sealed key that does not open stops nothing either.
async fn sealed_by_another_key(database: &Database) {
    let document = DOCUMENT.replace("    credential: {env: OPENAI_API_KEY}\n", "");
    let control = Server::control(database, "");
    let server = Server::start_with(control.clone()).await;
    server.apply(&document).await;
    server.stop().await;
    let mut tx = database.write().await;
    sqlx::query("insert into credentials (provider, sealed, set_ms, set_by) values ('openai', $1, 1, 'x')")
        .bind(&b"damaged"[..])
        .execute(tx.connection())
        .await
        .unwrap();
    revision::bump(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(revoked_under(&control, &document).await.1, disabled());
}
