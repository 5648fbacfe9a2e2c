//! The log against a model of it: whatever is done and wherever a crash cuts the file, every write that was complete
//! is there exactly once after the next start, and requests that were open are reported as interrupted.

use std::fs::OpenOptions;
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;

use super::{delivered, event, open, options, outcome};
use crate::usage_log::shared::Shared;
use crate::usage_log::{LogOptions, Ticket, UsageLog};

#[derive(Clone, Debug)]
enum Op {
    Begin,
    Settle(prop::sample::Index),
    Abandon(prop::sample::Index),
    Append,
    Flush,
    Commit(prop::sample::Index),
    Remember,
    Restart,
    Crash(prop::sample::Index),
}

#[derive(Clone, Debug, PartialEq)]
enum Effect {
    Begun(String),
    Over(String, &'static str),
}

struct Model {
    _dir: TempDir,
    options: LogOptions,
    log: Option<(UsageLog, Arc<Shared>)>,
    open: Vec<(String, Ticket)>,
    /// Every complete write, with the place in the current segment where it ends.
    effects: Vec<(Effect, u64)>,
    /// How many of them no crash can take away, and where the rest begins.
    durable: usize,
    durable_bytes: u64,
    /// Everything up to here may be deleted.
    committed: u64,
    names: u32,
}

impl Model {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = options(dir.path());
        let log = Some(open(&options));
        let mut model = Self {
            _dir: dir,
            options,
            log,
            open: Vec::new(),
            effects: Vec::new(),
            durable: 0,
            durable_bytes: 0,
            committed: 0,
            names: 0,
        };
        model.all_durable();
        model
    }

    fn log(&self) -> &UsageLog {
        &self.log.as_ref().unwrap().0
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.log.as_ref().unwrap().1
    }

    fn end(&self) -> u64 {
        self.shared().writer_for_test().current_segment().bytes
    }

    fn segments(&self) -> usize {
        self.shared().writer_for_test().segment_count()
    }

    fn all_durable(&mut self) {
        self.durable = self.effects.len();
        self.durable_bytes = self.end();
    }

    fn did(&mut self, effect: Effect) {
        let end = self.end();
        self.effects.push((effect, end));
    }

    fn name(&mut self) -> String {
        self.names += 1;
        // Of different lengths, so that records do not align with segments.
        format!("r{}{}", self.names, "x".repeat(self.names as usize * 7 % 40))
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Begin => {
                let name = self.name();
                let ticket = self.log().begin(&event(&name)).unwrap();
                self.open.push((name.clone(), ticket));
                self.did(Effect::Begun(name));
            }
            Op::Settle(which) if !self.open.is_empty() => {
                let (name, ticket) = self.open.remove(which.index(self.open.len()));
                ticket.settle(outcome(&name));
                self.did(Effect::Over(name, "ok"));
            }
            Op::Abandon(which) if !self.open.is_empty() => {
                let (name, ticket) = self.open.remove(which.index(self.open.len()));
                drop(ticket);
                self.did(Effect::Over(name, "interrupted"));
            }
            Op::Settle(_) | Op::Abandon(_) => {}
            Op::Append => {
                let name = self.name();
                self.log().append(outcome(&name));
                self.did(Effect::Over(name, "ok"));
            }
            Op::Flush => {
                self.shared().flush();
                self.all_durable();
            }
            Op::Commit(how_far) => {
                let flushed = *self.shared().flushed.borrow();
                self.committed += how_far.index((flushed - self.committed) as usize + 1) as u64;
                let before = self.segments();
                self.shared().commit(self.committed);
                // Segments go only after what their intents came to is on the disk.
                if self.segments() < before {
                    self.all_durable();
                }
            }
            Op::Remember => self.shared().remember_committed(),
            Op::Restart => self.restart(None),
            Op::Crash(at) => {
                let lost = (self.end() - self.durable_bytes) as usize;
                self.restart(Some(self.durable_bytes + at.index(lost + 1) as u64));
            }
        }
    }

    /// Kills the process, cuts the current segment at `cut`, and starts again.
    fn restart(&mut self, cut: Option<u64>) {
        for (_, ticket) in self.open.drain(..) {
            ticket.forget();
        }
        let path = self.shared().writer_for_test().current_segment().path.clone();
        self.log = None;
        if let Some(cut) = cut {
            OpenOptions::new().write(true).open(path).unwrap().set_len(cut).unwrap();
            let durable = self.durable;
            let kept =
                self.effects.iter().enumerate().take_while(|(index, it)| *index < durable || it.1 <= cut).count();
            self.effects.truncate(kept);
        }
        let log = open(&self.options);
        self.log = Some(log);
        let over: Vec<_> = self.effects.iter().filter_map(|(it, _)| as_over(it)).collect();
        let left = self.effects.iter().filter_map(|(it, _)| match it {
            Effect::Begun(name) if !over.contains(name) => Some(name.clone()),
            _ => None,
        });
        let left: Vec<String> = left.collect();
        for name in left {
            self.effects.push((Effect::Over(name, "interrupted"), 0));
        }
        self.all_durable();
    }

    fn check(&self) {
        let flushed = *self.shared().flushed.borrow() as usize;
        let expected = self.effects.iter().filter_map(|(it, _)| match it {
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

fn as_over(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Over(name, _) => Some(name.clone()),
        Effect::Begun(_) => None,
    }
}

fn op() -> impl Strategy<Value = Op> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        6 => Just(Op::Begin),
        6 => index().prop_map(Op::Settle),
        1 => index().prop_map(Op::Abandon),
        2 => Just(Op::Append),
        3 => Just(Op::Flush),
        2 => index().prop_map(Op::Commit),
        1 => Just(Op::Remember),
        1 => Just(Op::Restart),
        1 => index().prop_map(Op::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_completed_write_is_there_exactly_once(ops in prop::collection::vec(op(), 1..80)) {
        let mut model = Model::new();
        for op in &ops {
            model.apply(op);
            model.check();
        }
        model.apply(&Op::Restart);
        model.check();
        for (_, ticket) in model.open.drain(..) {
            ticket.forget();
        }
    }
}
