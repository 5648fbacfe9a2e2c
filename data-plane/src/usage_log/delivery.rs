//! Streams events to the control plane, in order, again after any outage, until it has acknowledged them.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use proto::v1::usage_service_client::UsageServiceClient;
use proto::v1::{UsageAck, UsageBatch};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};

use super::reader::{Encoded, LogReader};
use super::shared::SharedLog;
use crate::sync::{Backoff, EnrolledNode};

/// Batches that may be on their way without an acknowledgement.
const WINDOW: usize = 8;
/// A control plane that acknowledges nothing for so long is asked again on a new stream.
const ACK_TIMEOUT: Duration = Duration::from_secs(30);
/// How often it is noted on the disk what the control plane has.
const REMEMBER_EVERY: Duration = Duration::from_secs(1);

/// Takes the log's events to the control plane. Run it once, for as long as the router runs.
pub struct Delivery {
    shared: Arc<SharedLog>,
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Interruption {
    #[error("the control plane cannot take usage events: {}", describe(.0))]
    Status(Box<Status>),
    #[error("the control plane closed the usage stream")]
    Closed,
    #[error("the control plane acknowledged no usage event for {} s", ACK_TIMEOUT.as_secs())]
    Silent,
    #[error("the control plane acknowledged events of epoch {0}, which is not this log's")]
    OtherEpoch(u64),
    #[error(
        "the control plane has event {committed} of this usage log, which ends with event {last}: the data directory was \
         restored from an older copy, and what it has served since reaches no report; stop the router and move {dir} away, so \
         that it starts a new log"
    )]
    Ahead { committed: u64, last: u64, dir: String },
    #[error("cannot read the usage log: {0}")]
    Read(io::Error),
}

impl Delivery {
    pub(super) fn new(shared: Arc<SharedLog>) -> Self {
        Self { shared }
    }

    /// Delivers until `stop` is cancelled. `node` is what the router is enrolled as, as soon as it is.
    pub async fn run(self, mut node: watch::Receiver<Option<EnrolledNode>>, stop: CancellationToken) {
        let work = async {
            let mut backoff = Backoff::default();
            let mut after = *self.shared.committed.borrow();
            loop {
                let Ok(current) = node.wait_for(Option::is_some).await.map(|it| it.clone()) else { return };
                let Some(current) = current else { continue };
                let before = *self.shared.committed.borrow();
                let why = self.stream(&current, after).await;
                if self.shared.set_delivery_error(Some(why.to_string())) {
                    tracing::warn!(error = %why, "usage events are not being delivered; they wait in the log");
                }
                if matches!(why, Interruption::Ahead { .. }) {
                    // What is written from now on could never be delivered.
                    self.shared.fail("go on with", &why);
                }
                let committed = *self.shared.committed.borrow();
                if committed > before {
                    backoff.reset();
                }
                // A control plane whose database was restored misses what it had: as much as is still here is sent again.
                after = if why.is_gap() { self.shared.oldest().min(committed) } else { committed };
                backoff.wait().await;
            }
        };
        tokio::select! {
            () = work => {}
            () = stop.cancelled() => {}
        }
        blocking(&self.shared, SharedLog::remember_committed).await;
    }

    /// One stream of the events after `after`, until it breaks.
    async fn stream(&self, node: &EnrolledNode, after: u64) -> Interruption {
        let mut session = Session {
            shared: &self.shared,
            reader: Some(LogReader::after(self.shared.dir.clone(), after)),
            in_flight: VecDeque::new(),
            ack_by: Instant::now() + ACK_TIMEOUT,
            remembered: 0,
            remember_at: Instant::now() + REMEMBER_EVERY,
        };
        let Err(why) = session.run(node).await;
        why
    }
}

struct Session<'a> {
    shared: &'a Arc<SharedLog>,
    /// Away only while a batch is being read.
    reader: Option<LogReader>,
    /// The last sequence of every batch that is on its way.
    in_flight: VecDeque<u64>,
    ack_by: Instant,
    /// What the disk says that the control plane has.
    remembered: u64,
    remember_at: Instant,
}

