use control_plane::{clock::now_ms, store::stored_response};
use proto::v1::{
    DeleteRecordsRequest, GetRecordsRequest, PutRecordsRequest, StoredRecord,
    response_store_service_client::ResponseStoreServiceClient,
};
use tonic::Code;

use crate::{
    database::Database,
    server::{Router, Server},
};

on_both_engines!(
    records_come_back_until_they_expire,
    expired_records_are_removed_in_batches,
    routers_share_what_they_keep,
    nonsense_and_strangers_are_refused,
    a_put_is_whole_or_nothing,
);

fn key(number: u8) -> Vec<u8> {
    vec![number; 32]
}

fn record(number: u8, sealed: &[u8]) -> StoredRecord {
    StoredRecord { key: key(number), sealed: sealed.to_vec() }
}

async fn records_come_back_until_they_expire(db: &Database) {
    let all_bytes: Vec<u8> = (0..=255).collect();
    let mut tx = db.write().await;
    stored_response::put(&mut tx, &key(1), b"old", 1_000).await.unwrap();
    stored_response::put(&mut tx, &key(1), &all_bytes, 2_000).await.unwrap();
    stored_response::put(&mut tx, &key(2), b"", 2_000).await.unwrap();
    tx.commit().await.unwrap();
    let get = async |number, now| stored_response::get(db.store.read(), &key(number), now).await.unwrap();
    assert_eq!(get(1, 1_999).await, Some(all_bytes));
    assert_eq!(get(2, 0).await, Some(Vec::new()));
    assert_eq!((get(1, 2_000).await, get(3, 0).await), (None, None));
    let mut tx = db.write().await;
    assert!(!stored_response::delete(&mut tx, &key(2), 2_000).await.unwrap(), "it has expired");
    assert!(stored_response::delete(&mut tx, &key(1), 1_999).await.unwrap());
    assert!(!stored_response::delete(&mut tx, &key(1), 1_999).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(get(1, 0).await, None);
}

async fn expired_records_are_removed_in_batches(db: &Database) {
    let mut tx = db.write().await;
    for number in 0..10 {
        stored_response::put(&mut tx, &key(number), b"x", i64::from(number)).await.unwrap();
    }
    tx.commit().await.unwrap();
    for removed in [4, 3, 0] {
        let mut tx = db.write().await;
        assert_eq!(stored_response::expire(&mut tx, 6, 4).await.unwrap(), removed);
        tx.commit().await.unwrap();
    }
    assert_eq!(db.number("select cast(count(*) as bigint) from stored_responses").await, 3);
    assert_eq!(db.number("select cast(min(expires_ms) as bigint) from stored_responses").await, 7);
}

fn client(router: &Router) -> ResponseStoreServiceClient<tonic::transport::Channel> {
    ResponseStoreServiceClient::new(router.channel.clone()).max_decoding_message_size(64 * 1024 * 1024)
}

async fn get(router: &Router, keys: &[u8]) -> Vec<StoredRecord> {
    let request = GetRecordsRequest { keys: keys.iter().map(|it| key(*it)).collect() };
    client(router).get(router.authorised(request)).await.unwrap().into_inner().records
}

async fn put(router: &Router, records: Vec<StoredRecord>, ttl_ms: u64) -> Result<(), tonic::Status> {
    client(router).put(router.authorised(PutRecordsRequest { records, ttl_ms })).await.map(drop)
}

async fn routers_share_what_they_keep(db: &Database) {
    let server = Server::start(db).await;
    let (one, other) = (server.router().await, server.router().await);
    let large = vec![7; 20 * 1024 * 1024];
    put(&one, vec![record(1, b"one"), record(2, &large)], 60_000).await.unwrap();
    let mut found = get(&other, &[1, 2, 3]).await;
    found.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(found, [record(1, b"one"), record(2, &large)]);
    let kept = db.number("select cast(min(expires_ms) as bigint) from stored_responses").await - now_ms();
    assert!((50_000..=60_000).contains(&kept), "{kept}");
    let delete = DeleteRecordsRequest { keys: vec![key(2), key(3)] };
    assert_eq!(client(&other).delete(other.authorised(delete)).await.unwrap().into_inner().deleted, 1);
    assert_eq!(get(&one, &[1, 2]).await, [record(1, b"one")]);
    put(&one, vec![record(4, b"brief")], 50).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(80)).await;
    assert!(get(&other, &[4]).await.is_empty());
    server.stop().await;
}

async fn nonsense_and_strangers_are_refused(db: &Database) {
    let server = Server::start(db).await;
    let router = server.router().await;
    let short = StoredRecord { key: vec![1; 31], sealed: Vec::new() };
    for (records, ttl_ms) in [
        (vec![short], 1_000),
        (vec![record(1, b"x")], 0),
        (vec![record(1, b"x")], u64::MAX),
        (vec![record(1, b"x"); 1025], 1),
    ] {
        assert_eq!(put(&router, records, ttl_ms).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let keys = GetRecordsRequest { keys: vec![Vec::new()] };
    assert_eq!(client(&router).get(router.authorised(keys)).await.unwrap_err().code(), Code::InvalidArgument);
    let stranger = client(&router).get(GetRecordsRequest { keys: vec![key(1)] }).await.unwrap_err();
    assert_eq!(stranger.code(), Code::Unauthenticated);
    server.revoke(&router.node_id).await;
    let revoked = put(&router, vec![record(1, b"x")], 1_000).await.unwrap_err();
    assert_eq!(revoked.code(), Code::PermissionDenied);
    assert_eq!(db.number("select cast(count(*) as bigint) from stored_responses").await, 0);
    server.stop().await;
}

async fn a_put_is_whole_or_nothing(db: &Database) {
    let mut tx = db.write().await;
    stored_response::put(&mut tx, &key(1), b"x", i64::MAX).await.unwrap();
    drop(tx);
    assert_eq!(stored_response::get(db.store.read(), &key(1), 0).await.unwrap(), None);
}
