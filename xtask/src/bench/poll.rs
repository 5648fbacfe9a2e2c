//! epoll, edge-triggered, as far as the load generator and its upstream need it: an asynchronous runtime would cost
//! more per request than the system that is measured.

use std::io;
use std::net::TcpStream;
use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{Timespec, epoll};

/// Events that are taken at a time.
const BATCH: usize = 256;

/// So long a thread looks again and again before it sleeps. To wake one that sleeps costs who sends to it up to 5 µs: that
/// would be counted to the system under test, whose callers and upstreams are elsewhere, and more of it to a slower system,
/// which lets the load sleep more often.
const AWAKE: Duration = Duration::from_millis(10);

/// What waits for several sockets.
pub struct Poll {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poll {
    /// One that waits for nothing yet.
    pub fn new() -> io::Result<Self> {
        Ok(Self { epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?, events: Vec::with_capacity(BATCH) })
    }

    /// Waits for the socket from now on; what happens to it bears the key.
    pub fn add(&self, socket: impl AsFd, key: usize) -> io::Result<()> {
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
        Ok(epoll::add(&self.epoll, socket, epoll::EventData::new_u64(key as u64), flags)?)
    }

    /// Waits until something happens or the time is over, and appends the keys of what happened.
    pub fn wait(&mut self, timeout: Option<Duration>, keys: &mut Vec<usize>) -> io::Result<()> {
        let patience = timeout.map_or(AWAKE, |it| it.min(AWAKE));
        let since = Instant::now();
        loop {
            self.look(Some(Duration::ZERO), keys)?;
            if !keys.is_empty() {
                return Ok(());
            }
            let waited = since.elapsed();
            if waited >= patience {
                return match timeout.map(|it| it.saturating_sub(waited)) {
                    Some(Duration::ZERO) => Ok(()),
                    left => self.look(left, keys),
                };
            }
            thread::yield_now();
        }
    }

    fn look(&mut self, timeout: Option<Duration>, keys: &mut Vec<usize>) -> io::Result<()> {
        let timeout = timeout.map(|it| Timespec::try_from(it).expect("short times fit"));
        self.events.clear();
        let room = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, room, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        keys.extend(self.events.iter().map(|it| it.data.u64() as usize));
        Ok(())
    }
}

/// Sends what the socket takes now.
pub fn send(socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let flags = rustix::net::SendFlags::NOSIGNAL;
    would_block_as_zero(rustix::net::send(socket, bytes, flags))
}

/// Receives what is there; `None`: nothing is.
pub fn receive(socket: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    would_block_as_none(rustix::net::recv(socket, buffer, rustix::net::RecvFlags::empty()))
}

/// Throws away what is there, at most as much as the buffer takes, without copying it; `None`: nothing is there.
pub fn discard(socket: &TcpStream, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    would_block_as_none(rustix::net::recv(socket, buffer, rustix::net::RecvFlags::TRUNC))
}

fn would_block_as_zero(result: Result<usize, rustix::io::Errno>) -> io::Result<usize> {
    match result {
        Err(rustix::io::Errno::AGAIN) => Ok(0),
        other => Ok(other?),
    }
}

fn would_block_as_none<T>(result: Result<(T, usize), rustix::io::Errno>) -> io::Result<Option<usize>> {
    match result {
        Err(rustix::io::Errno::AGAIN) => Ok(None),
        other => Ok(Some(other?.1)),
    }
}
