use std::pin::Pin;

use proto::v1::{UsageAck, UsageBatch, usage_service_server::UsageService};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::{
    node_auth::{replaced, revoked},
    revocation::Revocations,
    subscribe::{PARTING, caller},
};
use crate::ingest::{Ack, Batch, Ingest, IngestError};

/// Batches of one stream that are on their way to the database at once. A router's next batch is decoded while the
/// last one is written; more would only be memory.
const ON_THE_WAY: usize = 4;

/// Takes usage events from routers.
#[derive(Clone)]
pub(super) struct UsageReports {
    pub ingest: Ingest,
    pub revocations: Revocations,
    pub stop: CancellationToken,
}

type Acks = mpsc::Sender<Result<UsageAck, Status>>;

#[tonic::async_trait]
impl UsageService for UsageReports {
    type ReportStream = Pin<Box<dyn Stream<Item = Result<UsageAck, Status>> + Send>>;

    async fn report(&self, request: Request<Streaming<UsageBatch>>) -> Result<Response<Self::ReportStream>, Status> {
        let caller = caller(&request)?;
        let (acks, receiver) = mpsc::channel(1);
        let (mut reports, mut replacements) = (self.clone(), self.revocations.clone());
        let mut batches = request.into_inner();
        tokio::spawn(async move {
            let status = tokio::select! {
                status = receive(&reports.ingest, &caller.id, &mut batches, &acks) => status,
                () = reports.revocations.of(&caller.id) => Err(revoked()),
                () = replacements.replaced(&caller) => Err(replaced()),
                () = reports.stop.cancelled() => Err(Status::unavailable("the control plane is stopping")),
                () = acks.closed() => Ok(()),
            };
            if let Err(status) = status {
                tracing::info!(node = caller.id, reason = status.message(), "a usage stream has ended");
                // A router that does not read is not told: its stream ends all the same.
                let _ = acks.send_timeout(Err(status), PARTING).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

/// Queues batches as they come and acknowledges them in their order, until the router ends the stream.
async fn receive(ingest: &Ingest, node: &str, batches: &mut Streaming<UsageBatch>, acks: &Acks) -> Result<(), Status> {
    let (queued, mut waiting) = mpsc::channel::<(u64, Ack)>(ON_THE_WAY);
    let take = async move {
        let mut told = false;
        while let Some(batch) = batches.message().await? {
            let epoch = batch.epoch;
            let batch = Batch::new(node, batch).map_err(|invalid| Status::invalid_argument(invalid.to_string()))?;
            if batch.is_newer() && !std::mem::replace(&mut told, true) {
                tracing::warn!(
                    node,
                    "the router is newer and reports more than this control plane understands: that part of its usage is \
                     not kept until the control plane is as new"
                );
            }
            let ack = ingest.submit(batch).await;
            if queued.send((epoch, ack)).await.is_err() {
                break;
            }
        }
        Ok::<(), Status>(())
    };
    let answer = async {
        while let Some((epoch, ack)) = waiting.recv().await {
            let committed = ack.await.unwrap_or(Err(IngestError::Unavailable)).map_err(refusal)?;
            let ack = UsageAck { epoch, committed_sequence: committed };
            if acks.send(Ok(ack)).await.is_err() {
                break;
            }
        }
        Ok::<(), Status>(())
    };
    tokio::try_join!(take, answer).map(|_| ())
}

#[expect(clippy::needless_pass_by_value, reason = "used as an error mapper")]
fn refusal(error: IngestError) -> Status {
    match error {
        IngestError::Gap { .. } => Status::failed_precondition(error.to_string()),
        IngestError::Unavailable => Status::unavailable(error.to_string()),
    }
}
