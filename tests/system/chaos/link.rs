//! Links that can be broken: a proxy between two processes that knows nothing of what it passes on.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SLOW: Duration = Duration::from_millis(300);

/// What becomes of bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    Freely,
    /// Each piece waits.
    Slowly,
    /// They arrive nowhere, and no error is told; what waits comes when the link is whole again.
    Nowhere,
    /// Connections are reset, and new ones as well.
    Cut,
}

/// A link to one or several ends of which any will do.
pub struct Link {
    pub address: SocketAddr,
    passing: watch::Sender<Passing>,
}

impl Link {
    /// Each connection goes to the first end that takes it, each beginning at another one.
    pub async fn to(ends: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let passing = watch::Sender::new(Passing::Freely);
        let states = passing.subscribe();
        tokio::spawn(async move {
            for turn in 0.. {
                let Ok((stream, _)) = listener.accept().await else { continue };
                tokio::spawn(connect(stream, ends.clone(), turn, states.clone()));
            }
        });
        Self { address, passing }
    }

    pub fn set(&self, passing: Passing) {
        self.passing.send_replace(passing);
    }
}

async fn connect(near: TcpStream, ends: Vec<SocketAddr>, turn: usize, mut states: watch::Receiver<Passing>) {
    let state = *states.borrow_and_update();
    if state == Passing::Cut {
        near.set_zero_linger().ok();
        return;
    }
    if state == Passing::Nowhere {
        states.wait_for(|it| *it != Passing::Nowhere).await.ok();
    }
    for offset in 0..ends.len() {
        let Ok(far) = TcpStream::connect(ends[(turn + offset) % ends.len()]).await else { continue };
        return join(near, far, states).await;
    }
    near.set_zero_linger().ok();
}

async fn join(mut near: TcpStream, mut far: TcpStream, mut states: watch::Receiver<Passing>) {
    for stream in [&near, &far] {
        stream.set_nodelay(true).ok();
    }
    let cut = {
        let ((near_read, near_write), (far_read, far_write)) = (near.split(), far.split());
        let (there, back) = (states.clone(), states.clone());
        tokio::select! {
            _ = states.wait_for(|it| *it == Passing::Cut) => true,
            () = async { tokio::join!(pump(near_read, far_write, there), pump(far_read, near_write, back)); } => false,
        }
    };
    if cut {
        // Reset, not closed: whoever was sending learns that not everything arrived.
        near.set_zero_linger().ok();
        far.set_zero_linger().ok();
    }
}

async fn pump(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, mut states: watch::Receiver<Passing>) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await;
        let passing = *states.borrow_and_update();
        if passing == Passing::Slowly {
            tokio::time::sleep(SLOW).await;
        }
        if states.wait_for(|it| *it != Passing::Nowhere).await.is_err() {
            return;
        }
        let Ok(length @ 1..) = read else { break };
        if to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
    to.shutdown().await.ok();
}
