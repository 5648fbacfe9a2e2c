use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use prost::Message;
use proto::v1::config_service_server::{ConfigService, ConfigServiceServer};
use proto::v1::enrolment_service_server::{EnrolmentService, EnrolmentServiceServer};
use proto::v1::response_store_service_server::ResponseStoreServiceServer;
use proto::v1::usage_service_server::{UsageService, UsageServiceServer};
use proto::v1::{
    EnrolRequest, EnrolResponse, Push, Resource, Snapshot, SubscribeRequest, UsageAck, UsageBatch, UsageEvent, push,
};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::transport::Server;
use tonic::{Code, Request, Response, Status, Streaming};

use super::StoredRecords;

/// A control plane that pushes what it is told and keeps every usage event.
#[derive(Clone)]
pub struct ControlPlane {
    pub address: SocketAddr,
    events: Arc<Mutex<Vec<UsageEvent>>>,
    pushes: watch::Sender<Option<Snapshot>>,
    /// It acknowledges no usage event.
    deaf: Arc<AtomicBool>,
    /// Why it does not serve the node.
    refusal: watch::Sender<Option<Code>>,
    pub stored: StoredRecords,
}

impl ControlPlane {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let this = Self {
            address,
            events: Arc::default(),
            pushes: watch::Sender::new(None),
            deaf: Arc::default(),
            refusal: watch::Sender::new(None),
            stored: StoredRecords::default(),
        };
        let server = Server::builder()
            .add_service(EnrolmentServiceServer::new(this.clone()))
            .add_service(ConfigServiceServer::new(this.clone()))
            .add_service(UsageServiceServer::new(this.clone()))
            .add_service(
                ResponseStoreServiceServer::new(this.stored.clone())
                    .max_decoding_message_size(proto::MAX_MESSAGE_BYTES)
                    .max_encoding_message_size(proto::MAX_MESSAGE_BYTES),
            );
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        this
    }

    /// Publishes a configuration.
    pub fn push(&self, version: u64, resources: Vec<Resource>) {
        let hash = proto::snapshot_hash(&resources);
        self.pushes.send_replace(Some(Snapshot { version, hash, created_ms: 1_700_000_000_000, resources }));
    }

    /// From now on no usage event is acknowledged.
    pub fn stop_listening(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }

    /// From now on the node is, or is not, revoked.
    pub fn revoke(&self, revoked: bool) {
        self.refusal.send_replace(revoked.then_some(Code::PermissionDenied));
    }

    /// From now on it cannot be reached, or can.
    pub fn leave(&self, away: bool) {
        self.refusal.send_replace(away.then_some(Code::Unavailable));
    }

    pub fn events(&self) -> Vec<UsageEvent> {
        self.events.lock().unwrap().clone()
    }
}

#[tonic::async_trait]
impl EnrolmentService for ControlPlane {
    async fn enrol(&self, _: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        Ok(Response::new(EnrolResponse { node_id: "node-1".to_owned(), credential: "srn_test".to_owned() }))
    }
}

#[tonic::async_trait]
impl ConfigService for ControlPlane {
    type SubscribeStream = ReceiverStream<Result<Push, Status>>;

    async fn subscribe(
        &self,
        _: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let refusal = |code: Code| Status::new(code, "it does not serve this node");
        if let Some(code) = *self.refusal.borrow() {
            return Err(refusal(code));
        }
        let (sender, receiver) = mpsc::channel(8);
        let mut pushes = self.pushes.subscribe();
        let mut refusing = self.refusal.subscribe();
        tokio::spawn(async move {
            loop {
                let snapshot = pushes.borrow_and_update().clone();
                if let Some(snapshot) = snapshot {
                    let nonce = snapshot.version.to_string();
                    let push = Push { nonce, content: Some(push::Content::Full(snapshot)) };
                    if sender.send(Ok(push)).await.is_err() {
                        return;
                    }
                }
                tokio::select! {
                    changed = pushes.changed() => if changed.is_err() { return },
                    _ = refusing.changed() => {
                        let code = refusing.borrow().unwrap_or(Code::Unavailable);
                        return drop(sender.send(Err(refusal(code))).await);
                    }
                    () = sender.closed() => return,
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

#[tonic::async_trait]
impl UsageService for ControlPlane {
    type ReportStream = ReceiverStream<Result<UsageAck, Status>>;

    async fn report(&self, request: Request<Streaming<UsageBatch>>) -> Result<Response<Self::ReportStream>, Status> {
        let mut batches = request.into_inner();
        let (sender, receiver) = mpsc::channel(8);
        let (events, deaf) = (Arc::clone(&self.events), Arc::clone(&self.deaf));
        tokio::spawn(async move {
            while let Ok(Some(batch)) = batches.message().await {
                if deaf.load(Ordering::SeqCst) {
                    continue;
                }
                let decoded: Vec<_> = batch.events.into_iter().map(|it| UsageEvent::decode(it).unwrap()).collect();
                let committed_sequence = decoded.last().map_or(0, |it| it.sequence);
                events.lock().unwrap().extend(decoded);
                if sender.send(Ok(UsageAck { epoch: batch.epoch, committed_sequence })).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
