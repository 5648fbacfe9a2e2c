use std::{pin::Pin, sync::Arc, time::Duration};

use control_plane_core::node::CREDENTIAL_AGE_MS;
use proto::v1::{
    Hello, Nack, Push, SubscribeRequest, config_service_server::ConfigService, subscribe_request::Message,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    task::spawn_blocking,
};
use tokio_stream::{Stream as FutureStream, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataValue};
use uuid::Uuid;

use super::{
    conversation::Conversation,
    frames::Frames,
    node_auth::{CallingNode, replaced, revoked},
    revocation::Revocations,
    sightings::{Sightings, Stream},
    words,
};
use crate::{
    clock,
    publish::{Published, Publisher},
    store::{
        Store,
        node::{ClosedTokens, Gap, Rejection, ResourceError, Sighting, rotation},
    },
};

/// How long a router may take to say hello, and to answer a push.
const PATIENCE: Duration = Duration::from_secs(30);
/// Whole snapshots that are on their way at the same time: more would only fill buffers of the operating system, and keep
/// changes waiting behind them.
pub(super) const WHOLE_AT_ONCE: usize = 16;
/// How long a router may take to read why its stream ends.
pub(super) const PARTING: Duration = Duration::from_millis(500);
/// Errors of one rejection that are kept.
const MOST_ERRORS: usize = 50;
/// Problems of a router that are kept.
#[cfg(not(feature = "frozen-contract"))]
const MOST_PROBLEMS: usize = 20;
/// Gaps of one snapshot that are kept: as many as routers name, and that there are more.
const MOST_GAPS: usize = 101;

/// Pushes snapshots to routers.
#[derive(Clone)]
pub(super) struct Subscriptions {
    pub store: Store,
    pub publisher: Publisher,
    pub sightings: Sightings,
    pub revocations: Revocations,
    /// Turns of whole snapshots.
    pub whole: Arc<Semaphore>,
    pub stop: CancellationToken,
}

#[tonic::async_trait]
impl ConfigService for Subscriptions {
    type SubscribeStream = Pin<Box<dyn FutureStream<Item = Result<Push, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let caller = caller(&request)?;
        let frames = request.extensions().get::<Frames>().cloned();
        let instance = request.metadata().get("x-node-instance").and_then(|it| it.to_str().ok());
        let instance = words::clean(instance.unwrap_or_default());
        let frames = frames.ok_or_else(|| Status::internal("the call has nowhere to push to"))?;
        // Pushes leave as frames; what is said here is why the stream ends.
        let (ending, receiver) = mpsc::channel(1);
        let (subscriptions, mut revocations) = (self.clone(), self.revocations.clone());
        let (mut drains, mut rotations, mut replacements) =
            (self.revocations.clone(), self.revocations.clone(), self.revocations.clone());
        let rotate = self.is_to_rotate(&caller.id).await;
        let drained = drains.is_drained(&caller.id);
        let mut response = Response::new(Box::pin(ReceiverStream::new(receiver)) as Self::SubscribeStream);
        response
            .metadata_mut()
            .insert("x-node-drained", MetadataValue::from_static(if drained { "true" } else { "false" }));
        if cfg!(not(feature = "frozen-contract")) {
            response.metadata_mut().insert("x-node-reports", MetadataValue::from_static("true"));
        }
        if rotate && cfg!(not(feature = "frozen-contract")) {
            response.metadata_mut().insert("x-node-rotate", MetadataValue::from_static("true"));
        }
        let mut requests = request.into_inner();
        tokio::spawn(async move {
            let status = tokio::select! {
                status = converse(&subscriptions, &caller.id, instance, &mut requests, &frames) => status,
                () = revocations.of(&caller.id) => Err(revoked()),
                // It comes back at once, and is told then.
                () = drains.drained_otherwise(&caller.id, drained) => Err(Status::aborted("there is news for this node")),
                () = rotations.asked_to_rotate(&caller, rotate) => Err(Status::aborted("there is news for this node")),
                () = replacements.replaced(&caller) => Err(replaced()),
                () = subscriptions.stop.cancelled() => Err(Status::unavailable("the control plane is stopping")),
                () = ending.closed() => Ok(()),
            };
            if let Err(status) = status {
                tracing::info!(node = caller.id, reason = status.message(), "a configuration stream has ended");
                // A router that does not read is not told: its stream ends all the same.
                let _ = ending.send_timeout(Err(status), PARTING).await;
            }
        });
        Ok(response)
    }
}

