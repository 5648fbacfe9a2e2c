use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::failure::UpstreamFailure;
use data_plane_core::dialect::refusal::render_stream_begun;
use data_plane_core::dialect::scrub::{Scrub, named};
use data_plane_core::dialect::stream::keep_alive;
use data_plane_core::error::Refusal;
use data_plane_core::record::{AttemptClass, AttemptEnd, Counted, EndCode, Outcome};
use http::{HeaderValue, Response};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::broken::Broken;
use super::exchange::Exchange;
use super::failed::{Failed, is_about_request, told, told_code, what};
use super::pace::{Pace, Tick};
use super::passage::StreamPassage;
use super::settle::Settlement;
use super::whole::content_type;
use crate::body::Events;
use crate::upstream::{AnswerBody, SendError};

/// More than this is not held back while waiting for content.
const MOST_HELD: usize = 1024 * 1024;
/// How long an upstream may take to close a stream whose end has arrived, before its connection is closed.
const LONGEST_END: Duration = Duration::from_secs(1);
/// More pieces than this do not go out together: the rest of the connections wait meanwhile.
const MOST_PIECES: usize = 64;

/// A streamed answer on its way from an upstream to a caller. It has no task of its own: the caller's connection polls
/// it, and dropping it closes the upstream's connection.
pub(super) struct EventStream {
    dialect: Dialect,
    status: u16,
    pub content_type: Option<HeaderValue>,
    estimated_input: u64,
    scrub: Option<Scrub>,
    /// `None`: nothing more will come from it.
    upstream: Option<AnswerBody>,
    passage: StreamPassage,
    /// Whole events, to be sent next.
    ready: Vec<Bytes>,
    /// The upstream itself told the caller that it failed.
    told: bool,
    /// It ended in the middle of an event.
    cut: bool,
    pace: Pace,
    timer: Pin<Box<Sleep>>,
    /// The router stops and waits no longer.
    cut_off: Pin<Box<WaitForCancellationFutureOwned>>,
    last_read: Instant,
    last_sent: Instant,
    /// Set once the answer has begun.
    settlement: Option<Settlement>,
    /// How it ended, once nothing more will come.
    outcome: Option<Outcome>,
}

/// What a stream's beginning showed.
pub(super) enum HeldStream {
    /// Content, or its end; or it is time to send something.
    Started,
    /// A failure before any content.
    Failed(Failed),
    /// A failure before any content that is about the request itself.
    AboutRequest(Failed, UpstreamFailure),
}

impl EventStream {
    /// A stream at its beginning.
    pub fn open(exchange: &Exchange<'_>, response: Response<AnswerBody>, deadline: Instant) -> Self {
        let Exchange { router, request, call, .. } = exchange;
        let facts = &request.facts;
        let (head, body) = response.into_parts();
        let pace = Pace {
            keep_alive: router.settings.keep_alive,
            early: request.group.early_keep_alive,
            idle: call.target.provider.timeouts.stream_idle,
            deadline,
        };
        let now = Instant::now();
        Self {
            dialect: facts.dialect(),
            status: head.status.as_u16(),
            content_type: content_type(exchange, &head.headers).filter(|_| exchange.reply.is_none()),
            estimated_input: facts.estimated_input_tokens,
            scrub: exchange.scrub.clone(),
            upstream: Some(body),
            passage: StreamPassage::open(exchange),
            ready: Vec::new(),
            told: false,
            cut: false,
            timer: Box::pin(sleep_until(pace.due(now, now))),
            cut_off: Box::pin(router.cut_off.clone().cancelled_owned()),
            pace,
            last_read: now,
            last_sent: now,
            settlement: None,
            outcome: None,
        }
    }

    /// Reads until it is known whether the stream is worth sending: nothing of it is sent before.
    pub async fn hold(&mut self) -> HeldStream {
        std::future::poll_fn(|cx| self.poll_hold(cx)).await
    }

