use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};

use crate::io::Io;
use crate::seats::{Caps, Seated, Seats};
use crate::tls::ServerIdentity;

/// How long accepting pauses when the machine has nothing left for a connection.
const PAUSE: Duration = Duration::from_millis(100);
/// The same complaint is not repeated sooner.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);
/// How long the handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A listener's socket with its seats and its certificate.
pub struct Door {
    listener: TcpListener,
    seats: Arc<Seats>,
    identity: Option<Arc<ServerIdentity>>,
    complaints: Complaints,
}

impl Door {
    /// Takes so many connections, with TLS if there is an identity. `carries` is what others can read on the way if there is none.
    pub fn new(listener: TcpListener, caps: Caps, identity: Option<Arc<ServerIdentity>>, carries: &str) -> Self {
        let open = listener.local_addr().ok().filter(|it| !it.ip().to_canonical().is_loopback());
        if let (Some(address), None) = (open, &identity) {
            tracing::warn!(%address, "this listener speaks clear text beyond this machine: {carries} can be read on the way");
        }
        Self { listener, seats: Seats::new(caps), identity, complaints: Complaints::default() }
    }

    /// What it has seen; for metrics.
    pub fn seats(&self) -> Arc<Seats> {
        Arc::clone(&self.seats)
    }

    /// The next connection that has a place. An error means that the listener itself is broken.
    pub(crate) async fn accept(&self) -> io::Result<Arrival> {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    if let Some(place) = self.seats.take(peer.ip().to_canonical()) {
                        return Ok(Arrival { stream, peer, place, identity: self.identity.clone() });
                    }
                    self.complaints.add(&"as many connections as this listener takes are open: others are closed");
                }
                Err(error) if is_broken(&error) => return Err(error),
                Err(error) if is_exhausted(&error) => {
                    self.seats.no_descriptors();
                    self.complaints.add(&error);
                    tokio::time::sleep(PAUSE).await;
                }
                // The client has gone already.
                Err(error) => tracing::debug!(%error, "a connection was not accepted"),
            }
        }
    }
}

/// A connection before its first byte.
pub(crate) struct Arrival {
    stream: TcpStream,
    pub peer: SocketAddr,
    pub place: Seated,
    identity: Option<Arc<ServerIdentity>>,
}

impl Arrival {
    /// Agrees on TLS where it is spoken.
    pub async fn greet(self) -> io::Result<(Io, SocketAddr, Seated)> {
        let Self { stream, peer, place, identity } = self;
        // Small writes must not wait for acknowledgements; a socket that refuses the option still works.
        let _delayed = stream.set_nodelay(true);
        let Some(identity) = identity else { return Ok((Io::Plain(stream), peer, place)) };
        let agreed = tokio::select! {
            agreed = tokio::time::timeout(HANDSHAKE, identity.acceptor().accept(stream)) => agreed,
            () = place.seat.leave.cancelled() => return Err(io::ErrorKind::ConnectionAborted.into()),
        };
        let stream = agreed.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        Ok((Io::Tls(Box::new(stream)), peer, place))
    }
}

/// The socket does not listen any more, and never will again.
fn is_broken(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(code, Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP | Errno::FAULT))
}

/// The process or the machine has no descriptor or no memory left for a connection.
fn is_exhausted(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// The same warning again and again, told from time to time with its count.
#[derive(Default)]
struct Complaints(Mutex<Complaint>);

#[derive(Default)]
struct Complaint {
    told: Option<Instant>,
    count: u64,
}

impl Complaints {
    fn add(&self, why: &dyn std::fmt::Display) {
        let mut it = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        it.count += 1;
        if it.told.is_none_or(|told| told.elapsed() >= COMPLAIN_EVERY) {
            tracing::warn!(times = it.count, "cannot take a connection: {why}");
            *it = Complaint { told: Some(Instant::now()), count: 0 };
        }
    }
}