impl Subscriptions {
    /// Whether a router is to replace its credential: as the database has it, because a look from before its last rotation would have
    /// it do so again. Nobody waits for that while the database is away.
    async fn is_to_rotate(&self, node: &str) -> bool {
        let found = rotation::rotation_of(self.store.read(), node, clock::now_ms() - CREDENTIAL_AGE_MS).await;
        found.is_ok_and(|it| it.is_some_and(|it| it.due))
    }
}

/// The router that a request comes from, as [`super::node_auth`] found it.
pub(super) fn caller<T>(request: &Request<T>) -> Result<CallingNode, Status> {
    request.extensions().get::<CallingNode>().cloned().ok_or_else(|| Status::internal("the call was not authenticated"))
}

async fn converse(
    subscriptions: &Subscriptions,
    node: &str,
    instance: String,
    requests: &mut Streaming<SubscribeRequest>,
    frames: &Frames,
) -> Result<(), Status> {
    let Some(hello) = hello(requests).await? else { return Ok(()) };
    if hello.node_id != node {
        return Err(Status::permission_denied("the hello names another node than the credential"));
    }
    let published = subscriptions.publisher.standing().version;
    let stream = subscriptions.sightings.open(Sighting { instance, ..sighting(&hello, published) });
    tracing::info!(node, held_version = hello.held_version, "a router has connected");
    let mut conversation = Conversation::new(hello.held_version, hello.held_hash);
    let mut snapshots = subscriptions.publisher.subscribe();
    let mut turn = None;
    loop {
        if !conversation.waits() {
            drop(turn.take());
        }
        turn = turn.or(push_newest(&mut conversation, &mut snapshots, &subscriptions.whole, node, frames).await?);
        let message = tokio::select! {
            // While a push waits for its answer, newer ones can wait: the newest is sent then.
            _ = snapshots.changed(), if !conversation.waits() => continue,
            message = requests.message() => message?,
            () = tokio::time::sleep(PATIENCE), if conversation.waits() => {
                return Err(Status::deadline_exceeded("a push was not answered within 30 s"));
            }
        };
        match message.map(|request| request.message) {
            None => return Ok(()),
            Some(Some(Message::Ack(ack))) => {
                let version = conversation.acked(&ack.nonce).map_err(unexpected)?;
                let gaps = gaps(ack.gaps);
                for Gap { resource, message, closes } in &gaps {
                    tracing::warn!(node, version, resource, ?closes, "a router does not understand: {message}");
                }
                stream.acked(version, gaps);
            }
            Some(Some(Message::Nack(nack))) => refused(&mut conversation, &stream, node, &nack)?,
            #[cfg(not(feature = "frozen-contract"))]
            Some(Some(Message::Report(report))) => {
                let problems = report.problems.iter().take(MOST_PROBLEMS).map(|it| words::clean(it)).collect();
                stream.reported(problems, report.unsent_events);
            }
            Some(Some(Message::Hello(_)) | None) => {
                return Err(Status::invalid_argument("after the hello, only answers to pushes are understood"));
            }
        }
    }
}

async fn hello(requests: &mut Streaming<SubscribeRequest>) -> Result<Option<Hello>, Status> {
    let first = tokio::time::timeout(PATIENCE, requests.message())
        .await
        .map_err(|_| Status::deadline_exceeded("no hello within 30 s"))??;
    match first.map(|request| request.message) {
        None => Ok(None),
        Some(Some(Message::Hello(hello))) => Ok(Some(hello)),
        Some(_) => Err(Status::invalid_argument("a stream begins with a hello")),
    }
}

