use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::memory::MemoryHold;

/// Events that come while they are sent.
pub trait Events: Send {
    /// The next bytes: whole events. `None`: there are no more.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

/// A body that the router sends, to callers and to upstreams. It cannot fail: what goes wrong in the middle of a stream
/// becomes an event of the stream.
pub enum Body {
    /// One piece.
    Full(Bytes),
    /// Pieces of known length, so that a spliced body is sent without being copied together.
    Segments(Segments),
    /// Events, as they come.
    Events(Box<dyn Events>),
}

/// Pieces still to be sent.
pub struct Segments {
    pieces: std::vec::IntoIter<Bytes>,
    remaining: u64,
    /// What they take of the router's memory, until they are sent.
    _charge: Option<MemoryHold>,
}

impl Body {
    /// Nothing.
    pub const fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    /// Pieces that follow each other.
    pub fn segments(mut pieces: Vec<Bytes>) -> Self {
        if pieces.len() == 1 {
            return Self::Full(pieces.remove(0));
        }
        // An empty piece would look like the end to the HTTP/1 encoder.
        pieces.retain(|it| !it.is_empty());
        let remaining = pieces.iter().map(|it| it.len() as u64).sum();
        Self::Segments(Segments { pieces: pieces.into_iter(), remaining, _charge: None })
    }

    /// Pieces whose memory counts until the last of them is sent.
    pub fn charged(pieces: Vec<Bytes>, mut charge: MemoryHold) -> Self {
        match Self::segments(pieces) {
            Self::Full(only) if !only.is_empty() => {
                let remaining = only.len() as u64;
                charge.resize(only.len());
                Self::Segments(Segments { pieces: vec![only].into_iter(), remaining, _charge: Some(charge) })
            }
            Self::Segments(segments) => {
                charge.resize(segments.remaining as usize);
                Self::Segments(Segments { _charge: Some(charge), ..segments })
            }
            other => other,
        }
    }
}

impl Segments {
    fn next(&mut self) -> Option<Bytes> {
        let piece = self.pieces.next()?;
        self.remaining -= piece.len() as u64;
        Some(piece)
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self::Full(bytes.into())
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match self.get_mut() {
            Self::Full(bytes) if bytes.is_empty() => None,
            Self::Full(bytes) => Some(std::mem::take(bytes)),
            Self::Segments(segments) => segments.next(),
            Self::Events(events) => std::task::ready!(events.poll_next(cx)),
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_empty(),
            Self::Segments(segments) => segments.remaining == 0,
            Self::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Segments(segments) => SizeHint::with_exact(segments.remaining),
            Self::Events(_) => SizeHint::default(),
        }
    }
}
