use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use data_plane_core::dialect::translate::{Terminal, Warnings};

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

    /// Takes the event that ends the stream well out of what has just become ready, with what follows it.
    pub fn take(&mut self, terminal: Terminal, ready: &mut Vec<Bytes>) {
        let Some(keeping) = self.keeping.take() else { return };
        let held = ready.split_off(terminal.at);
        self.under_way = Some(UnderWay { storing: Box::pin(keeping.keep(terminal.response)), held });
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
