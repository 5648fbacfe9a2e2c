use std::sync::Arc;

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{batch::Batch, error::IngestError, writer};
use crate::{metrics::Metrics, store::Store};

/// Batches that wait for the writer. A full queue makes streams wait, and with them the routers, which keep what they
/// have not delivered.
const QUEUE: usize = 64;
/// How many events one transaction takes at most; what waits meanwhile shares the next one.
const GROUP_EVENTS: usize = 4096;

/// Where streams hand in their batches. Cloning shares the queue.
#[derive(Clone)]
pub struct Ingest {
    queue: mpsc::Sender<Job>,
    closing: CancellationToken,
}

/// How far the log of a batch is committed, once it is.
pub type Ack = oneshot::Receiver<Result<u64, IngestError>>;

pub(super) struct Job {
    pub batch: Batch,
    pub ack: oneshot::Sender<Result<u64, IngestError>>,
}

impl Ingest {
    /// Starts the one writer of this process. It ends when [`Ingest::close`] was called, or every clone is dropped, and
    /// the queue is empty.
    pub fn start(store: Store, metrics: Arc<Metrics>) -> (Self, JoinHandle<()>) {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let closing = CancellationToken::new();
        let writer = tokio::spawn(run(store, jobs, closing.clone(), metrics));
        (Self { queue, closing }, writer)
    }

    /// Takes no more batches; what is queued is still written.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Queues a batch; waits while the queue is full. The batches of one caller are written in their order.
    pub async fn submit(&self, batch: Batch) -> Ack {
        let (ack, answer) = oneshot::channel();
        // A writer that is gone drops the job, and the receiver says so.
        let _ = self.queue.send(Job { batch, ack }).await;
        answer
    }
}

async fn run(store: Store, mut jobs: mpsc::Receiver<Job>, closing: CancellationToken, metrics: Arc<Metrics>) {
    let (mut failing, mut memory) = (false, writer::Memory::default());
    while let Some(first) = next(&mut jobs, &closing).await {
        let group = group(first, &mut jobs);
        let (batches, acks): (Vec<_>, Vec<_>) = group.into_iter().map(|job| (job.batch, job.ack)).unzip();
        let outcome = writer::write(&store, batches, &mut memory, &metrics).await;
        match (&outcome, failing) {
            (Err(error), false) => tracing::error!(%error, "usage events cannot be written; routers keep them"),
            (Ok(_), true) => tracing::info!("usage events are written again"),
            _ => {}
        }
        failing = outcome.is_err();
        metrics.ingest_fails(failing);
        let answers = outcome.unwrap_or_else(|_| vec![Err(IngestError::Unavailable); acks.len()]);
        for (ack, answer) in acks.into_iter().zip(answers) {
            // A stream that ended meanwhile does not wait for its answer; its router asks again.
            let _ = ack.send(answer);
        }
    }
}

async fn next(jobs: &mut mpsc::Receiver<Job>, closing: &CancellationToken) -> Option<Job> {
    if let Some(job) = closing.run_until_cancelled(jobs.recv()).await {
        return job;
    }
    jobs.close();
    jobs.recv().await
}

/// What waits already joins the first batch in its transaction.
fn group(first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Job> {
    let mut events = first.batch.records.len();
    let mut group = vec![first];
    while events < GROUP_EVENTS
        && let Ok(job) = jobs.try_recv()
    {
        events += job.batch.records.len();
        group.push(job);
    }
    group
}