    fn poll_hold(&mut self, cx: &mut Context<'_>) -> Poll<HeldStream> {
        loop {
            let facts = self.passage.facts();
            if let Some(failure) = facts.failure.as_ref().filter(|_| !self.cut) {
                let failure = named(self.scrub.as_ref(), failure);
                let failed = Failed::told(&failure, self.status);
                return Poll::Ready(if is_about_request(failure.class) {
                    HeldStream::AboutRequest(failed, failure.into_owned())
                } else {
                    HeldStream::Failed(failed)
                });
            }
            let held: usize = self.ready.iter().map(Bytes::len).sum();
            let worked = facts.usage.is_some_and(|it| it.output > 0);
            if facts.content_started || held > MOST_HELD || facts.complete && (facts.tells_end || worked) {
                return Poll::Ready(HeldStream::Started);
            }
            if facts.complete {
                let failed = Failed::new(FailureClass::InvalidResponse, self.status, "the stream has nothing in it");
                return Poll::Ready(HeldStream::Failed(failed));
            }
            let Some(upstream) = &mut self.upstream else {
                let failed = Failed::new(FailureClass::Network, self.status, "the stream ended before any content");
                return Poll::Ready(HeldStream::Failed(failed));
            };
            match upstream.poll_data(cx) {
                Poll::Ready(Some(Ok(chunk))) => self.take(chunk),
                Poll::Ready(Some(Err(error))) => {
                    return Poll::Ready(HeldStream::Failed(Failed {
                        status: self.status,
                        ..SendError::Broken(error).into()
                    }));
                }
                Poll::Ready(None) => {
                    self.upstream = None;
                    self.finish();
                }
                Poll::Pending => match ready!(self.poll_timer(cx)) {
                    Tick::KeepAlive if self.pace.early => {}
                    Tick::KeepAlive => {
                        self.keep_alive();
                        return Poll::Ready(HeldStream::Started);
                    }
                    Tick::Over(error) => {
                        return Poll::Ready(HeldStream::Failed(Failed { status: self.status, ..error.into() }));
                    }
                },
            }
        }
    }

    /// From now on the stream settles the request.
    pub fn start(&mut self, settlement: Settlement) {
        if self.upstream.is_none() {
            self.over(self.ending());
        }
        self.settlement = Some(settlement);
    }

    fn keep_alive(&mut self) {
        self.ready.push(Bytes::from_static(keep_alive(self.dialect)));
    }

    fn take(&mut self, chunk: Bytes) {
        self.last_read = Instant::now();
        self.passage.push(chunk, &mut self.ready);
        let failure = self.passage.facts().failure.as_ref();
        self.told =
            self.passage.tells_failures() && failure.is_some_and(|it| it.class != FailureClass::InvalidResponse);
    }

    /// No client can read on, and the upstream has not told it why.
    fn is_unreadable(&self) -> bool {
        self.passage.facts().failure.is_some() && !self.told
    }

    /// The upstream closed its stream. The beginning of an event that never ended is dropped: what follows it could not
    /// be read.
    fn finish(&mut self) {
        let whole = self.ready.len();
        self.passage.finish(&mut self.ready);
        let facts = self.passage.facts();
        if !facts.complete {
            self.ready.truncate(whole);
            self.cut = facts.failure.as_ref().is_some_and(|it| it.class == FailureClass::InvalidResponse);
        }
    }