impl Session<'_> {
    async fn run(&mut self, node: &EnrolledNode) -> Result<std::convert::Infallible, Interruption> {
        let (outbound, requests) = mpsc::channel(WINDOW);
        let mut flushed = self.shared.flushed.subscribe();
        // The first batch travels with the call: a server may wait for it before it answers.
        self.readable(&mut flushed).await;
        let first = self.next_batch().await?;
        self.sent(&outbound, first).await?;
        let mut client = UsageServiceClient::with_interceptor(node.channel.clone(), node.bearer.clone())
            .max_decoding_message_size(proto::MAX_MESSAGE_BYTES);
        let mut acks = client.report(ReceiverStream::new(requests)).await?.into_inner();
        loop {
            tokio::select! {
                ack = next_ack(&mut acks) => self.acknowledged(ack?).await?,
                () = self.readable(&mut flushed), if self.in_flight.len() < WINDOW => {
                    let batch = self.next_batch().await?;
                    self.sent(&outbound, batch).await?;
                }
                () = tokio::time::sleep_until(self.ack_by), if !self.in_flight.is_empty() => {
                    return Err(Interruption::Silent);
                }
                () = tokio::time::sleep_until(self.remember_at), if self.remembered < *self.shared.committed.borrow() => {
                    self.remember().await;
                }
            }
        }
    }

    /// Waits until there is an event to send.
    async fn readable(&self, flushed: &mut watch::Receiver<u64>) {
        let next = self.reader.as_ref().map_or(u64::MAX, LogReader::next);
        // The sender lives in `shared`, which outlives this session.
        drop(flushed.wait_for(|it| *it >= next).await);
    }

    async fn next_batch(&mut self) -> Result<(u64, UsageBatch), Interruption> {
        let mut reader = self.reader.take().expect("it is put back below");
        let flushed = *self.shared.flushed.borrow();
        let read = spawn_blocking(move || {
            let events = reader.batch(flushed);
            (reader, events)
        });
        let (reader, events) = read.await.map_err(|error| Interruption::Read(io::Error::other(error)))?;
        self.reader = Some(reader);
        let Encoded { first, last, events } = events.map_err(Interruption::Read)?;
        let nothing_older = !events.is_empty() && first <= self.shared.oldest() + 1;
        Ok((last, UsageBatch { epoch: self.shared.epoch, events, nothing_older }))
    }

    /// Sends a batch that ends with that event.
    async fn sent(
        &mut self,
        outbound: &mpsc::Sender<UsageBatch>,
        (last, batch): (u64, UsageBatch),
    ) -> Result<(), Interruption> {
        if batch.events.is_empty() {
            return Ok(());
        }
        if self.in_flight.is_empty() {
            self.ack_by = Instant::now() + ACK_TIMEOUT;
        }
        self.in_flight.push_back(last);
        outbound.send(batch).await.map_err(|_| Interruption::Closed)
    }

    async fn acknowledged(&mut self, ack: UsageAck) -> Result<(), Interruption> {
        if ack.epoch != self.shared.epoch {
            return Err(Interruption::OtherEpoch(ack.epoch));
        }
        let (committed, last) = (ack.committed_sequence, *self.shared.flushed.borrow());
        if committed > last {
            return Err(Interruption::Ahead { committed, last, dir: self.shared.dir.display().to_string() });
        }
        while self.in_flight.front().is_some_and(|it| *it <= committed) {
            self.in_flight.pop_front();
            self.ack_by = Instant::now() + ACK_TIMEOUT;
            self.shared.set_delivery_error(None);
        }
        if committed <= *self.shared.committed.borrow() {
            return Ok(());
        }
        if self.reader.as_ref().is_some_and(|it| it.next() <= committed) {
            // What is on the disk lags behind what was delivered before a restart.
            self.reader = Some(LogReader::after(self.shared.dir.clone(), committed));
        }
        blocking(self.shared, move |shared| shared.commit(committed)).await;
        Ok(())
    }

    async fn remember(&mut self) {
        self.remember_at = Instant::now() + REMEMBER_EVERY;
        self.remembered = *self.shared.committed.borrow();
        blocking(self.shared, SharedLog::remember_committed).await;
    }
}

impl Interruption {
    /// The control plane does not have the event before the first one that was sent.
    fn is_gap(&self) -> bool {
        matches!(self, Self::Status(status) if status.code() == Code::FailedPrecondition)
    }
}

impl From<Status> for Interruption {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

async fn next_ack(acks: &mut Streaming<UsageAck>) -> Result<UsageAck, Interruption> {
    acks.message().await?.ok_or(Interruption::Closed)
}

fn describe(status: &Status) -> String {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            format!("it refuses this router's credential ({}); enrol the router again", status.message())
        }
        code => format!("{code:?}: {}", status.message()),
    }
}

async fn blocking(shared: &Arc<SharedLog>, work: impl FnOnce(&SharedLog) + Send + 'static) {
    let shared = Arc::clone(shared);
    // It fails only when the runtime is shutting down.
    drop(spawn_blocking(move || work(&shared)).await);
}
