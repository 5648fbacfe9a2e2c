//! Bodies that are sent as slowly, or broken off as early, as was asked.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame as BodyFrame;
use tokio::time::{Sleep, sleep};

use crate::{behaviour::After, traffic::Open};

/// One event of a stream, or a piece of a whole body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What is written.
    pub bytes: Bytes,
    /// Whether it carries content, as opposed to what comes before, between and after it.
    pub content: bool,
}

impl Frame {
    /// A piece without content.
    pub fn plain(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into(), content: false }
    }
}

/// How many frames precede the asked place. A stream with less content fails after the last of it.
pub fn place(frames: &[Frame], after: After) -> usize {
    let content = |(i, frame): (usize, &Frame)| frame.content.then_some(i);
    let mut places = frames.iter().enumerate().filter_map(content);
    match after {
        After::Start => 0,
        After::Content(0) => places.next().unwrap_or(0),
        After::Content(n) => places.take(n).last().map_or(0, |last| last + 1),
    }
}

/// How a body is sent.
pub struct Script {
    /// What is sent.
    pub frames: Vec<Frame>,
    /// The wait before the first frame.
    pub first_byte: Duration,
    /// The wait between two content frames.
    pub gap: Duration,
    /// Whether the connection breaks after the last frame.
    pub cut: bool,
}

impl Script {
    /// The body; `open` ends with it.
    pub fn body(self, open: Open) -> Body {
        Body::new(PacedBody {
            frames: self.frames.into_iter(),
            next: None,
            taken_up: false,
            wait: Wait::after(self.first_byte),
            gap: self.gap,
            content_sent: false,
            cut: self.cut,
            open,
        })
    }
}

struct PacedBody {
    frames: std::vec::IntoIter<Frame>,
    next: Option<Frame>,
    /// Whether `next` and its wait are up to date.
    taken_up: bool,
    wait: Wait,
    gap: Duration,
    content_sent: bool,
    cut: bool,
    open: Open,
}

enum Wait {
    None,
    /// One turn of the event loop: what was sent so far is flushed, so that each event is written
    /// on its own, as a model server does.
    Turn,
    Timer(Pin<Box<Sleep>>),
}

impl Wait {
    fn after(duration: Duration) -> Self {
        if duration.is_zero() { Self::None } else { Self::Timer(Box::pin(sleep(duration))) }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::None => return Poll::Ready(()),
            Self::Turn => {
                *self = Self::None;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Timer(timer) => ready!(timer.as_mut().poll(context)),
        }
        *self = Self::None;
        Poll::Ready(())
    }
}

impl PacedBody {
    /// Takes the next frame up, with the wait it deserves.
    fn advance(&mut self) {
        self.next = self.frames.next();
        match &self.next {
            Some(frame) if frame.content => {
                if self.content_sent {
                    self.wait = Wait::after(self.gap);
                }
                if matches!(self.wait, Wait::None) {
                    self.wait = Wait::Turn;
                }
                self.content_sent = true;
            }
            None if self.cut => self.wait = Wait::Turn,
            _ => {}
        }
    }
}

impl http_body::Body for PacedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame<Bytes>, io::Error>>> {
        ready!(self.wait.poll(context));
        if !self.taken_up {
            self.advance();
            self.taken_up = true;
            ready!(self.wait.poll(context));
        }
        self.taken_up = false;
        match self.next.take() {
            Some(frame) => Poll::Ready(Some(Ok(BodyFrame::data(frame.bytes)))),
            None if self.cut => {
                self.open.finish();
                let cut = io::Error::other("the sandbox breaks off, as the request asked");
                Poll::Ready(Some(Err(cut)))
            }
            None => {
                self.open.finish();
                Poll::Ready(None)
            }
        }
    }
}

/// The frames of a whole body; broken off, only its first half is sent.
pub fn whole(bytes: &Bytes, cut: bool) -> Vec<Frame> {
    let end = if cut { bytes.len() / 2 } else { bytes.len() };
    vec![Frame::plain(bytes.slice(..end))]
}
