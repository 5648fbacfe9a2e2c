//! One subscription: says what is held, applies what is pushed, answers every push.

use std::convert::Infallible;
use std::sync::Arc;

#[cfg(not(feature = "frozen-contract"))]
use data_plane_core::config::TokenState;
use proto::v1::config_service_client::ConfigServiceClient;
use proto::v1::{Ack, Gap, Hello, Nack, Push, ResourceError, SubscribeRequest, subscribe_request::Message};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use super::apply::{self, Next};
use super::channel::EnrolledNode;
use super::disk::Served;
use super::from_proto::{self, Reading};
use super::rotation::Rotation;
use super::shared::SharedSync;
use super::status::Link;

/// Answers on their way; pushes are answered one after the other.
const ANSWERS: usize = 4;
/// Closed tokens that are named in a hello, of each kind: below the size of a message.
#[cfg(not(feature = "frozen-contract"))]
const MOST_CLOSED: usize = 20_000;
/// Gaps that are reported with an answer.
const MOST_GAPS: usize = 100;

/// Why a subscription ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamEnd {
    #[error("the control plane does not know this node's credential ({0}); it may belong to another control plane")]
    Rejected(String),
    #[error("the control plane refuses this node's calls: {0}")]
    Clocks(String),
    #[error("{0}; nothing is served any more")]
    Revoked(String),
    #[error("the control plane is away: {0}")]
    Away(String),
    #[error("the control plane closed the subscription")]
    Closed,
    #[error("there is a new credential to come back with")]
    Rotated,
}

impl StreamEnd {
    pub(super) fn link(&self) -> Link {
        match self {
            Self::Rejected(_) | Self::Clocks(_) => Link::Rejected,
            Self::Revoked(_) => Link::Revoked,
            Self::Away(_) | Self::Closed | Self::Rotated => Link::Disconnected,
        }
    }
}

impl From<Status> for StreamEnd {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated => Self::Rejected(status.message().to_owned()),
            Code::PermissionDenied => Self::Revoked(status.message().to_owned()),
            code => Self::Away(format!("{code:?}: {}", status.message())),
        }
    }
}

/// Subscribes until the stream ends. What serves survives it.
pub(super) async fn run(
    shared: &SharedSync,
    node: &EnrolledNode,
    serving: &mut Option<Served>,
    rotation: &mut Rotation,
) -> Result<Infallible, StreamEnd> {
    let (answers, requests) = mpsc::channel(ANSWERS);
    say(&answers, Message::Hello(hello(shared, node, serving.as_ref()))).await?;
    // The limit holds for a message as it arrives and again for what it decompresses to.
    let mut client = ConfigServiceClient::with_interceptor(node.channel.clone(), node.bearer.clone())
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
        .max_decoding_message_size(proto::MAX_MESSAGE_BYTES);
    let subscribed = client.subscribe(ReceiverStream::new(requests)).await;
    let subscribed = match subscribed {
        Err(status) if node.bearer.learn(&status) => return Err(StreamEnd::Clocks(status.message().to_owned())),
        subscribed => subscribed?,
    };
    let drained = subscribed.metadata().get("x-node-drained").is_some_and(|it| it == "true");
    shared.status.send_if_modified(|it| std::mem::replace(&mut it.drained, drained) != drained);
    let rotate = subscribed.metadata().get("x-node-rotate").is_some_and(|it| it == "true");
    rotation.accepted().await;
    let mut reporting = Reporting::new(shared, &subscribed);
    let mut pushes = subscribed.into_inner();
    shared.set_link(Link::Connected, None);
    loop {
        let push = tokio::select! {
            push = pushes.message() => push?,
            message = reporting.next() => {
                say(&answers, message).await?;
                continue;
            }
            () = rotation.due(), if rotate => match rotation.rotate(node).await {
                Ok(()) => return Err(StreamEnd::Rotated),
                Err(error) => {
                    tracing::warn!(error, "the credential cannot be replaced yet; the old one stays in use");
                    continue;
                }
            },
        };
        let Some(push) = push else { return Err(StreamEnd::Closed) };
        answer(shared, serving, push, &answers).await?;
    }
}

/// Applies what is pushed, and says whether that was possible.
async fn answer(
    shared: &SharedSync,
    serving: &mut Option<Served>,
    push: Push,
    answers: &mpsc::Sender<SubscribeRequest>,
) -> Result<(), StreamEnd> {
    let (nonce, version) = (push.nonce.clone(), version(&push));
    match judge(serving.clone(), push).await {
        Ok(applied) => {
            if let Some(next) = applied {
                shared.serve(&next).await;
                *serving = Some(next);
            }
            let gaps = serving.as_ref().map_or_else(Vec::new, |it| reported(&it.reading));
            say(answers, Message::Ack(Ack { nonce, version, gaps })).await?;
        }
        Err(errors) => {
            shared.rejected(version, &errors);
            say(answers, Message::Nack(Nack { nonce, version, errors })).await?;
        }
    }
    Ok(())
}

