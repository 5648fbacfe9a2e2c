//! What callers notice of a disk that stalls: nothing.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use data_plane::usage_log::{Disk, FileSystem};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::{CHAT, Catalog, KeptOpen, Scripted, Stack, chat, post};

const ANSWER: &str = r#"{"choices":[{}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#;

/// What closing a segment asks of the disk, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Create,
    FlushOld,
    FlushNew,
    Rename,
    FlushNames,
}

const STEPS: [Step; 5] = [Step::Create, Step::FlushOld, Step::FlushNew, Step::Rename, Step::FlushNames];

/// A disk on which everything stops at a step of closing a segment, until it is let go on.
#[derive(Default)]
struct Gated {
    gate: Mutex<Gate>,
    opened: Condvar,
    held: watch::Sender<bool>,
}

#[derive(Default)]
struct Gate {
    /// Where it stops next.
    at: Option<Step>,
    /// The step of the segment that is being closed.
    next: Option<Step>,
    closed: bool,
}

impl Gated {
    fn stop_at(&self, step: Step) {
        self.gate.lock().unwrap().at = Some(step);
    }

    fn open(&self) {
        let mut gate = self.gate.lock().unwrap();
        (gate.at, gate.closed) = (None, false);
        drop(gate);
        self.held.send_replace(false);
        self.opened.notify_all();
    }

    fn pass(&self, is: impl Fn(Step) -> bool) {
        let mut gate = self.gate.lock().unwrap();
        // The delivery has files of its own.
        let closing = std::thread::current().name() == Some("usage-flush");
        if let Some(step) = gate.next.filter(|it| closing && is(*it)) {
            if gate.at == Some(step) {
                (gate.at, gate.closed) = (None, true);
                self.held.send_replace(true);
            }
            let at = STEPS.iter().position(|it| *it == step).unwrap();
            gate.next = STEPS.get(at + 1).copied();
        }
        drop(self.opened.wait_while(gate, |it| it.closed).unwrap());
    }
}

impl Disk for Gated {
    fn create(&self, path: &Path) -> io::Result<File> {
        if path.ends_with("next.tmp") {
            self.gate.lock().unwrap().next = Some(Step::Create);
        }
        self.pass(|it| it == Step::Create);
        FileSystem.create(path)
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        self.pass(|it| matches!(it, Step::FlushOld | Step::FlushNew));
        FileSystem.flush(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass(|it| it == Step::Rename);
        FileSystem.rename(from, to)
    }

    fn flush_names(&self, dir: &Path) -> io::Result<()> {
        self.pass(|it| it == Step::FlushNames);
        FileSystem.flush_names(dir)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.pass(|_| false);
        FileSystem.remove(path)
    }
}

/// Opens the gate at the end of a test, however it ends: the router waits for its disk when it is dropped.
struct Opens(Arc<Gated>);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// The disk stands still for as long as the requests take, whatever that is: none of them waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_served_while_the_disk_holds_any_step_of_closing_a_segment() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", ANSWER).await;
    let disk = Arc::new(Gated::default());
    let stack = Stack::unconfigured(|it| {
        it.disk = disk.clone();
        it.usage_log.segment_bytes = 8 * 1024;
    })
    .await;
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    let _opens = Opens(disk.clone());
    let mut served = 0;
    for step in STEPS {
        disk.stop_at(step);
        let held = disk.held.subscribe();
        while !*held.borrow() {
            assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
            served += 1;
        }
        let mut requests = JoinSet::new();
        for _ in 0..60 {
            requests.spawn(post(stack.address, CHAT, chat("")));
        }
        while let Some(reply) = requests.join_next().await {
            assert_eq!(reply.unwrap().status, 200);
            served += 1;
        }
        assert!(*held.borrow(), "the disk still stands at {step:?}");
        disk.open();
    }
    stack.events(served).await;
}

/// A disk on which what waits for the device takes half a second, if it is told to.
#[derive(Default)]
struct Slow {
    slow: AtomicBool,
    segments: AtomicU64,
}

impl Slow {
    fn wait(&self) {
        if self.slow.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

impl Disk for Slow {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.wait();
        FileSystem.create(path)
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        self.wait();
        FileSystem.flush(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.wait();
        self.segments.fetch_add(u64::from(from.ends_with("next.tmp")), Ordering::SeqCst);
        FileSystem.rename(from, to)
    }

    fn flush_names(&self, dir: &Path) -> io::Result<()> {
        self.wait();
        FileSystem.flush_names(dir)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.wait();
        FileSystem.remove(path)
    }
}

/// Latencies over a disk as it is, and over one on which every flush, creation and renaming takes 500 ms more, in turns:
/// `cargo test --release -p data-plane --test router latencies_over -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn latencies_over_a_disk_that_stalls() {
    let upstream = KeptOpen::answering(ANSWER).await;
    let disk = Arc::new(Slow::default());
    let stack = Stack::unconfigured(|it| {
        it.disk = disk.clone();
        it.usage_log.segment_bytes = 32 * 1024;
    })
    .await;
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..8 {
        let slow = round % 2 == 1;
        disk.slow.store(slow, Ordering::SeqCst);
        let before = disk.segments.load(Ordering::SeqCst);
        let until = Instant::now() + Duration::from_secs(6);
        let mut callers = JoinSet::new();
        for _ in 0..2 {
            callers.spawn(stack.paced(chat(""), Duration::from_millis(10), until));
        }
        let latencies = callers.join_all().await.concat();
        let segments = disk.segments.load(Ordering::SeqCst) - before;
        println!("round {round}, slow {slow}: {} requests, {segments} segments begun", latencies.len());
        taken[usize::from(slow)].extend(latencies);
    }
    for (name, mut all) in ["as it is", "stalling"].into_iter().zip(taken) {
        all.sort();
        let at = |percent: usize| all[(all.len() - 1) * percent / 100];
        println!("{name}: p50 {:?}, p99 {:?}, longest {:?}", at(50), at(99), all[all.len() - 1]);
    }
}
