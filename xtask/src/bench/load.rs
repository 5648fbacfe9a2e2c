//! The load generator: keep-alive HTTP/1.1 connections on one thread, as fast as they go, at a rate, or each once.

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::answer::Answer;
use super::poll::{self, Poll};

/// As much of an answer is read at a time.
const READ: usize = 64 * 1024;
/// Nothing takes longer than this from one sign of life to the next.
const PATIENCE: Duration = Duration::from_secs(20);

/// When the next request is sent.
#[derive(Clone, Copy)]
pub enum Pace {
    /// As soon as a connection is free.
    Saturating,
    /// So many per second, over all connections; latency counts from the due time.
    PerSecond(f64),
    /// One on each connection, so many connections per second.
    OnceEach(f64),
}

/// What to send, and how fast.
#[derive(Clone)]
pub struct Load {
    /// Where to.
    pub address: SocketAddr,
    /// Head and body of every request.
    pub request: Vec<u8>,
    /// How many connections at the same time.
    pub connections: usize,
    /// When.
    pub pace: Pace,
    /// How long new requests are sent.
    pub duration: Duration,
}

/// What was seen.
#[derive(Default)]
pub struct Seen {
    /// Answers with status 200 and a whole body.
    pub requests: u64,
    /// Server-sent events in them.
    pub events: u64,
    /// From the request's due time to the body's end, microseconds, ascending.
    pub latencies_us: Vec<u64>,
    /// From the request's due time to the body's first byte, microseconds, ascending.
    pub first_bytes_us: Vec<u64>,
    /// How long the load lasted.
    pub seconds: f64,
}

/// A request's bytes.
pub fn request(path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Applies the load. Any answer that is not a whole 200 ends it with an error: figures of failures mean nothing.
pub fn apply(load: &Load) -> Result<Seen> {
    let mut generator = Generator {
        load,
        poll: Poll::new()?,
        connections: Vec::with_capacity(load.connections),
        free: VecDeque::new(),
        under_way: 0,
        issued: 0,
        started: Instant::now(),
        seen: Seen::default(),
        buffer: vec![0; READ],
    };
    generator.run()?;
    let mut seen = generator.seen;
    seen.latencies_us.sort_unstable();
    seen.first_bytes_us.sort_unstable();
    seen.seconds = generator.started.elapsed().as_secs_f64();
    Ok(seen)
}

struct Generator<'a> {
    load: &'a Load,
    poll: Poll,
    connections: Vec<Connection>,
    /// Used again in turn, so that an open loop uses all of them.
    free: VecDeque<usize>,
    under_way: usize,
    issued: u64,
    started: Instant,
    seen: Seen,
    buffer: Vec<u8>,
}

struct Connection {
    socket: TcpStream,
    due: Instant,
    sent: usize,
    /// `None`: nothing is asked.
    answer: Option<Answer>,
}

impl Generator<'_> {
    fn run(&mut self) -> Result<()> {
        let mut keys = Vec::new();
        loop {
            let next = self.issue()?;
            if next.is_none() && self.under_way == 0 {
                return Ok(());
            }
            self.poll
                .wait(Some(next.map_or(PATIENCE, |it| it.saturating_duration_since(Instant::now()))), &mut keys)?;
            if keys.is_empty() && next.is_none() {
                bail!("{} answers did not come within {PATIENCE:?}", self.under_way);
            }
            for key in keys.drain(..) {
                self.go_on(key)?;
            }
        }
    }

    /// Sends what is due. Returns when the next request is, if one is to come by itself.
    fn issue(&mut self) -> Result<Option<Instant>> {
        loop {
            let due = match self.load.pace {
                Pace::Saturating if self.under_way == self.load.connections => return Ok(None),
                Pace::Saturating => Instant::now(),
                Pace::OnceEach(_) if self.issued == self.load.connections as u64 => return Ok(None),
                Pace::PerSecond(rate) | Pace::OnceEach(rate) => {
                    self.started + Duration::from_secs_f64(self.issued as f64 / rate)
                }
            };
            let once = matches!(self.load.pace, Pace::OnceEach(_));
            if !once && due.duration_since(self.started) >= self.load.duration {
                return Ok(None);
            }
            if due > Instant::now() {
                return Ok(Some(due));
            }
            let key = match self.free.pop_front().filter(|_| !once) {
                Some(key) if self.connections.len() == self.load.connections => key,
                Some(key) => {
                    self.free.push_front(key);
                    self.connect()?
                }
                None if self.connections.len() < self.load.connections => self.connect()?,
                // All are busy: the request waits, and its latency counts from its due time.
                None => return Ok(None),
            };
            self.issued += 1;
            self.under_way += 1;
            let connection = &mut self.connections[key];
            connection.due = due;
            connection.sent = 0;
            connection.answer = Some(Answer::default());
            self.go_on(key)?;
        }
    }

    fn connect(&mut self) -> Result<usize> {
        let address = self.load.address;
        let socket = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        socket.set_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let key = self.connections.len();
        self.poll.add(&socket, key)?;
        self.connections.push(Connection { socket, due: self.started, sent: 0, answer: None });
        Ok(key)
    }

    /// The connection's socket can be read or written again.
    fn go_on(&mut self, key: usize) -> Result<()> {
        let Connection { socket, due, sent, answer } = &mut self.connections[key];
        if *sent < self.load.request.len() && answer.is_some() {
            *sent += poll::send(socket, &self.load.request[*sent..])?;
        }
        loop {
            let Some(read) = poll::receive(socket, &mut self.buffer)? else { return Ok(()) };
            let Some(reading) = answer.as_mut().filter(|_| read > 0) else { bail!("a connection was closed") };
            let nothing_yet = reading.body == 0;
            let whole = reading.take(&self.buffer[..read])?;
            if nothing_yet && reading.body > 0 {
                self.seen.first_bytes_us.push(due.elapsed().as_micros() as u64);
            }
            if whole {
                self.seen.requests += 1;
                self.seen.events += reading.events;
                self.seen.latencies_us.push(due.elapsed().as_micros() as u64);
                *answer = None;
                self.under_way -= 1;
                self.free.push_back(key);
                return Ok(());
            }
            if read < READ {
                return Ok(());
            }
        }
    }
}
