use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use data_plane_core::dialect::continuation::terminal_response;
use data_plane_core::dialect::translate::Warnings;
use data_plane_core::sse::split;
use memchr::memmem;

use super::keep::{Keeping, NotKept, UNKEPT};

/// The end of a stream whose answer is kept: the event that ends it is held back until every router can continue it.
#[derive(Default)]
pub(crate) struct Ending {
    keeping: Option<Keeping>,
    under_way: Option<UnderWay>,
    warnings: Warnings,
}

struct UnderWay {
    storing: Pin<Box<dyn Future<Output = Result<(), NotKept>> + Send>>,
    held: Vec<Bytes>,
}

impl Ending {
    /// `None`: nothing is kept, and nothing held back.
    pub fn new(keeping: Option<Keeping>) -> Self {
        Self { keeping, ..Self::default() }
    }

    /// Looks for the last event among those that have just become ready, from `start` on, and takes it out with what
    /// follows it.
    pub fn look(&mut self, ready: &mut Vec<Bytes>, start: usize) {
        if self.keeping.is_none() || !ready[start..].iter().any(|piece| may_end(piece)) {
            return;
        }
        let mut joined = BytesMut::new();
        ready.drain(start..).for_each(|piece| joined.extend_from_slice(&piece));
        let mut events = split(&joined.freeze());
        let found = events.iter().enumerate().find_map(|(place, it)| Some((place, terminal_response(it)?)));
        if let Some((place, response)) = found
            && let Some(keeping) = self.keeping.take()
        {
            let held = events.split_off(place);
            self.under_way = Some(UnderWay { storing: Box::pin(keeping.keep(response)), held });
        }
        ready.append(&mut events);
    }

    /// Something is held back.
    pub fn is_held(&self) -> bool {
        self.under_way.is_some()
    }

    /// Lets go what is held back, as soon as the answer is kept, or is known not to be.
    pub fn poll(&mut self, cx: &mut Context<'_>, ready: &mut Vec<Bytes>) -> Poll<()> {
        let Some(under_way) = &mut self.under_way else { return Poll::Ready(()) };
        if ready!(under_way.storing.as_mut().poll(cx)).is_err() {
            self.warnings.dropped(UNKEPT);
        }
        ready.append(&mut under_way.held);
        self.under_way = None;
        Poll::Ready(())
    }

    /// Whether the answer was to be kept, and was not.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// Whether these events may have the last one among them: most do not even name it.
fn may_end(events: &[u8]) -> bool {
    ["response.completed", "response.incomplete"].iter().any(|it| memmem::find(events, it.as_bytes()).is_some())
}