/// Pushes what is new, if anything is. A whole snapshot waits for its turn, which lasts until it is answered.
async fn push_newest(
    conversation: &mut Conversation,
    snapshots: &mut watch::Receiver<Option<Arc<Published>>>,
    whole: &Arc<Semaphore>,
    node: &str,
    frames: &Frames,
) -> Result<Option<OwnedSemaphorePermit>, Status> {
    let newest = snapshots.borrow_and_update().clone();
    let Some(mut newest) = newest else { return Ok(None) };
    let mut turn = None;
    if conversation.needs_whole(&newest) {
        turn = Arc::clone(whole).acquire_owned().await.ok();
        // It may have taken a while.
        let newer = snapshots.borrow_and_update().clone();
        newest = newer.unwrap_or(newest);
        // The first that asks encodes it, which takes its time.
        let (made, form) = (Arc::clone(&newest), frames.form);
        drop(spawn_blocking(move || made.whole_frame(form)).await);
    }
    if newest.version() < conversation.held_version() {
        tracing::warn!(
            node,
            held_version = conversation.held_version(),
            newest_version = newest.version(),
            "a router holds a newer configuration than this database: a replica that lags behind, or a restored backup"
        );
    }
    let next = conversation.next(&newest, frames.form);
    let Some(frame) = next.map_err(|error| Status::out_of_range(error.to_string()))? else { return Ok(None) };
    frames.sender.send(frame).await.map_err(|_| Status::cancelled("the router has gone"))?;
    Ok(turn)
}

fn refused(conversation: &mut Conversation, stream: &Stream, node: &str, nack: &Nack) -> Result<(), Status> {
    let errors: Vec<ResourceError> = nack
        .errors
        .iter()
        .take(MOST_ERRORS)
        .map(|error| ResourceError { resource: words::clean(&error.resource), message: words::clean(&error.message) })
        .collect();
    let first = errors.first().map(|error| format!("{}: {}", error.resource, error.message)).unwrap_or_default();
    let Some(version) = conversation.nacked(nack).map_err(unexpected)? else {
        tracing::warn!(node, error = first, "a delta did not fit what the router holds; the whole snapshot follows");
        return Ok(());
    };
    tracing::warn!(node, version, errors = nack.errors.len(), error = first, "a router refused a snapshot");
    stream.nacked(Rejection { version, at_ms: clock::now_ms(), errors });
    Ok(())
}

/// A router's words, as many as are kept.
fn gaps(said: Vec<proto::v1::Gap>) -> Vec<Gap> {
    let clean = |said: proto::v1::Gap| Gap {
        resource: words::clean(&said.resource),
        message: words::clean(&said.message),
        closes: said.closes.iter().take(MOST_ERRORS).map(|it| words::clean(it)).collect(),
    };
    said.into_iter().take(MOST_GAPS).map(clean).collect()
}

fn sighting(hello: &Hello, published: u64) -> Sighting {
    let ahead = hello.held_version > published;
    Sighting {
        closed_tokens: ahead.then(|| closed_tokens(hello)),
        node: hello.node_id.clone(),
        stream_id: Uuid::from_u128(rand::random()).to_string(),
        instance: String::new(),
        region: words::clean(&hello.region),
        build: words::clean(&hello.build),
        held_version: hello.held_version,
        gaps: gaps(hello.gaps.clone()),
        problems: Vec::new(),
        unsent_events: None,
        rejection: None,
        seen_ms: clock::now_ms(),
    }
}

#[cfg(not(feature = "frozen-contract"))]
fn closed_tokens(hello: &Hello) -> Arc<ClosedTokens> {
    let ids = |said: &[String]| said.iter().map(|it| words::clean(it)).collect();
    Arc::new(ClosedTokens { revoked: ids(&hello.revoked_tokens), suspended: ids(&hello.suspended_tokens) })
}

#[cfg(feature = "frozen-contract")]
fn closed_tokens(_: &Hello) -> Arc<ClosedTokens> {
    Arc::default()
}

#[expect(clippy::needless_pass_by_value, reason = "used as an error mapper")]
fn unexpected(answer: super::conversation::UnexpectedAnswer) -> Status {
    Status::invalid_argument(answer.to_string())
}
