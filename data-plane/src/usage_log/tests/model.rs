//! The log against a model of it: whatever is done and wherever a crash cuts the files, every write that was complete is
//! there exactly once after the next start, and requests that were open are reported as interrupted. Requests write
//! during every step of a flush, and the process is killed or the power fails at any of them.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::sync::Arc;

use prop::sample::Index;
use proptest::prelude::*;
use tempfile::TempDir;

use super::device::{Device, Step};
use super::{delivered, event, options, outcome};
use crate::usage_log::record::{self, RecordKind};
use crate::usage_log::segment::{self, HEADER_BYTES};
use crate::usage_log::shared::SharedLog;
use crate::usage_log::{LogOptions, LogState, Ticket, UsageLog};

#[derive(Clone, Debug)]
enum Op {
    Write(Write),
    /// Requests write before each step of the flush.
    Flush(Vec<Write>),
    /// The same, but the process ends at a step of it.
    FlushCut(Vec<Write>, Index, End),
    Commit(Index),
    Remember,
    Crash(End),
}

#[derive(Clone, Debug)]
enum Write {
    Begin,
    Settle(Index),
    Abandon(Index),
    Append,
}

#[derive(Clone, Debug)]
enum End {
    Killed,
    /// What is not flushed is lost from some place on, in each file; names may be as they were before. The power fails
    /// again after so many steps of the next start.
    PowerFailure {
        cuts: [Index; 2],
        names: Option<Index>,
        again: Option<usize>,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum Effect {
    Begun(String),
    Over(String, &'static str),
}

/// A complete write: what it was, in which segment, and where it ends there.
struct Written {
    effect: Effect,
    first: u64,
    end: u64,
}

struct Model {
    _dir: TempDir,
    options: LogOptions,
    device: Arc<Device>,
    log: Option<(UsageLog, Arc<SharedLog>)>,
    open: Vec<(String, Ticket)>,
    written: Vec<Written>,
    /// Everything up to here may be deleted.
    committed: u64,
    names: u32,
}

impl Model {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = options(dir.path());
        let device = Arc::new(Device::default());
        let log = Some(UsageLog::open_unattended(device.clone(), &options).unwrap());
        Self { _dir: dir, options, device, log, open: Vec::new(), written: Vec::new(), committed: 0, names: 0 }
    }

    fn log(&self) -> &UsageLog {
        &self.log.as_ref().unwrap().0
    }

    fn shared(&self) -> &Arc<SharedLog> {
        &self.log.as_ref().unwrap().1
    }

    fn did(&mut self, effect: Effect) {
        let (first, end) = {
            let writer = self.shared().writer();
            (writer.current_segment().first, writer.current_segment().bytes)
        };
        self.written.push(Written { effect, first, end });
    }

    fn name(&mut self) -> String {
        self.names += 1;
        // Of different lengths, so that records do not align with segments.
        format!("r{}{}", self.names, "x".repeat(self.names as usize * 7 % 40))
    }

    fn write(&mut self, write: &Write) {
        match write {
            Write::Begin => {
                let name = self.name();
                let ticket = self.log().begin(&event(&name)).unwrap();
                self.open.push((name.clone(), ticket));
                self.did(Effect::Begun(name));
            }
            Write::Settle(which) if !self.open.is_empty() => {
                let (name, ticket) = self.open.remove(which.index(self.open.len()));
                ticket.settle(&outcome(&name));
                self.did(Effect::Over(name, "ok"));
            }
            Write::Abandon(which) if !self.open.is_empty() => {
                let (name, ticket) = self.open.remove(which.index(self.open.len()));
                drop(ticket);
                self.did(Effect::Over(name, "interrupted"));
            }
            Write::Settle(_) | Write::Abandon(_) => {}
            Write::Append => {
                let name = self.name();
                self.log().append(&outcome(&name));
                self.did(Effect::Over(name, "ok"));
            }
        }
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Write(write) => self.write(write),
            Op::Flush(meanwhile) => self.flush(meanwhile, None),
            Op::FlushCut(meanwhile, at, end) => {
                // A flush is one step, closing a segment five more.
                self.flush(meanwhile, Some(at.index(6)));
                self.crash(end);
            }
            Op::Commit(how_far) => {
                let flushed = *self.shared().flushed.borrow();
                self.committed += how_far.index((flushed - self.committed) as usize + 1) as u64;
                self.shared().commit(self.committed);
            }
            Op::Remember => self.shared().remember_committed(),
            Op::Crash(end) => self.crash(end),
        }
    }

    /// Flushes on a thread of its own, as the log does, and writes before each step.
    fn flush(&mut self, meanwhile: &[Write], fails_at: Option<usize>) {
        let (done, steps, verdict) = self.device.interpose();
        let shared = Arc::clone(self.shared());
        let flushing = std::thread::spawn(move || {
            shared.flush();
            done.send(Step::Done).unwrap();
        });
        for (count, step) in steps.iter().take_while(|it| *it != Step::Done).enumerate() {
            if count > 0 {
                assert!(step != Step::Remove, "a flush deletes nothing");
            }
            for write in meanwhile.iter().skip(count % 3).step_by(3) {
                self.write(write);
            }
            self.check();
            verdict.send(fails_at != Some(count)).unwrap();
        }
        flushing.join().unwrap();
        self.device.release();
        let failed = matches!(self.log().state(), LogState::Failed(_));
        assert!(!failed || fails_at.is_some());
    }

    fn crash(&mut self, end: &End) {
        for (_, ticket) in self.open.drain(..) {
            ticket.forget();
        }
        let dir = self.shared().dir.clone();
        self.log = None;
        let mut again = None;
        if let End::PowerFailure { cuts, names, again: fuse } = end {
            if let Some(names) = names {
                self.device.undo_names(*names);
            }
            self.lose_power(&segments(&dir), cuts);
            again = *fuse;
        }
        self.device.set_fuse(again);
        let opened = UsageLog::open_unattended(self.device.clone(), &self.options);
        self.device.set_fuse(None);
        self.log = Some(match opened {
            Ok(log) => log,
            Err(error) => {
                assert!(again.is_some(), "{error}");
                if let End::PowerFailure { names: Some(names), .. } = end {
                    self.device.undo_names(*names);
                }
                UsageLog::open_unattended(self.device.clone(), &self.options).unwrap()
            }
        });
        self.interrupt();
    }

    /// Cuts the last two segments somewhere after what is on the disk.
    fn lose_power(&mut self, segments: &[(u64, PathBuf)], cuts: &[Index; 2]) {
        let mut gone = false;
        for ((first, path), cut) in segments.iter().rev().take(2).rev().zip(cuts) {
            let (from, to) = (self.device.flushed(*first), fs::metadata(path).unwrap().len());
            let cut = from + cut.index((to - from) as usize + 1) as u64;
            OpenOptions::new().write(true).open(path).unwrap().set_len(cut).unwrap();
            self.written.retain(|it| it.first != *first || (it.end <= cut && !gone));
            // What follows a lost end goes with it.
            gone |= cut < to && !continues(path, segments.iter().map(|it| it.0).find(|it| it > first));
        }
    }

    /// Requests that were open are over.
    fn interrupt(&mut self) {
        let over: Vec<_> = self.written.iter().filter_map(|it| as_over(&it.effect)).collect();
        let left = self.written.iter().filter_map(|it| match &it.effect {
            Effect::Begun(name) if !over.contains(name) => Some(name.clone()),
            _ => None,
        });
        let left: Vec<String> = left.collect();
        for name in left {
            self.did(Effect::Over(name, "interrupted"));
        }
    }

    fn check(&self) {
        let flushed = *self.shared().flushed.borrow() as usize;
        for it in self.written.iter().filter(|it| as_over(&it.effect).is_some()).take(flushed) {
            assert!(it.end <= self.device.flushed(it.first), "what may be delivered is on the disk: {:?}", it.effect);
        }
        let expected = self.written.iter().filter_map(|it| match &it.effect {
            Effect::Over(name, code) => Some((name.clone(), (*code).to_owned())),
            Effect::Begun(_) => None,
        });
        let expected: Vec<_> = expected.collect();
        assert_eq!(self.shared().last() as usize, expected.len(), "events are numbered without gaps");
        let events = delivered(self.shared(), self.committed);
        let found: Vec<_> = events.iter().map(|it| (it.request_id.clone(), it.code.clone())).collect();
        assert_eq!(found, expected[self.committed as usize..flushed]);
        let numbers: Vec<_> = events.iter().map(|it| it.sequence).collect();
        assert_eq!(numbers, (self.committed + 1..=flushed as u64).collect::<Vec<_>>());
    }
}

/// The segments that the files hold, by their headers, the one without a name included.
fn segments(dir: &std::path::Path) -> Vec<(u64, PathBuf)> {
    let mut segments: Vec<_> = segment::list(dir).unwrap().into_iter().map(|it| (it.first, it.path)).collect();
    let unnamed = dir.join(segment::UNNAMED);
    if let Some(header) = fs::read(&unnamed).ok().filter(|it| it.len() >= HEADER_BYTES) {
        segments.push((u64::from_le_bytes(header[16..24].try_into().unwrap()), unnamed));
    }
    segments
}

/// Whether a segment ends with a whole record, and the event before the next segment's first one.
fn continues(path: &std::path::Path, next: Option<u64>) -> bool {
    let Some(next) = next else { return true };
    let bytes = fs::read(path).unwrap();
    let mut last = segment::list(path.parent().unwrap()).unwrap().iter().find(|it| it.path == path).unwrap().first - 1;
    let mut at = HEADER_BYTES;
    while at < bytes.len() {
        let Ok(record) = record::read(&bytes[at..]) else { return false };
        if record.kind == RecordKind::Outcome {
            last = record.sequence;
        }
        at += record.size;
    }
    next == last + 1
}

fn as_over(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Over(name, _) => Some(name.clone()),
        Effect::Begun(_) => None,
    }
}

