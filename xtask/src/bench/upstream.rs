//! The upstream of a measurement: answers that were recorded from the sandbox once, sent again without reading more of a
//! request than its path and its length.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::poll::{self, Poll};
use super::recording::Recording;

/// The listener's key; connections have those above.
const LISTENER: usize = 0;
/// As much of a body is thrown away at a time.
const DISCARDED: usize = 1024 * 1024;
/// The most that a request's head may take.
const LARGEST_HEAD: usize = 64 * 1024;

/// Answers on a thread of its own until the process ends; returns where.
pub fn start(recordings: Vec<Recording>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    std::thread::Builder::new().name("upstream".to_owned()).spawn(move || {
        let answers = recordings.into_iter().map(|it| (it.path.clone(), Rc::new(it))).collect();
        let mut upstream = LeanUpstream {
            listener,
            answers,
            connections: HashMap::new(),
            next: LISTENER + 1,
            eager: VecDeque::new(),
            paced: BinaryHeap::new(),
            buffer: vec![0; DISCARDED],
        };
        let mut poll = Poll::new().expect("epoll works");
        poll.add(&upstream.listener, LISTENER).expect("a listener can be waited for");
        loop {
            upstream.turn(&mut poll).expect("epoll works");
        }
    })?;
    Ok(address)
}

struct LeanUpstream {
    listener: TcpListener,
    answers: HashMap<String, Rc<Recording>>,
    connections: HashMap<usize, Peer>,
    next: usize,
    /// Streams whose next event is due now: one each in turn, so that events arrive one by one as a model's do.
    eager: VecDeque<usize>,
    /// Streams whose next event is due later.
    paced: BinaryHeap<Reverse<(Instant, usize)>>,
    buffer: Vec<u8>,
}

struct Peer {
    socket: TcpStream,
    /// Of a request's head, if not all of it came at once.
    head: Vec<u8>,
    /// What is asked for, and how many bytes of the request are still to come.
    asked: Option<(Rc<Recording>, usize)>,
    /// What is being answered, and which piece of it is next.
    answering: Option<(Rc<Recording>, usize)>,
    /// How much of that piece is sent.
    sent: usize,
    /// The socket took no more: it says when it does.
    full: bool,
}

impl LeanUpstream {
    fn turn(&mut self, poll: &mut Poll) -> io::Result<()> {
        let mut keys = Vec::new();
        let due = self.paced.peek().map(|Reverse((due, _))| due.saturating_duration_since(Instant::now()));
        poll.wait(if self.eager.is_empty() { due } else { Some(Duration::ZERO) }, &mut keys)?;
        for key in keys {
            if key == LISTENER {
                self.accept(poll)?;
            } else {
                self.serve(key, Peer::take);
            }
        }
        let now = Instant::now();
        while let Some(Reverse((due, key))) = self.paced.peek().copied()
            && due <= now
        {
            self.paced.pop();
            self.eager.push_back(key);
        }
        for _ in 0..self.eager.len() {
            let Some(key) = self.eager.pop_front() else { break };
            self.serve(key, |it, _| it.answer());
        }
        Ok(())
    }

    fn accept(&mut self, poll: &Poll) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((socket, _)) => {
                    socket.set_nonblocking(true)?;
                    socket.set_nodelay(true)?;
                    let key = self.next;
                    self.next += 1;
                    poll.add(&socket, key)?;
                    let connection =
                        Peer { socket, head: Vec::new(), asked: None, answering: None, sent: 0, full: false };
                    self.connections.insert(key, connection);
                    self.serve(key, Peer::take);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on with a connection; one that failed or was closed is forgotten.
    fn serve(&mut self, key: usize, go_on: impl FnOnce(&mut Peer, &mut Buffer) -> Result<Next>) {
        let Some(connection) = self.connections.get_mut(&key) else { return };
        let mut buffer = Buffer { answers: &self.answers, bytes: &mut self.buffer };
        match go_on(connection, &mut buffer) {
            Ok(Next::Wait) => {}
            Ok(Next::At(pace)) if pace.is_zero() => self.eager.push_back(key),
            Ok(Next::At(pace)) => self.paced.push(Reverse((Instant::now() + pace, key))),
            Ok(Next::Closed) | Err(_) => drop(self.connections.remove(&key)),
        }
    }
}

struct Buffer<'a> {
    answers: &'a HashMap<String, Rc<Recording>>,
    bytes: &'a mut [u8],
}

/// How a connection goes on.
enum Next {
    /// When its socket says so.
    Wait,
    /// With the next piece of its answer, after that time.
    At(Duration),
    /// Not at all.
    Closed,
}

impl Peer {
    /// The socket can be read or written again.
    fn take(&mut self, buffer: &mut Buffer) -> Result<Next> {
        loop {
            if self.full {
                return self.answer();
            }
            let read = match &mut self.asked {
                Some((_, missing)) => {
                    let most = DISCARDED.min(*missing);
                    let read = poll::discard(&self.socket, &mut buffer.bytes[..most])?;
                    *missing -= read.unwrap_or(0);
                    read
                }
                None => poll::receive(&self.socket, &mut buffer.bytes[..LARGEST_HEAD])?,
            };
            match read {
                None => return Ok(Next::Wait),
                Some(0) => return Ok(Next::Closed),
                Some(read) if self.asked.is_none() => self.read_head(read, buffer)?,
                Some(_) => {}
            }
            if let Some((recording, 0)) = &self.asked {
                self.answering = Some((Rc::clone(recording), 0));
                self.asked = None;
                return self.answer();
            }
        }
    }

    fn read_head(&mut self, read: usize, buffer: &Buffer) -> Result<()> {
        self.head.extend_from_slice(&buffer.bytes[..read]);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(end) = request.parse(&self.head)? else { return Ok(()) };
        let path = request.path.unwrap_or_default();
        let recording = buffer.answers.get(path).with_context(|| format!("nothing was recorded for {path}"))?;
        let body = content_length(request.headers).unwrap_or(0);
        self.asked = Some((Rc::clone(recording), (end + body).saturating_sub(self.head.len())));
        self.head.clear();
        Ok(())
    }

    /// Sends the next piece of the answer.
    fn answer(&mut self) -> Result<Next> {
        let Some((recording, next)) = &mut self.answering else { return Ok(Next::Wait) };
        let piece = &recording.pieces[*next];
        self.sent += poll::send(&self.socket, &piece[self.sent..])?;
        self.full = self.sent < piece.len();
        if self.full {
            return Ok(Next::Wait);
        }
        self.sent = 0;
        *next += 1;
        if *next < recording.pieces.len() {
            return Ok(Next::At(recording.pace));
        }
        self.answering = None;
        Ok(Next::Wait)
    }
}

/// What a message says about its body's length.
pub fn content_length(headers: &[httparse::Header<'_>]) -> Option<usize> {
    let length = headers.iter().find(|it| it.name.eq_ignore_ascii_case("content-length"))?;
    std::str::from_utf8(length.value).ok()?.trim().parse().ok()
}