/// What is said first: who calls, and what it holds.
fn hello(shared: &SharedSync, node: &EnrolledNode, serving: Option<&Served>) -> Hello {
    let held = serving.map(|it| &it.held);
    #[cfg_attr(
        feature = "frozen-contract",
        expect(clippy::needless_update, reason = "the frozen contract has no further fields")
    )]
    let hello = Hello {
        node_id: node.id.clone(),
        region: shared.region.clone(),
        build: shared.build.clone(),
        held_version: held.map_or(0, |it| it.version),
        held_hash: held.map_or_else(Vec::new, |it| it.hash.clone()),
        gaps: serving.map_or_else(Vec::new, |it| reported(&it.reading)),
        ..Hello::default()
    };
    with_closed(hello, serving)
}

/// What is told of this machine while the stream stands.
struct Reporting {
    status: watch::Receiver<super::status::Status>,
    told: (Vec<String>, Option<u64>),
    understood: bool,
}

impl Reporting {
    fn new<T>(shared: &SharedSync, answer: &tonic::Response<T>) -> Self {
        let understood = answer.metadata().get("x-node-reports").is_some_and(|it| it == "true");
        Self { status: shared.status.subscribe(), told: (Vec::new(), None), understood }
    }

    /// Waits until there is something to tell.
    async fn next(&mut self) -> Message {
        if !self.understood {
            return std::future::pending().await;
        }
        let told = &self.told;
        let changed = self.status.wait_for(|it| (it.problems(), it.unsent_events) != *told).await;
        let Ok(now) = changed.map(|it| (it.problems(), it.unsent_events)) else { return std::future::pending().await };
        self.told.clone_from(&now);
        report(now).await
    }
}

#[cfg(not(feature = "frozen-contract"))]
fn report((problems, unsent_events): (Vec<String>, Option<u64>)) -> std::future::Ready<Message> {
    std::future::ready(Message::Report(proto::v1::Report { problems, unsent_events }))
}

/// The frozen contract has no such message, and nobody who speaks it asks for one.
#[cfg(feature = "frozen-contract")]
fn report(_: (Vec<String>, Option<u64>)) -> std::future::Pending<Message> {
    std::future::pending()
}

/// `None`: the content is what is held already. Hashing and indexing thousands of resources takes milliseconds, so it
/// happens off the async threads.
async fn judge(serving: Option<Served>, push: Push) -> Result<Option<Served>, Vec<ResourceError>> {
    let judged = spawn_blocking(move || {
        let (held, before) = (serving.as_ref().map(|it| &*it.held), serving.as_ref().map(|it| &*it.reading));
        Ok(match apply::next(held, push.content)? {
            Next::Same => None,
            Next::New(next, changed) => {
                let reading = from_proto::read(&next, &changed, before)?;
                Some(Served { held: Arc::new(next), reading: Arc::new(reading) })
            }
        })
    });
    judged.await.unwrap_or_else(|_| {
        let message = "internal: the router failed while it read this push; its log says why".to_owned();
        Err(vec![ResourceError { resource: String::new(), message }])
    })
}

/// Names the tokens that are closed, for a control plane whose database may be an older copy.
#[cfg(not(feature = "frozen-contract"))]
fn with_closed(hello: Hello, serving: Option<&Served>) -> Hello {
    let closed = |state| {
        let tokens = serving.iter().flat_map(|it| it.reading.snapshot.tokens());
        tokens.filter(|it| it.state == state).map(|it| it.id.clone()).take(MOST_CLOSED).collect()
    };
    Hello { revoked_tokens: closed(TokenState::Revoked), suspended_tokens: closed(TokenState::Suspended), ..hello }
}

#[cfg(feature = "frozen-contract")]
fn with_closed(hello: Hello, _: Option<&Served>) -> Hello {
    hello
}

/// What is not understood, as much of it as an operator reads.
fn reported(reading: &Reading) -> Vec<Gap> {
    let mut gaps = reading.gaps();
    if gaps.len() > MOST_GAPS {
        let message = format!("{} more; the router's log names them", gaps.len() - MOST_GAPS);
        gaps.truncate(MOST_GAPS);
        gaps.push(Gap { message, ..Gap::default() });
    }
    gaps
}

fn version(push: &Push) -> u64 {
    match &push.content {
        Some(proto::v1::push::Content::Full(it)) => it.version,
        Some(proto::v1::push::Content::Delta(it)) => it.version,
        None => 0,
    }
}

async fn say(answers: &mpsc::Sender<SubscribeRequest>, message: Message) -> Result<(), StreamEnd> {
    answers.send(SubscribeRequest { message: Some(message) }).await.map_err(|_| StreamEnd::Closed)
}
