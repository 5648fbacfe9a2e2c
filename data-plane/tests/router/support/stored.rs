use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use proto::v1::response_store_service_server::ResponseStoreService;
use proto::v1::{
    DeleteRecordsRequest, DeleteRecordsResponse, GetRecordsRequest, GetRecordsResponse, PutRecordsRequest,
    PutRecordsResponse, StoredRecord,
};
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// What a control plane keeps for routers, in memory.
#[derive(Clone)]
pub struct StoredRecords {
    records: Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>,
    state: watch::Sender<StoreState>,
}

/// How the store answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
    Works,
    /// It refuses everything.
    Away,
    /// It answers once it works again.
    Waits,
}

impl Default for StoredRecords {
    fn default() -> Self {
        Self { records: Arc::default(), state: watch::Sender::new(StoreState::Works) }
    }
}

impl StoredRecords {
    pub fn set(&self, state: StoreState) {
        self.state.send_replace(state);
    }

    /// Everything that is kept, as it is kept.
    pub fn all(&self) -> Vec<Vec<u8>> {
        self.records.lock().unwrap().values().cloned().collect()
    }

    async fn ready(&self) -> Result<(), Status> {
        let mut state = self.state.subscribe();
        let state = *state.wait_for(|it| *it != StoreState::Waits).await.unwrap();
        if state == StoreState::Away { Err(Status::unavailable("the database is away")) } else { Ok(()) }
    }
}

#[tonic::async_trait]
impl ResponseStoreService for StoredRecords {
    async fn put(&self, request: Request<PutRecordsRequest>) -> Result<Response<PutRecordsResponse>, Status> {
        self.ready().await?;
        let records = request.into_inner().records.into_iter().map(|it| (it.key, it.sealed));
        self.records.lock().unwrap().extend(records);
        Ok(Response::new(PutRecordsResponse {}))
    }

    async fn get(&self, request: Request<GetRecordsRequest>) -> Result<Response<GetRecordsResponse>, Status> {
        self.ready().await?;
        let kept = self.records.lock().unwrap();
        let found = request.into_inner().keys.into_iter().filter_map(|key| {
            let sealed = kept.get(&key)?.clone();
            Some(StoredRecord { key, sealed })
        });
        Ok(Response::new(GetRecordsResponse { records: found.collect() }))
    }

    async fn delete(&self, request: Request<DeleteRecordsRequest>) -> Result<Response<DeleteRecordsResponse>, Status> {
        self.ready().await?;
        let mut kept = self.records.lock().unwrap();
        let deleted = request.into_inner().keys.iter().filter(|it| kept.remove(*it).is_some()).count() as u64;
        Ok(Response::new(DeleteRecordsResponse { deleted }))
    }
}
