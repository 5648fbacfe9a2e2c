//! Streams that begin before their upstream has answered.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::failure;
use data_plane_core::dialect::refusal::render_stream;
use data_plane_core::dialect::stream::{StreamFacts, keep_alive};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::record::{EndCode, Outcome};
use tokio::time::{Instant, Sleep, sleep_until};

use super::answer::{Answer, Content};
use super::events::EventStream;
use super::failed::what;
use super::settle::Settlement;
use super::whole::WholeAnswer;
use crate::body::Events;

/// What asking targets comes to.
pub(super) type Attempted = (Result<Answer, Refusal>, Settlement);

/// A stream for a caller whose targets are still being asked. It keeps the caller's connection alive meanwhile; dropping it
/// ends the asking.
pub(super) struct EarlyStream {
    dialect: Dialect,
    state: State,
    pace: Duration,
    timer: Pin<Box<Sleep>>,
}

enum State {
    Asking(Pin<Box<dyn Future<Output = Attempted> + Send>>),
    Streaming(Box<EventStream>),
    Over,
}

impl EarlyStream {
    /// The first keep-alive is due now.
    pub fn new(dialect: Dialect, asking: Pin<Box<dyn Future<Output = Attempted> + Send>>, pace: Duration) -> Self {
        Self { dialect, state: State::Asking(asking), pace, timer: Box::pin(sleep_until(Instant::now())) }
    }

    /// The asking is over: what is told at once, if it is not a stream that follows.
    fn asked(&mut self, (result, mut settlement): Attempted) -> Option<Bytes> {
        self.state = State::Over;
        let refusal = match result {
            Ok(Answer { source, content: Content::Events(mut events) }) => {
                settlement.answered_by(source);
                events.start(settlement);
                self.state = State::Streaming(events);
                return None;
            }
            Ok(Answer { source, content: Content::Whole(answer) }) => {
                settlement.answered_by(source);
                return Some(self.told(*answer, settlement));
            }
            Err(refusal) => refusal,
        };
        settlement.unanswered();
        settlement.trace(settlement.stage(), format!("refused: {}", refusal.code.as_str()));
        let events = self.written(&refusal, settlement.id());
        let counted = settlement.at_least();
        settlement.first_byte();
        settlement.settle(Outcome { counted, ..Outcome::refused(refusal.code) });
        Some(events)
    }

    /// What an upstream found wrong with the request: a status can no longer say it.
    fn told(&self, answer: WholeAnswer, mut settlement: Settlement) -> Bytes {
        let code = match answer.outcome.code {
            EndCode::Refused(code) => code,
            _ => Code::UpstreamFailed,
        };
        let message = failure::message(&answer.pieces.concat()).unwrap_or_else(|| what(code).to_owned());
        let events = self.written(&Refusal::new(code, message), settlement.id());
        settlement.warn(&answer.warnings);
        settlement.first_byte();
        settlement.settle(answer.outcome);
        events
    }

    fn written(&self, refusal: &Refusal, id: &str) -> Bytes {
        render_stream(self.dialect, refusal, id, &StreamFacts::default()).into()
    }
}

impl Events for EarlyStream {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match &mut self.state {
                State::Asking(asking) => match asking.as_mut().poll(cx) {
                    Poll::Ready(asked) => {
                        if let Some(events) = self.asked(asked) {
                            return Poll::Ready(Some(events));
                        }
                    }
                    Poll::Pending => {
                        ready!(self.timer.as_mut().poll(cx));
                        let next = Instant::now() + self.pace;
                        self.timer.as_mut().reset(next);
                        return Poll::Ready(Some(Bytes::from_static(keep_alive(self.dialect))));
                    }
                },
                State::Streaming(events) => return events.poll_next(cx),
                State::Over => return Poll::Ready(None),
            }
        }
    }
}
