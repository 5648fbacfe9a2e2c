use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use tokio::sync::OwnedSemaphorePermit;

use super::connect::Io;
use super::error::SendError;
use super::pool::{Place, Pool, PoolOrigin};
use crate::body::Body;

/// An HTTP/1 connection to an upstream.
///
/// It has no task of its own: whoever uses it drives it, so that a request and its answer stay on one task and cross no
/// thread, and dropping the answer closes the connection at once. An idle one is driven by nobody and looked at before
/// its next use.
pub(super) struct Http1 {
    sender: http1::SendRequest<Body>,
    /// `None`: closed.
    driver: Option<http1::Connection<Io, Body>>,
    _place: OwnedSemaphorePermit,
}

/// A request that failed; with the request, if nothing of it was sent.
pub(super) struct FailedSend {
    pub error: SendError,
    pub unsent: Option<Request<Body>>,
}

impl Http1 {
    /// Starts HTTP/1 on a fresh connection.
    pub async fn handshake(io: Io, place: OwnedSemaphorePermit) -> Result<Box<Self>, hyper::Error> {
        let (sender, driver) = http1::handshake(io).await?;
        Ok(Box::new(Self { sender, driver: Some(driver), _place: place }))
    }

    /// Whether a request can be sent: the upstream has neither closed it nor written anything out of turn.
    pub fn is_idle(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Sends a request and waits for the answer's head.
    pub async fn exchange(
        mut self: Box<Self>,
        request: Request<Body>,
        home: (Arc<Pool>, PoolOrigin),
    ) -> Result<Response<AnswerBody>, FailedSend> {
        let mut answer = pin!(self.sender.try_send_request(request));
        let driver = &mut self.driver;
        let answer = std::future::poll_fn(|cx| {
            drive(driver, cx);
            answer.as_mut().poll(cx)
        });
        match answer.await {
            Ok(answer) => {
                let announced = answer.headers().contains_key(CONTENT_LENGTH);
                let lease = Some(Lease::Connection { connection: self, home, announced });
                Ok(answer.map(|incoming| AnswerBody { incoming, lease }))
            }
            Err(mut error) => {
                let unsent = error.take_message();
                Err(FailedSend { error: SendError::Broken(error.into_error()), unsent })
            }
        }
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }
}

/// Reads and writes as much as possible. An error closes the connection; whoever waits for the answer is told by hyper.
fn drive(driver: &mut Option<http1::Connection<Io, Body>>, cx: &mut Context<'_>) {
    if let Some(connection) = driver
        && Pin::new(connection).poll(cx).is_ready()
    {
        *driver = None;
    }
}

/// The body of an upstream's answer. Read to its end, its connection goes back to the pool; dropped before, the
/// connection is closed, which tells the upstream to stop.
pub struct AnswerBody {
    incoming: Incoming,
    /// `None`: read to its end.
    lease: Option<Lease>,
}

/// What an answer occupies until its end.
enum Lease {
    /// A connection of its own.
    Connection {
        connection: Box<Http1>,
        /// Where it goes then.
        home: (Arc<Pool>, PoolOrigin),
        /// The answer's length was announced.
        announced: bool,
    },
    /// One stream of an HTTP/2 connection.
    Stream(#[expect(dead_code, reason = "it is counted, not read")] Place),
}

impl AnswerBody {
    /// The body of an answer over HTTP/2, whose connection has its own task.
    pub(super) fn multiplexed(incoming: Incoming, place: Place) -> Self {
        Self { incoming, lease: Some(Lease::Stream(place)) }
    }

    /// How many bytes are still to come, where the upstream says so.
    pub fn declared(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// The next piece; `None`: the answer is whole. Trailers are dropped.
    pub fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, hyper::Error>>> {
        loop {
            let mut frame = Pin::new(&mut self.incoming).poll_frame(cx);
            if let (Poll::Pending, Some(Lease::Connection { connection, .. })) = (&frame, &mut self.lease) {
                // Asked first, because hyper reads only what somebody waits for.
                connection.drive(cx);
                frame = Pin::new(&mut self.incoming).poll_frame(cx);
            }
            match std::task::ready!(frame) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.give_back(cx);
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// The next piece, awaited.
    pub async fn data(&mut self) -> Option<Result<Bytes, hyper::Error>> {
        std::future::poll_fn(|cx| self.poll_data(cx)).await
    }

    fn give_back(&mut self, cx: &mut Context<'_>) {
        if let Some(Lease::Connection { mut connection, home: (pool, origin), announced }) = self.lease.take() {
            connection.drive(cx);
            if connection.driver.is_some() && connection.sender.is_ready() {
                pool.put(origin, connection, announced);
            }
        }
    }
}
