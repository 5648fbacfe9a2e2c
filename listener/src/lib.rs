//! What stands between a socket and a server, the same for every listener of both planes: how many connections there may be,
//! TLS whose certificates are read again, how long a client is waited for, and what a request is told that cannot be read.
//!
//! Never here: routes, dialects, and what the connections carry.

mod descriptors;
mod door;
mod head;
mod incoming;
mod io;
mod seats;
mod serve;
mod tls;
mod wire;

pub use descriptors::{Shares, raise_limit};
pub use door::Door;
pub use incoming::{Held, incoming};
pub use io::Io;
pub use seats::{Caps, SeatCounts, Seats};
pub use serve::{Peer, Stop, serve};
pub use tls::{ServerIdentity, Tls, TlsError, watch};
pub use wire::{Broken, Told, Wire, Words};
