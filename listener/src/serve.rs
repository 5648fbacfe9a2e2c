use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::door::{Arrival, Door};
use crate::seats::Seated;
use crate::wire::{Wire, Words};

/// How long a connection may wait for its next request, take over a request's head, or take nothing of an answer. Longer than load balancers keep
/// their idle connections (60 s), so that they do not send a request into one that is being closed.
const IDLE: Duration = Duration::from_secs(75);
/// How long a connection over the caps has for being told so.
const SPARE_TIME: Duration = Duration::from_secs(3);
/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 64 * 1024;
/// Requests at the same time on one HTTP/2 connection.
const MOST_STREAMS: u32 = 256;
/// Flow-control window of a request's body.
const WINDOW: u32 = 1024 * 1024;

/// How a server is told to end.
#[derive(Clone, Default)]
pub struct Stop {
    /// No new connections; those that are open end with their current request. Comes when no request is under way any
    /// more, or when they have had their time.
    pub drain: CancellationToken,
    /// Everything ends now.
    pub cut: CancellationToken,
}

/// Whose request it is, and what is known of it beyond what it says.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Where it comes from.
    pub address: SocketAddr,
    /// Its connection is over a cap: it is to be told so, and no more.
    pub over_cap: bool,
    /// Its head announces the body's length in two ways.
    pub ambiguous: bool,
}

/// Accepts and serves connections, HTTP/1.1 and HTTP/2, until it is told to stop. Returns when the last connection is closed;
/// with an error if the listener itself is broken.
pub async fn serve<S, F, B>(door: Door, answer: S, words: Words, stop: Stop) -> io::Result<()>
where
    S: Fn(Peer, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let builder = Arc::new(builder());
    let connections = TaskTracker::new();
    let outcome = loop {
        let arrival = tokio::select! {
            arrival = door.accept() => arrival,
            () = stop.drain.cancelled() => break Ok(()),
        };
        match arrival {
            Ok(arrival) => {
                connections.spawn(connection(arrival, answer.clone(), words, Arc::clone(&builder), stop.clone()));
            }
            Err(error) => break Err(error),
        }
    };
    drop(door);
    connections.close();
    if outcome.is_ok() {
        connections.wait().await;
    }
    outcome
}

async fn connection<S, F, B>(
    arrival: Arrival,
    answer: S,
    words: Words,
    builder: Arc<auto::Builder<TokioExecutor>>,
    stop: Stop,
) where
    S: Fn(Peer, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (io, address, place) = match arrival.greet().await {
        Ok(greeted) => greeted,
        Err(error) => return tracing::debug!(%error, "a client's connection ended in its handshake"),
    };
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    let wire = Wire::new(io, if place.spare { SPARE_TIME } else { IDLE }, Some(words), &place);
    let place = Arc::new(place);
    let seat = Arc::clone(&place.seat);
    let spare = place.spare;
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = UnderWay::begin(&place);
        let ambiguous = place.seat.ambiguous.swap(false, Ordering::Relaxed);
        let answering = answer(Peer { address, over_cap: spare, ambiguous }, request);
        // In a box that goes with it: the connection keeps room for a request for as long as it is open, and moves it.
        Box::pin(
            async move { Ok::<_, Infallible>(answering.await.map(|body| CountedBody { body, _under_way: under_way })) },
        )
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(wire), service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        why = going(&stop, &seat.leave, spare) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = connection.as_mut() => ended,
                () = stop.cut.cancelled() => Ok(()),
                () = tokio::time::sleep(SPARE_TIME), if why == Going::Spare => Ok(()),
                // It has not asked for anything.
                () = std::future::ready(()), if why == Going::Evicted && !seat.is_open() => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a client's connection ended");
    }
}

/// Why a connection should end with the request that is under way on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Going {
    /// The server stops.
    Drained,
    /// Others need its place.
    Evicted,
    /// It had none, and has had its time.
    Spare,
}

async fn going(stop: &Stop, leave: &CancellationToken, spare: bool) -> Going {
    tokio::select! {
        () = stop.drain.cancelled() => Going::Drained,
        () = leave.cancelled() => Going::Evicted,
        () = tokio::time::sleep(SPARE_TIME), if spare => Going::Spare,
    }
}

/// A request that counts as under way on its connection.
struct UnderWay(Arc<Seated>);

impl UnderWay {
    fn begin(place: &Arc<Seated>) -> Self {
        place.begin();
        Self(Arc::clone(place))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// An answer's body, until whose end its request is under way.
struct CountedBody<B> {
    body: B,
    _under_way: UnderWay,
}

impl<B: Body + Unpin> Body for CountedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::convert::Infallible;

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use hyper::body::Incoming;
    use rustix::net::{Shutdown, shutdown};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::{Peer, Stop, serve};
    use crate::door::Door;
    use crate::seats::Caps;
    use crate::wire::{Broken, Told};

    fn told(_: &Broken<'_>) -> Told {
        Told { headers: Vec::new(), body: Vec::new() }
    }

    async fn answer(peer: Peer, _: Request<Incoming>) -> Response<Full<Bytes>> {
        Response::new(Full::new(Bytes::from(if peer.over_cap { "over" } else { "within" })))
    }

    async fn ask(address: std::net::SocketAddr) -> Result<String, Infallible> {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        Ok(text)
    }

    #[tokio::test]
    async fn a_broken_listener_ends_the_server_with_its_reason() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, same) = (listener.local_addr().unwrap(), listener.try_clone().unwrap());
        let door = Door::new(TcpListener::from_std(listener).unwrap(), Caps::of(4), None, "tests");
        let serving = tokio::spawn(serve(door, answer, told, Stop::default()));
        assert!(ask(address).await.unwrap().ends_with("within"));
        shutdown(&same, Shutdown::Both).unwrap();
        serving.await.unwrap().unwrap_err();
    }

    #[tokio::test]
    async fn who_is_over_a_cap_is_known_to_be_and_the_rest_is_served() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let door = Door::new(listener, Caps { total: 2, ..Caps::of(4) }, None, "tests");
        let seats = door.seats();
        let stop = Stop::default();
        let serving = tokio::spawn(serve(door, answer, told, stop.clone()));
        let held = [TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap()];
        assert!(ask(address).await.unwrap().ends_with("over"));
        assert_eq!((seats.counted().open, seats.counted().refused_opening + seats.counted().refused_total), (2, 1));
        drop(held);
        while seats.counted().open > 0 {
            tokio::task::yield_now().await;
        }
        assert!(ask(address).await.unwrap().ends_with("within"));
        stop.drain.cancel();
        serving.await.unwrap().unwrap();
    }
}
