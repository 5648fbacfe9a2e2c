use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderValue, Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::patience::Patient;
use super::routes::route;
use crate::state::Router;

/// How long a connection may wait for its next request, take over a request's head, or take nothing of an answer. Longer than load balancers keep
/// their idle connections (60 s), so that they do not send a request into one that is being closed.
const IDLE: Duration = Duration::from_secs(75);
/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;
/// Requests at the same time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 256;
/// Flow-control window of a request's body.
const WINDOW: u32 = 1024 * 1024;
/// How long accepting pauses when the machine has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a server is told to end.
#[derive(Clone, Default)]
pub struct Stop {
    /// No new connections; those that are open end with their current request. Comes when no request is under way any
    /// more, or when they have had their time.
    pub drain: CancellationToken,
    /// Everything ends now.
    pub cut: CancellationToken,
}

/// Accepts and serves connections, HTTP/1.1 and HTTP/2 without TLS, until it is told to stop. Returns when the last
/// connection is closed.
pub async fn serve(router: Arc<Router>, listener: TcpListener, stop: Stop) {
    let builder = Arc::new(builder());
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.drain.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection =
                    serve_connection(Arc::clone(&router), Arc::clone(&builder), stream, peer, stop.clone());
                connections.spawn(connection);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn serve_connection(
    router: Arc<Router>,
    builder: Arc<auto::Builder<TokioExecutor>>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: Stop,
) {
    // Small writes must not wait for acknowledgements; a socket that refuses the option still works.
    let _delayed = stream.set_nodelay(true);
    let peer = peer.ip().to_canonical();
    let service = service_fn(move |request: Request<Incoming>| {
        let router = Arc::clone(&router);
        let http1 = request.version() < Version::HTTP_2;
        // In a box that goes with it: the connection keeps room for a request for as long as it is open, and moves it.
        Box::pin(async move {
            let mut response = route(Arc::clone(&router), peer, request).await;
            if http1 && router.is_draining() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        })
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Patient::new(stream, IDLE)), service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.drain.cancelled() => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cut.cancelled() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended");
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(LARGEST_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(IDLE)
        .max_header_list_size(LARGEST_HEAD as u32)
        .max_concurrent_streams(MOST_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW * 4);
    builder
}
