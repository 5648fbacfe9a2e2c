//! Connections for a server that asks for a stream of them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::door::Door;
use crate::io::Io;
use crate::seats::Seated;
use crate::wire::Wire;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(75);
/// Connections that wait for the server to take them.
const WAITING: usize = 64;

/// Connections as they come, TLS agreed on. Those over the caps are closed at once. It ends with an error when the listener is
/// broken.
pub fn incoming(door: Door) -> ReceiverStream<io::Result<Held>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        loop {
            let arrival = tokio::select! {
                arrival = door.accept() => arrival,
                () = sender.closed() => return,
            };
            match arrival {
                Ok(arrival) if arrival.place.spare => drop(arrival),
                Ok(arrival) => {
                    let sender = sender.clone();
                    tokio::spawn(async move {
                        match arrival.greet().await {
                            Ok((io, address, place)) => drop(sender.send(Ok(Held::new(io, address, place))).await),
                            Err(error) => tracing::debug!(%error, "a connection ended in its handshake"),
                        }
                    });
                }
                Err(error) => {
                    drop(sender.send(Err(error)).await);
                    return;
                }
            }
        }
    });
    ReceiverStream::new(receiver)
}

/// A connection that holds its place.
pub struct Held {
    wire: Wire<Io>,
    address: SocketAddr,
    place: Seated,
    began: bool,
}

impl Held {
    fn new(io: Io, address: SocketAddr, place: Seated) -> Self {
        Self { address, wire: Wire::new(io, PATIENCE, None, &place), place, began: false }
    }
}

impl Held {
    /// Where it comes from.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl AsyncRead for Held {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.wire).poll_read(cx, buffer);
        // It is a router's, which stays.
        if !self.began && self.wire.is_open() {
            self.began = true;
            self.place.begin();
        }
        read
    }
}

impl AsyncWrite for Held {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.wire).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(cx)
    }
}