fn write() -> impl Strategy<Value = Write> {
    let index = any::<Index>;
    prop_oneof![
        6 => Just(Write::Begin),
        6 => index().prop_map(Write::Settle),
        1 => index().prop_map(Write::Abandon),
        2 => Just(Write::Append),
    ]
}

fn end() -> impl Strategy<Value = End> {
    let failure = (any::<[Index; 2]>(), any::<Option<Index>>(), prop::option::of(0..5_usize));
    prop_oneof![
        1 => Just(End::Killed),
        3 => failure.prop_map(|(cuts, names, again)| End::PowerFailure { cuts, names, again }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let meanwhile = || prop::collection::vec(write(), 0..9);
    prop_oneof![
        15 => write().prop_map(Op::Write),
        3 => meanwhile().prop_map(Op::Flush),
        2 => (meanwhile(), any::<Index>(), end()).prop_map(|(writes, at, end)| Op::FlushCut(writes, at, end)),
        2 => any::<Index>().prop_map(Op::Commit),
        1 => Just(Op::Remember),
        1 => end().prop_map(Op::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_completed_write_is_there_exactly_once(ops in prop::collection::vec(op(), 1..80)) {
        let mut model = Model::new();
        for op in &ops {
            model.apply(op);
            model.check();
        }
        model.apply(&Op::Crash(End::Killed));
        model.check();
        for (_, ticket) in model.open.drain(..) {
            ticket.forget();
        }
    }
}
