use proto::v1::{
    DeleteRecordsRequest, DeleteRecordsResponse, GetRecordsRequest, GetRecordsResponse, PutRecordsRequest,
    PutRecordsResponse, StoredRecord, response_store_service_server::ResponseStoreService,
};
use tonic::{Request, Response, Status};

use crate::{
    clock::now_ms,
    store::{Store, StoreError, stored_response},
};

/// SHA-256.
const KEY_BYTES: usize = 32;
/// Records of one call: an answer and its items.
const MOST_RECORDS: usize = 1024;
/// A record holds a conversation of at most 16 MiB, and the items of its last answer again.
pub(crate) const MAX_MESSAGE: usize = 48 * 1024 * 1024;
/// Longer than any time to live that can be configured.
const LONGEST_MS: u64 = 10 * 366 * 86_400_000;

/// Keeps sealed records for routers.
#[derive(Clone)]
pub(crate) struct Records {
    store: Store,
}

impl Records {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    async fn put_all(&self, records: &[StoredRecord], expires_ms: i64) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        for record in records {
            stored_response::put(&mut tx, &record.key, &record.sealed, expires_ms).await?;
        }
        tx.commit().await
    }

    async fn get_all(&self, keys: Vec<Vec<u8>>, now_ms: i64) -> Result<GetRecordsResponse, StoreError> {
        let mut records = Vec::new();
        for key in keys {
            let sealed = stored_response::get(self.store.read(), &key, now_ms).await?;
            records.extend(sealed.map(|sealed| StoredRecord { key, sealed }));
        }
        Ok(GetRecordsResponse { records })
    }

    async fn delete_all(&self, keys: &[Vec<u8>], now_ms: i64) -> Result<DeleteRecordsResponse, StoreError> {
        let mut tx = self.store.write().await?;
        let mut deleted = 0;
        for key in keys {
            deleted += u64::from(stored_response::delete(&mut tx, key, now_ms).await?);
        }
        tx.commit().await?;
        Ok(DeleteRecordsResponse { deleted })
    }
}

#[tonic::async_trait]
impl ResponseStoreService for Records {
    async fn put(&self, request: Request<PutRecordsRequest>) -> Result<Response<PutRecordsResponse>, Status> {
        let PutRecordsRequest { records, ttl_ms } = request.into_inner();
        check(records.iter().map(|it| it.key.as_slice()))?;
        if !(1..=LONGEST_MS).contains(&ttl_ms) {
            return Err(Status::invalid_argument("records are kept for 1 ms to ten years"));
        }
        let expires_ms = now_ms().saturating_add_unsigned(ttl_ms);
        self.put_all(&records, expires_ms).await.map_err(|error| unavailable(&error))?;
        Ok(Response::new(PutRecordsResponse {}))
    }

    async fn get(&self, request: Request<GetRecordsRequest>) -> Result<Response<GetRecordsResponse>, Status> {
        let keys = request.into_inner().keys;
        check(keys.iter().map(Vec::as_slice))?;
        self.get_all(keys, now_ms()).await.map(Response::new).map_err(|error| unavailable(&error))
    }

    async fn delete(&self, request: Request<DeleteRecordsRequest>) -> Result<Response<DeleteRecordsResponse>, Status> {
        let keys = request.into_inner().keys;
        check(keys.iter().map(Vec::as_slice))?;
        self.delete_all(&keys, now_ms()).await.map(Response::new).map_err(|error| unavailable(&error))
    }
}

fn check<'a>(keys: impl ExactSizeIterator<Item = &'a [u8]>) -> Result<(), Status> {
    if keys.len() > MOST_RECORDS {
        return Err(Status::invalid_argument(format!("a call is about at most {MOST_RECORDS} records")));
    }
    for key in keys {
        if key.len() != KEY_BYTES {
            return Err(Status::invalid_argument("a record's key is a digest of 32 bytes"));
        }
    }
    Ok(())
}

fn unavailable(error: &StoreError) -> Status {
    tracing::error!(%error, "stored responses cannot be reached");
    Status::unavailable("the control plane's database is unavailable; try again later")
}
