use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_plane_core::config::Egress;
use http::uri::{Authority, Scheme};
use hyper::client::conn::http2;

use super::connection::Http1;
use crate::body::Body;

/// Idle HTTP/1 connections kept for one origin.
const MOST_IDLE: usize = 256;
/// How long an idle connection is kept. Shorter than common servers' own limits, so that they seldom close first.
const LONGEST_IDLE: Duration = Duration::from_secs(50);
/// An answer whose length was not announced ends when the server says so, and some servers then close the connection although
/// they announced to keep it (llama.cpp). So long they are given to do so, before the connection counts as idle.
const SETTLING: Duration = Duration::from_millis(5);
/// Streams at the same time on one HTTP/2 connection: no server is advised to allow fewer (RFC 9113, 6.5.2). One stream
/// more could wait for minutes, until an answer ends; it gets a connection of its own instead.
const MOST_STREAMS: usize = 100;

/// Where a connection leads. Providers that may reach private addresses share none with those that may not.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PoolOrigin {
    pub private: bool,
    pub scheme: Scheme,
    pub authority: Authority,
    /// Connections that were made in another way are not shared.
    pub egress: Option<Arc<Egress>>,
}

/// Connections that wait for their next request. The lock is held for a push or a pop, never across an await.
#[derive(Default)]
pub(super) struct Pool {
    origins: Mutex<HashMap<PoolOrigin, Waiting>>,
}

#[derive(Default)]
struct Waiting {
    idle: Vec<Idle>,
    multiplexed: Vec<Multiplexed>,
}

/// An HTTP/1 connection that nobody uses.
struct Idle {
    connection: Box<Http1>,
    since: Instant,
    /// It is not used before.
    ready: Instant,
}

/// An HTTP/2 connection.
struct Multiplexed {
    sender: http2::SendRequest<Body>,
    /// Shared with each stream that is under way.
    streams: Place,
    /// When it was last seen with a stream.
    used: Instant,
}

/// A connection out of the pool.
pub(super) enum Pooled {
    Http1(Box<Http1>),
    Http2(http2::SendRequest<Body>, Place),
}

/// A stream's place on its HTTP/2 connection, taken until it is dropped.
pub(super) type Place = Arc<()>;

impl Pool {
    /// A live connection to the origin; the one that was used last, because it is the least likely to be stale.
    pub fn take(&self, origin: &PoolOrigin) -> Option<Pooled> {
        loop {
            let Idle { mut connection, since, .. } = {
                let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
                let waiting = origins.get_mut(origin)?;
                waiting.multiplexed.retain_mut(Multiplexed::is_usable);
                if let Some(found) = waiting.multiplexed.iter_mut().find(|it| it.under_way() < MOST_STREAMS) {
                    return Some(found.lend());
                }
                let now = Instant::now();
                let newest = waiting.idle.iter().rposition(|it| it.ready <= now)?;
                waiting.idle.remove(newest)
            };
            // Outside the lock: looking and closing are system calls.
            if since.elapsed() < LONGEST_IDLE && connection.is_idle() {
                return Some(Pooled::Http1(connection));
            }
        }
    }

    /// Keeps an idle connection. `announced`: the length of its last answer was.
    pub fn put(&self, origin: PoolOrigin, connection: Box<Http1>, announced: bool) {
        let since = Instant::now();
        let ready = if announced { since } else { since + SETTLING };
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = &mut origins.entry(origin).or_default().idle;
        if idle.len() < MOST_IDLE {
            idle.push(Idle { connection, since, ready });
        }
    }

    /// Shares an HTTP/2 connection with other requests to its origin; the first place on it is the caller's.
    pub fn share(&self, origin: PoolOrigin, sender: http2::SendRequest<Body>) -> Pooled {
        let mut shared = Multiplexed { sender, streams: Arc::default(), used: Instant::now() };
        let first = shared.lend();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.entry(origin).or_default().multiplexed.push(shared);
        first
    }

    /// Closes the connection that has waited for longest, if there is one: its place is needed.
    pub fn make_room(&self) {
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = origins.values_mut().filter(|it| !it.idle.is_empty()).min_by_key(|it| it.idle[0].since);
        let closed = oldest.map(|it| it.idle.remove(0));
        if closed.is_none()
            && let Some((waiting, at)) = origins
                .values_mut()
                .find_map(|it| it.multiplexed.iter().position(|it| it.under_way() == 0).map(|at| (it, at)))
        {
            waiting.multiplexed.remove(at);
        }
        drop(origins);
        drop(closed);
    }

    /// Closes what has waited too long, and forgets origins without connections.
    pub fn sweep(&self) {
        let mut expired = Vec::new();
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.retain(|_, waiting| {
            // Oldest first: connections are pushed in the order of their last use.
            let keep_from = waiting.idle.partition_point(|it| it.since.elapsed() >= LONGEST_IDLE);
            expired.extend(waiting.idle.drain(..keep_from));
            waiting.multiplexed.retain_mut(Multiplexed::is_usable);
            !(waiting.multiplexed.is_empty() && waiting.idle.is_empty())
        });
        drop(origins);
        drop(expired);
    }
}

impl Multiplexed {
    fn under_way(&self) -> usize {
        Arc::strong_count(&self.streams) - 1
    }

    fn lend(&mut self) -> Pooled {
        self.used = Instant::now();
        Pooled::Http2(self.sender.clone(), Arc::clone(&self.streams))
    }

    /// Whether it is open and not idle for too long: nobody notices when an idle one is forgotten on its way.
    fn is_usable(&mut self) -> bool {
        if self.under_way() > 0 {
            self.used = Instant::now();
        }
        !self.sender.is_closed() && self.used.elapsed() < LONGEST_IDLE
    }
}
