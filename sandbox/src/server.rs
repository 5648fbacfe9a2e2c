//! The listener: accepts connections and stops in order.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{Request, Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tower::ServiceExt;

use crate::{
    app::App,
    exchange::CloseConnection,
    routes::{self, SERVER},
};

/// How soon another one answers.
const ANSWERS: Duration = Duration::from_millis(500);
/// How long open answers may take to end once a stop was asked for.
const DRAIN: Duration = Duration::from_secs(1);

/// What the sandbox is started with.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How many of the last received requests it keeps, bodies included, for `GET /sandbox/requests`.
    /// 0 keeps none and switches every `/sandbox/` path off.
    pub journal: usize,
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, not ours, or not allowed.
    #[error("the sandbox cannot listen on {address}: {source}; choose another address or port 0")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Another sandbox has the address.
    #[error(
        "a sandbox is running on {address} already: stop it, or have this one listen elsewhere (`--listen` of `sandbox`, \
         `--sandbox-listen` of `standalone`, SMART_ROUTER_SANDBOX_LISTEN)"
    )]
    Running {
        /// The address that was asked for.
        address: SocketAddr,
    },
}

/// A sandbox that serves. Dropping it stops it too, without waiting for open answers.
#[derive(Debug)]
pub struct Running {
    /// The bound address.
    pub address: SocketAddr,
    stopping: DropGuard,
    connections: TaskTracker,
}

impl Running {
    /// Stops accepting, lets open answers end for at most a second, then closes what is left.
    pub async fn stop(self) {
        drop(self.stopping);
        self.connections.wait().await;
    }
}

/// Binds the address and serves until stopped.
pub async fn start(options: Options) -> Result<Running, Error> {
    let bind = |source| Error::Bind { address: options.listen, source };
    let listener = match TcpListener::bind(options.listen).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_sandbox(options.listen).await => {
            return Err(Error::Running { address: options.listen });
        }
        bound => bound.map_err(bind)?,
    };
    let address = listener.local_addr().map_err(bind)?;
    let stop = CancellationToken::new();
    let connections = TaskTracker::new();
    let router = routes::router(Arc::new(App::new(options.journal)));
    let accepting = accept(listener, router, stop.clone(), connections.clone());
    connections.spawn(accepting);
    connections.close();
    Ok(Running { address, stopping: stop.drop_guard(), connections })
}

/// Whether a sandbox answers there.
async fn is_sandbox(address: SocketAddr) -> bool {
    let asked = async {
        let mut socket = TcpStream::connect(address).await?;
        socket.write_all(b"GET /livez HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\r\n").await?;
        let mut answer = Vec::new();
        socket.take(4096).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&answer).contains(&format!("server: {SERVER}\r\n")))
    };
    matches!(tokio::time::timeout(ANSWERS, asked).await, Ok(Ok(true)))
}

async fn accept(listener: TcpListener, router: Router, stop: CancellationToken, connections: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                connections.spawn(serve(socket, router.clone(), stop.clone()));
            }
            Err(error) => {
                // Out of file descriptors, mostly: a short wait lets some close.
                tracing::warn!(%error, "the sandbox could not accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn serve(socket: TcpStream, router: Router, stop: CancellationToken) {
    // Small stream events must not wait for the peer's acknowledgements.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "the sandbox could not disable Nagle's algorithm");
    }
    let service = service_fn(move |request: Request<Incoming>| dispatch(router.clone(), request));
    let builder = Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = tokio::time::sleep(DRAIN) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a sandbox connection ended early");
    }
}

async fn dispatch(router: Router, request: Request<Incoming>) -> Result<Response<Body>, CloseConnection> {
    let Ok(response) = router.oneshot(request.map(Body::new)).await;
    match response.extensions().get::<CloseConnection>() {
        Some(close) => Err(*close),
        None => Ok(response),
    }
}
