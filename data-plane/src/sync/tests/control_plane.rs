//! A control plane that says what it is told to.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proto::v1::config_service_server::{ConfigService, ConfigServiceServer};
use proto::v1::enrolment_service_server::{EnrolmentService, EnrolmentServiceServer};
use proto::v1::subscribe_request::Message;
use proto::v1::{EnrolRequest, EnrolResponse, Push, SubscribeRequest, push::Content};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status, Streaming};

use crate::sync::fixtures::ServerRuntime;
use crate::sync::{Sync, SyncError, SyncOptions};

/// A guard against hanging, not a bound on how fast something is.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

pub(super) const JOIN_TOKEN: &str = "srj_join";
type Pushes = mpsc::Sender<Result<Push, Status>>;

#[derive(Clone)]
pub(super) struct ControlPlane {
    joined: Arc<AtomicBool>,
    pub revoked: Arc<AtomicBool>,
    stream: Arc<Mutex<Option<Pushes>>>,
    heard: mpsc::Sender<Message>,
}

/// What routers say, in order.
pub(super) struct Heard(mpsc::Receiver<Message>);

impl Heard {
    pub(super) async fn next(&mut self) -> Message {
        tokio::time::timeout(PATIENCE, self.0.recv()).await.expect("the router says nothing").unwrap()
    }
}

impl ControlPlane {
    pub(super) fn new() -> (Self, Heard) {
        let (heard, hear) = mpsc::channel(64);
        let (joined, revoked, stream) = Default::default();
        (Self { joined, revoked, stream, heard }, Heard(hear))
    }

    pub(super) fn router(&self, mut server: tonic::transport::Server) -> tonic::transport::server::Router {
        server
            .add_service(EnrolmentServiceServer::new(self.clone()))
            .add_service(ConfigServiceServer::new(self.clone()).send_compressed(CompressionEncoding::Gzip))
    }

    pub(super) fn start(&self, at: Option<SocketAddr>) -> ServerRuntime {
        ServerRuntime::start(at, self.router(tonic::transport::Server::builder()))
    }

    pub(super) fn push(&self, nonce: &str, content: Content) {
        self.send(Ok(Push { nonce: nonce.to_owned(), content: Some(content) }));
    }

    pub(super) fn send(&self, push: Result<Push, Status>) {
        self.stream.lock().unwrap().as_ref().unwrap().try_send(push).unwrap();
    }

    /// Ends the subscription.
    pub(super) fn close(&self) {
        *self.stream.lock().unwrap() = None;
    }
}

#[tonic::async_trait]
impl EnrolmentService for ControlPlane {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        if request.into_inner().join_token != JOIN_TOKEN || self.joined.swap(true, Ordering::SeqCst) {
            return Err(Status::unauthenticated("unknown, used or expired"));
        }
        Ok(Response::new(EnrolResponse { node_id: "node-1".to_owned(), credential: "srn_secret".to_owned() }))
    }
}

#[tonic::async_trait]
impl ConfigService for ControlPlane {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<Push, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let known = request.metadata().get("authorization").is_some_and(|it| it == "Bearer srn_secret");
        if !known || self.revoked.load(Ordering::SeqCst) {
            return Err(Status::unauthenticated("a node credential is needed"));
        }
        let (pushes, stream) = mpsc::channel(64);
        *self.stream.lock().unwrap() = Some(pushes);
        let (mut requests, heard) = (request.into_inner(), self.heard.clone());
        tokio::spawn(async move {
            while let Ok(Some(SubscribeRequest { message: Some(message) })) = requests.message().await {
                drop(heard.send(message).await);
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

/// A router that has nothing to prepare before a snapshot serves.
pub(super) async fn start(options: SyncOptions) -> Result<Sync, SyncError> {
    Sync::start(options, Box::new(|_| Box::pin(async {}))).await
}