    /// The timer is set anew only when it fires, so that a chunk costs no more than a look at the clock.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Tick> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if now >= self.pace.deadline {
                return Poll::Ready(Tick::Over(SendError::TotalTimeout));
            }
            if now >= self.last_read + self.pace.idle {
                return Poll::Ready(Tick::Over(SendError::IdleTimeout));
            }
            let keep_alive = now >= self.last_sent + self.pace.keep_alive;
            if keep_alive {
                self.last_sent = now;
            }
            let next = self.pace.due(self.last_read, self.last_sent);
            self.timer.as_mut().reset(next);
            if keep_alive {
                return Poll::Ready(Tick::KeepAlive);
            }
        }
    }

    /// How a stream that the upstream closed has ended.
    fn ending(&self) -> Result<(), Broken> {
        let facts = self.passage.facts();
        match &facts.failure {
            Some(failure) if !self.cut => {
                let failure = named(self.scrub.as_ref(), failure);
                let code = told_code(&failure, self.status);
                Err(Broken { class: AttemptClass::Failed(failure.class), code, detail: told(&failure) })
            }
            None if facts.complete => Ok(()),
            _ => Err(Broken::new(FailureClass::Network, &"the stream ended before its last event")),
        }
    }

    /// The dialect's own end has arrived: the caller does not wait until the upstream closes its stream.
    fn ended(&mut self, cx: &mut Context<'_>) {
        let Some(mut upstream) = self.upstream.take() else { return };
        // What is there already belongs to the stream.
        for _ in 0..MOST_PIECES {
            match upstream.poll_data(cx) {
                Poll::Ready(Some(Ok(chunk))) => self.take(chunk),
                Poll::Ready(Some(Err(_)) | None) => break,
                Poll::Pending => {
                    // Read to its end, the connection can be used again.
                    tokio::spawn(async move {
                        let rest = async { while matches!(upstream.data().await, Some(Ok(_))) {} };
                        let _closed = timeout(LONGEST_END, rest).await;
                    });
                    break;
                }
            }
        }
        self.finish();
        self.over(self.ending());
    }

    /// The upstream's connection failed in the middle of the stream. After its terminal event a stream is whole, however
    /// the connection ends.
    fn broken(&mut self, error: &SendError) {
        let facts = self.passage.facts();
        let silent = facts.failure.is_none() && !facts.complete;
        let ending = if silent { Err(Broken::new(error.class(), error)) } else { self.ending() };
        self.over(ending);
    }

    /// Nothing more will come. What the caller has not been told by the upstream it is told here; no sign of success
    /// follows.
    fn over(&mut self, ending: Result<(), Broken>) {
        self.upstream = None;
        let facts = self.passage.facts();
        let counted = Counted::stream(facts, self.estimated_input);
        let outcome = match ending {
            Ok(()) => Outcome::served(self.status, counted),
            Err(Broken { class, code, detail }) => {
                if !self.told && !facts.complete {
                    let refusal = Refusal::new(code, what(code));
                    let id = self.settlement.as_ref().map_or("", Settlement::id);
                    let events = render_stream_begun(self.dialect, &refusal, id, facts, self.passage.begun());
                    self.ready.push(events.into());
                }
                let attempt = AttemptEnd { class, status: self.status, detail };
                Outcome { status: code.status(), code: EndCode::Refused(code), counted, attempt: Some(attempt) }
            }
        };
        self.outcome = Some(outcome);
    }

    fn sent(&mut self) {
        // A keep-alive is no answer.
        if self.passage.facts().events > 0
            && let Some(settlement) = &mut self.settlement
        {
            settlement.first_byte();
        }
        if self.upstream.is_none() && !self.passage.holds() {
            self.settle();
        }
    }

    fn settle(&mut self) {
        if let (Some(mut settlement), Some(outcome)) = (self.settlement.take(), self.outcome.take()) {
            self.warn(&mut settlement);
            settlement.settle(outcome);
        }
    }

    /// Too late for the header; the usage row has all of it.
    fn warn(&self, settlement: &mut Settlement) {
        settlement.warn(&self.passage.warnings());
    }
}

impl Events for EventStream {
    /// The next bytes for the caller: whole events, nothing re-framed. `None`: the stream is over.
    ///
    /// What has arrived by now goes out together, because framing and writing cost more than the bytes.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while self.ready.len() < MOST_PIECES
            && !self.passage.holds()
            && let Some(upstream) = &mut self.upstream
        {
            if self.passage.facts().complete {
                self.ended(cx);
                break;
            }
            match upstream.poll_data(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.take(chunk);
                    if self.is_unreadable() {
                        self.over(self.ending());
                    }
                }
                Poll::Ready(Some(Err(error))) => self.broken(&SendError::Broken(error)),
                Poll::Ready(None) => {
                    self.finish();
                    self.over(self.ending());
                }
                Poll::Pending if !self.ready.is_empty() => break,
                Poll::Pending if self.cut_off.as_mut().poll(cx).is_ready() => self.over(Err(Broken::cut_off())),
                Poll::Pending => match ready!(self.poll_timer(cx)) {
                    Tick::KeepAlive => self.keep_alive(),
                    Tick::Over(error) => self.broken(&error),
                },
            }
        }
        if self.ready.is_empty() {
            ready!(self.passage.poll_release(cx, &mut self.ready));
        }
        if self.ready.is_empty() {
            self.settle();
            return Poll::Ready(None);
        }
        let bytes = join(&mut self.ready);
        self.last_sent = Instant::now();
        self.sent();
        Poll::Ready(Some(bytes))
    }
}

impl Drop for EventStream {
    /// The client went away. Some close right after the terminal event, which is no failure.
    fn drop(&mut self) {
        // After a panic it settles itself.
        if std::thread::panicking() {
            return;
        }
        let Some(mut settlement) = self.settlement.take() else { return };
        self.warn(&mut settlement);
        let facts = self.passage.facts();
        let counted = Counted::stream(facts, self.estimated_input);
        let sent = self.ready.is_empty() && !self.passage.holds();
        let served = facts.complete && facts.failure.is_none() && sent;
        let outcome = if served { Outcome::served(self.status, counted) } else { settlement.left(counted) };
        settlement.settle(outcome);
    }
}

/// One frame for what is ready: small pieces are copied together, which costs less than framing each of them.
fn join(ready: &mut Vec<Bytes>) -> Bytes {
    if ready.len() == 1 {
        return ready.remove(0);
    }
    let mut joined = BytesMut::with_capacity(ready.iter().map(Bytes::len).sum());
    for piece in ready.drain(..) {
        joined.extend_from_slice(&piece);
    }
    joined.freeze()
}
