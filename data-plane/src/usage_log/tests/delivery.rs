//! Delivery against a control plane that is late, breaks off, forgets to answer and answers twice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prost::Message;
use prost::bytes::Bytes;
use proto::v1::usage_service_server::{UsageService, UsageServiceServer};
use proto::v1::{UsageAck, UsageBatch, UsageEvent};
use tokio::sync::{mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::{event, options, outcome};
use crate::sync::fixtures::{self, ServerRuntime};
use crate::usage_log::{Delivery, FileSystem, LogOptions, LogState, UsageLog};

/// A guard against hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the control plane does on one stream.
#[derive(Clone, Copy, PartialEq)]
enum Behaviour {
    /// Refuses the stream.
    Refuse,
    /// Takes a batch, commits it, and breaks off without an acknowledgement.
    CommitAndBreak,
    /// Takes a batch and breaks off without having committed it.
    Break,
    /// Acknowledges late, each time twice, with an old acknowledgement in between.
    LateAndTwice,
    /// Says that it has what was never sent.
    Ahead,
}

#[derive(Clone, Default)]
struct ControlPlane {
    rows: Arc<Mutex<BTreeMap<u64, String>>>,
    /// The next streams; when it is empty, they are late and twice.
    script: Arc<Mutex<Vec<Behaviour>>>,
    streams: Arc<Mutex<u32>>,
}

impl ControlPlane {
    fn scripted(script: &[Behaviour]) -> Self {
        let mut script = script.to_vec();
        script.reverse();
        Self { script: Arc::new(Mutex::new(script)), ..Self::default() }
    }

    /// Refuses a batch that leaves a gap, and answers how far the log is committed.
    fn commit(&self, batch: &UsageBatch) -> Result<u64, Status> {
        let mut rows = self.rows.lock().unwrap();
        let last = rows.keys().last().copied().unwrap_or_default();
        let decode = |event: &Bytes| UsageEvent::decode(event.clone()).unwrap();
        let events: Vec<_> = batch.events.iter().map(decode).collect();
        if events[0].sequence > last + 1 {
            return Err(Status::failed_precondition(format!("event {} is missing", last + 1)));
        }
        for event in events {
            let before = rows.insert(event.sequence, event.request_id.clone());
            assert!(before.is_none_or(|it| it == event.request_id), "a number was given twice");
        }
        Ok(*rows.keys().last().unwrap())
    }

    async fn serve(
        self,
        behaviour: Behaviour,
        mut batches: Streaming<UsageBatch>,
        acks: mpsc::Sender<Result<UsageAck, Status>>,
    ) {
        while let Ok(Some(batch)) = batches.message().await {
            let epoch = batch.epoch;
            if behaviour == Behaviour::Break {
                return;
            }
            let committed_sequence = match self.commit(&batch) {
                Ok(committed) => committed,
                Err(gap) => return drop(acks.send(Err(gap)).await),
            };
            let ack = |committed_sequence| Ok(UsageAck { epoch, committed_sequence });
            match behaviour {
                Behaviour::CommitAndBreak => return,
                Behaviour::Ahead => drop(acks.send(ack(committed_sequence + 1_000)).await),
                _ => {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    for it in [committed_sequence, 1, committed_sequence] {
                        drop(acks.send(ack(it)).await);
                    }
                }
            }
        }
    }

    fn start(&self, at: Option<SocketAddr>) -> ServerRuntime {
        let service = UsageServiceServer::new(self.clone()).max_decoding_message_size(proto::MAX_MESSAGE_BYTES);
        ServerRuntime::start(at, tonic::transport::Server::builder().add_service(service))
    }

    fn rows(&self) -> Vec<String> {
        self.rows.lock().unwrap().values().cloned().collect()
    }
}

#[tonic::async_trait]
impl UsageService for ControlPlane {
    type ReportStream = Pin<Box<dyn Stream<Item = Result<UsageAck, Status>> + Send>>;

    async fn report(&self, request: Request<Streaming<UsageBatch>>) -> Result<Response<Self::ReportStream>, Status> {
        assert_eq!(request.metadata().get("authorization").unwrap(), "Bearer srn_test");
        *self.streams.lock().unwrap() += 1;
        let behaviour = self.script.lock().unwrap().pop().unwrap_or(Behaviour::LateAndTwice);
        if behaviour == Behaviour::Refuse {
            return Err(Status::unavailable("the database is away"));
        }
        let (acks, answers) = mpsc::channel(4);
        tokio::spawn(self.clone().serve(behaviour, request.into_inner(), acks));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

fn deliver(delivery: Delivery, address: SocketAddr) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let (_, node) = watch::channel(Some(fixtures::node(&format!("http://{address}"))));
    (stop.clone(), tokio::spawn(delivery.run(node, stop)))
}

fn write(log: &UsageLog, count: u32) -> Vec<String> {
    let names: Vec<_> = (0..count).map(|it| format!("request {it}")).collect();
    for name in &names {
        log.begin(&event(name)).unwrap().settle(&outcome(name));
    }
    names
}

async fn until(condition: impl Fn() -> bool) {
    let polls = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polls).await.expect("it never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_arrives_whatever_the_control_plane_does() {
    use Behaviour::{Break, CommitAndBreak, Refuse};
    let dir = tempfile::tempdir().unwrap();
    let (log, delivery) =
        UsageLog::open(Arc::new(FileSystem), &LogOptions { segment_bytes: 20_000, ..options(dir.path()) }).unwrap();
    let control_plane = ControlPlane::scripted(&[Break, Refuse, CommitAndBreak, Refuse, CommitAndBreak, Break]);
    let server = control_plane.start(None);
    let mut names = write(&log, 1_200);
    let (stop, running) = deliver(delivery, server.address());
    names.extend(write(&log, 300));
    assert!(log.delivered(PATIENCE).await, "{:?}", log.delivery_error());
    assert_eq!(control_plane.rows(), names);
    assert_eq!((log.unsent(), log.delivery_error()), (0, None));
    stop.cancel();
    running.await.unwrap();
    let segments = crate::usage_log::segment::list(&log.shared().dir).unwrap();
    assert!(segments.len() <= 2, "delivered segments are gone: {segments:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_on_the_stream_that_is_open_whether_or_not_another_follows() {
    let dir = tempfile::tempdir().unwrap();
    let (log, delivery) = UsageLog::open(Arc::new(FileSystem), &options(dir.path())).unwrap();
    let control_plane = ControlPlane::default();
    let server = control_plane.start(None);
    let (_stop, _running) = deliver(delivery, server.address());
    write(&log, 1);
    assert!(log.delivered(PATIENCE).await);
    for _ in 0..5 {
        let before = control_plane.rows().len();
        log.append(&outcome("another"));
        until(|| control_plane.rows().len() > before).await;
    }
    // Neither the next event nor a stream that begins anew brought it.
    assert_eq!(*control_plane.streams.lock().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_resumes_after_an_outage_and_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let control_plane = ControlPlane::default();
    let server = control_plane.start(None);
    let address = server.address();
    let (log, delivery) = UsageLog::open(Arc::new(FileSystem), &options(dir.path())).unwrap();
    let (stop, running) = deliver(delivery, address);
    let mut names = write(&log, 40);
    assert!(log.delivered(PATIENCE).await);
    drop(server);
    names.extend(write(&log, 40));
    until(|| log.delivery_error().is_some()).await;
    assert_eq!(log.unsent(), 40);
    assert!(log.delivery_error().unwrap().contains("control plane"));
    stop.cancel();
    running.await.unwrap();
    drop(log);

    let (log, delivery) = UsageLog::open(Arc::new(FileSystem), &options(dir.path())).unwrap();
    assert_eq!(log.unsent(), 40);
    let _server = control_plane.start(Some(address));
    let (_stop, _running) = deliver(delivery, address);
    assert!(log.delivered(PATIENCE).await);
    assert_eq!(control_plane.rows(), names);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_knows_more_than_the_log_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let (log, delivery) = UsageLog::open(Arc::new(FileSystem), &options(dir.path())).unwrap();
    let control_plane = ControlPlane::scripted(&[Behaviour::Ahead; 50]);
    let server = control_plane.start(None);
    let (_stop, _running) = deliver(delivery, server.address());
    write(&log, 1);
    until(|| log.delivery_error().is_some()).await;
    let error = log.delivery_error().unwrap();
    assert!(error.contains("restored from an older copy") && error.contains("move"), "{error}");
    assert_eq!(log.unsent(), 1);
    // Nothing more is written that could never be delivered, and whoever watches the router learns why.
    until(|| matches!(log.state(), LogState::Failed(_))).await;
    assert!(log.problem().is_some_and(|it| it.contains("restored from an older copy")), "{:?}", log.problem());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_plane_that_lost_its_last_rows_gets_them_again() {
    let dir = tempfile::tempdir().unwrap();
    // One segment: nothing is gone from the disk.
    let options = LogOptions { segment_bytes: 1 << 20, ..options(dir.path()) };
    let control_plane = ControlPlane::default();
    let server = control_plane.start(None);
    let (log, delivery) = UsageLog::open(Arc::new(FileSystem), &options).unwrap();
    let (stop, running) = deliver(delivery, server.address());
    let mut names = write(&log, 30);
    assert!(log.delivered(PATIENCE).await);
    stop.cancel();
    running.await.unwrap();
    drop(log);

    control_plane.rows.lock().unwrap().retain(|sequence, _| *sequence <= 12);
    let (log, delivery) = UsageLog::open(Arc::new(FileSystem), &options).unwrap();
    let (_stop, _running) = deliver(delivery, server.address());
    names.extend(write(&log, 3));
    assert!(log.delivered(PATIENCE).await, "{:?}", log.delivery_error());
    assert_eq!(control_plane.rows(), names);
    assert_eq!(log.delivery_error(), None);
}
