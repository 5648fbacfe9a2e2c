//! One subscription: says what is held, applies what is pushed, answers every push.

use std::convert::Infallible;
use std::sync::Arc;

use data_plane_core::config::Snapshot;
use proto::v1::config_service_client::ConfigServiceClient;
use proto::v1::{Ack, Hello, Nack, Push, ResourceError, SubscribeRequest, subscribe_request::Message};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use super::apply::{self, Held, Next};
use super::channel::Node;
use super::from_proto;
use super::start::Shared;
use super::status::Link;

/// Answers on their way; pushes are answered one after the other.
const ANSWERS: usize = 4;

/// Why a subscription ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error(
        "the control plane refuses this node's credential ({0}); it was revoked, or belongs to another control plane"
    )]
    Rejected(String),
    #[error("the control plane is away: {0}")]
    Away(String),
    #[error("the control plane closed the subscription")]
    Closed,
}

impl Ended {
    pub(super) fn link(&self) -> Link {
        match self {
            Self::Rejected(_) => Link::Rejected,
            Self::Away(_) | Self::Closed => Link::Disconnected,
        }
    }
}

impl From<Status> for Ended {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated | Code::PermissionDenied => Self::Rejected(status.message().to_owned()),
            code => Self::Away(format!("{code:?}: {}", status.message())),
        }
    }
}

/// Subscribes until the stream ends. `held` survives it.
pub(super) async fn run(shared: &Shared, node: &Node, held: &mut Option<Arc<Held>>) -> Result<Infallible, Ended> {
    let (answers, requests) = mpsc::channel(ANSWERS);
    let hello = Hello {
        node_id: node.id.clone(),
        region: shared.region.clone(),
        build: shared.build.clone(),
        held_version: held.as_ref().map_or(0, |it| it.version),
        held_hash: held.as_ref().map_or_else(Vec::new, |it| it.hash.clone()),
        gaps: Vec::new(),
    };
    say(&answers, Message::Hello(hello)).await?;
    // The limit holds for a message as it arrives and again for what it decompresses to.
    let mut client = ConfigServiceClient::with_interceptor(node.channel.clone(), node.bearer.clone())
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
        .max_decoding_message_size(proto::MAX_MESSAGE_BYTES);
    let mut pushes = client.subscribe(ReceiverStream::new(requests)).await?.into_inner();
    shared.set_link(Link::Connected, None);
    while let Some(push) = pushes.message().await? {
        let (nonce, version) = (push.nonce.clone(), version(&push));
        match judge(held.clone(), push).await {
            Ok(applied) => {
                if let Some((next, snapshot)) = applied {
                    *held = Some(Arc::clone(&next));
                    shared.serve(next, snapshot);
                }
                say(&answers, Message::Ack(Ack { nonce, version, gaps: Vec::new() })).await?;
            }
            Err(errors) => {
                shared.rejected(version, &errors);
                say(&answers, Message::Nack(Nack { nonce, version, errors })).await?;
            }
        }
    }
    Err(Ended::Closed)
}

/// `None`: the content is what is held already. Hashing and indexing thousands of resources takes milliseconds, so it
/// happens off the async threads.
async fn judge(held: Option<Arc<Held>>, push: Push) -> Result<Option<(Arc<Held>, Arc<Snapshot>)>, Vec<ResourceError>> {
    let judged = spawn_blocking(move || match apply::next(held.as_deref(), push.content)? {
        Next::Same => Ok(None),
        Next::New(next) => {
            let snapshot = from_proto::snapshot(&next)?;
            Ok(Some((Arc::new(next), Arc::new(snapshot))))
        }
    });
    judged.await.unwrap_or_else(|_| {
        let message = "internal: the router failed while it read this push; its log says why".to_owned();
        Err(vec![ResourceError { resource: String::new(), message }])
    })
}

fn version(push: &Push) -> u64 {
    match &push.content {
        Some(proto::v1::push::Content::Full(it)) => it.version,
        Some(proto::v1::push::Content::Delta(it)) => it.version,
        None => 0,
    }
}

async fn say(answers: &mpsc::Sender<SubscribeRequest>, message: Message) -> Result<(), Ended> {
    answers.send(SubscribeRequest { message: Some(message) }).await.map_err(|_| Ended::Closed)
}
