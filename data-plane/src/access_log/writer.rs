use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;

use proto::v1::UsageEvent;
use tokio::sync::{oneshot, watch};

use super::line::Line;
use super::sink::Sink;
use crate::sync::EnrolledNode;

/// Lines are written together until they are this many bytes.
const TOGETHER: usize = 64 * 1024;

/// What waits for the writer.
pub(super) enum ToWrite {
    /// A request.
    Line(Box<UsageEvent>),
    /// Somebody wants to know when everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// Writes lines, on a thread of its own: a disk that stalls, or a reader that does not keep up, holds nobody else up.
pub(super) struct LineWriter {
    sink: Sink,
    entries: Receiver<ToWrite>,
    node: watch::Receiver<Option<EnrolledNode>>,
    sample: f64,
    dropped: Arc<AtomicU64>,
    buffer: Vec<u8>,
    lines: u64,
}

impl LineWriter {
    pub fn new(
        sink: Sink,
        entries: Receiver<ToWrite>,
        node: watch::Receiver<Option<EnrolledNode>>,
        sample: f64,
        dropped: Arc<AtomicU64>,
    ) -> Self {
        Self { sink, entries, node, sample, dropped, buffer: Vec::with_capacity(TOGETHER), lines: 0 }
    }

    /// Until nobody can hand anything over any more.
    pub fn run(mut self) {
        while let Ok(first) = self.entries.recv() {
            let mut next = Some(first);
            while let Some(entry) = next.take() {
                match entry {
                    ToWrite::Line(event) => self.add(&event),
                    ToWrite::Flush(done) => {
                        self.write();
                        // Nobody may wait any more.
                        let _gone = done.send(());
                    }
                }
                next = if self.buffer.len() < TOGETHER { self.entries.try_recv().ok() } else { None };
            }
            self.write();
        }
    }

    fn add(&mut self, event: &UsageEvent) {
        let node = self.node.borrow();
        let line = Line::new(event, node.as_ref().map_or("", |it| &it.id), self.sample);
        serde_json::to_writer(&mut self.buffer, &line).expect("a vector takes every byte");
        self.buffer.push(b'\n');
        self.lines += 1;
    }

    fn write(&mut self) {
        if self.lines == 0 {
            return;
        }
        if let Err(error) = self.sink.write(&self.buffer) {
            self.dropped.fetch_add(self.lines, Ordering::Relaxed);
            tracing::warn!(%error, "the access log cannot be written; lines are dropped");
        }
        self.buffer.clear();
        self.lines = 0;
    }
}
