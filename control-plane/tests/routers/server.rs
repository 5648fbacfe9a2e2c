//! A gRPC server over a database, and routers that talk to it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use control_plane::{
    Environment,
    clock::now_ms,
    grpc::{Services, serve},
    ingest::Ingest,
    manage::{Control, config},
    publish::Publisher,
    secrets::{KeyFiles, MasterKey, mint},
    store::{join_token, node},
};
use control_plane_core::{Secret, node::JoinTokenRecord, token::TokenKind};
use listener::{Caps, Door};
use proto::v1::{
    Ack, EnrolRequest, Gap, Hello, Nack, Push, ResourceError, SubscribeRequest, UsageAck, UsageBatch,
    config_service_client::ConfigServiceClient, enrolment_service_client::EnrolmentServiceClient,
    subscribe_request::Message, usage_service_client::UsageServiceClient,
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status, Streaming, transport::Channel};

use crate::database::Database;

/// A guard against hanging, not a bound on how fast something is.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Server {
    pub address: SocketAddr,
    pub control: Control,
    pub publisher: Publisher,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    pub async fn start(database: &Database) -> Self {
        Self::start_with_key(database, "sk-planted").await
    }

    pub async fn start_with_key(database: &Database, openai_api_key: &str) -> Self {
        Self::start_with(Self::control(database, openai_api_key)).await
    }

    pub async fn start_with(control: Control) -> Self {
        let stop = CancellationToken::new();
        let (publisher, publishing) = Publisher::start(control.clone(), stop.clone());
        let (ingest, writing) = Ingest::start(control.store.clone(), Arc::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let services = Services { store: control.store.clone(), publisher: publisher.clone(), ingest };
        let until = stop.clone();
        let door = Door::new(listener, Caps::of(1024), None, "credentials");
        let serving = tokio::spawn(async move { serve(door, services, until).await.unwrap() });
        Self { address, control, publisher, stop, tasks: vec![publishing, writing, serving] }
    }

    pub fn control(database: &Database, openai_api_key: &str) -> Control {
        Control {
            store: database.store.clone(),
            master_key: Arc::new(
                MasterKey::load(
                    Some(&Secret::new("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into())),
                    None,
                    None,
                    true,
                )
                .unwrap(),
            ),
            environment: Environment::table([("OPENAI_API_KEY", openai_api_key)]),
            key_files: KeyFiles::default(),
            private_dir: None,
            documents: control_plane::manage::Documents::default(),
            config_mode: control_plane::ConfigMode::default(),
        }
    }

    /// Stops, and fails when something does not.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
        }
    }

    pub async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub async fn apply(&self, yaml: &str) -> u64 {
        let new = config::Apply { text: yaml, comment: "", expected_version: None, file: None, force: false };
        match config::apply(&self.control, config::Author::SYSTEM, &new).await {
            Ok(applied) => applied.version,
            Err(error) => panic!("{error}"),
        }
    }

    pub async fn join_token(&self, lives_ms: i64) -> String {
        let new = mint(TokenKind::Join);
        let created_ms = now_ms();
        let record = JoinTokenRecord {
            id: new.id,
            digest: new.digest,
            created_ms,
            expires_ms: created_ms + lives_ms,
            used_ms: None,
            uses: 1,
            used: 0,
        };
        let mut tx = self.control.store.write().await.unwrap();
        join_token::insert(&mut tx, &record).await.unwrap();
        tx.commit().await.unwrap();
        new.text.expose().to_owned()
    }

    pub async fn enrol(&self, join_token: &str) -> Result<Router, Status> {
        let request = EnrolRequest {
            join_token: join_token.to_owned(),
            region: "eu".into(),
            build: "1.2.3".into(),
            name: "router\n1".into(),
        };
        let channel = self.channel().await;
        let enrolled = EnrolmentServiceClient::new(channel.clone()).enrol(request).await?.into_inner();
        Ok(Router { channel, node_id: enrolled.node_id, credential: enrolled.credential, proof: None, instance: "" })
    }

    pub async fn router(&self) -> Router {
        let token = self.join_token(60_000).await;
        self.enrol(&token).await.unwrap()
    }

    /// What the table says of a router.
    pub async fn node(&self, id: &str) -> node::Node {
        node::list(self.control.store.read()).await.unwrap().into_iter().find(|node| node.id == id).unwrap()
    }

    /// Waits until the table says what is awaited.
    pub async fn node_until(&self, id: &str, awaited: impl Fn(&node::Node) -> bool) -> node::Node {
        let polls = async {
            loop {
                let node = self.node(id).await;
                if awaited(&node) {
                    return node;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let Ok(node) = tokio::time::timeout(PATIENCE, polls).await else {
            panic!("the table never said so: {:?}", self.node(id).await)
        };
        node
    }

    pub async fn revoke(&self, id: &str) {
        let mut tx = self.control.store.write().await.unwrap();
        assert!(node::revoke(&mut tx, id, now_ms()).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[derive(Clone)]
pub struct Router {
    pub channel: Channel,
    pub node_id: String,
    pub credential: String,
    /// What proves that it has the node's key; `None`: it has none.
    pub proof: Option<String>,
    /// What it calls its process; empty: nothing.
    pub instance: &'static str,
}

/// An open configuration stream.
pub struct Subscription {
    pub requests: mpsc::Sender<SubscribeRequest>,
    pub pushes: Streaming<Push>,
    /// Callers are to be sent elsewhere.
    pub drained: bool,
    pub rotate: bool,
}

/// An open usage stream.
pub struct Report {
    pub batches: mpsc::Sender<UsageBatch>,
    pub acks: Streaming<UsageAck>,
}

impl Router {
    pub fn authorised<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", format!("Bearer {}", self.credential).parse().unwrap());
        if let Some(proof) = &self.proof {
            request.metadata_mut().insert("x-node-proof", proof.parse().unwrap());
        }
        if !self.instance.is_empty() {
            request.metadata_mut().insert("x-node-instance", self.instance.parse().unwrap());
        }
        request
    }

    pub async fn subscribe(&self, held_version: u64, held_hash: Vec<u8>) -> Result<Subscription, Status> {
        let hello = Hello {
            node_id: self.node_id.clone(),
            region: "eu-west".into(),
            build: "1.2.4".into(),
            held_version,
            held_hash,
            ..Hello::default()
        };
        self.converse(SubscribeRequest { message: Some(Message::Hello(hello)) }).await
    }

    /// A configuration stream that begins with this.
    pub async fn converse(&self, first: SubscribeRequest) -> Result<Subscription, Status> {
        let (requests, receiver) = mpsc::channel(8);
        requests.send(first).await.unwrap();
        let mut client =
            ConfigServiceClient::new(self.channel.clone()).accept_compressed(tonic::codec::CompressionEncoding::Gzip);
        let subscribed = client.subscribe(self.authorised(ReceiverStream::new(receiver))).await?;
        let drained = subscribed.metadata().get("x-node-drained").is_some_and(|it| it == "true");
        let rotate = subscribed.metadata().get("x-node-rotate").is_some_and(|it| it == "true");
        Ok(Subscription { requests, pushes: subscribed.into_inner(), drained, rotate })
    }

    pub async fn report(&self) -> Result<Report, Status> {
        let (batches, receiver) = mpsc::channel(8);
        let mut client = UsageServiceClient::new(self.channel.clone());
        let acks = client.report(self.authorised(ReceiverStream::new(receiver))).await?.into_inner();
        Ok(Report { batches, acks })
    }
}

impl Subscription {
    /// The next push.
    pub async fn next(&mut self) -> Result<Push, Status> {
        tokio::time::timeout(PATIENCE, self.pushes.message()).await.unwrap().map(Option::unwrap)
    }

    /// Nothing is pushed for a while.
    pub async fn silent(&mut self) {
        let quiet = tokio::time::timeout(Duration::from_millis(700), self.pushes.message()).await;
        assert!(quiet.is_err(), "{quiet:?}");
    }

    pub async fn ack(&self, push: &Push) {
        self.ack_with(push, Vec::new()).await;
    }

    pub async fn ack_with(&self, push: &Push, gaps: Vec<Gap>) {
        let ack = Ack { nonce: push.nonce.clone(), version: 0, gaps };
        self.requests.send(SubscribeRequest { message: Some(Message::Ack(ack)) }).await.unwrap();
    }

    pub async fn nack(&self, push: &Push, resource: &str, message: &str) {
        let errors = vec![ResourceError { resource: resource.into(), message: message.into() }];
        let nack = Nack { nonce: push.nonce.clone(), version: 0, errors };
        self.requests.send(SubscribeRequest { message: Some(Message::Nack(nack)) }).await.unwrap();
    }
}
