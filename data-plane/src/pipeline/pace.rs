use std::time::Duration;

use tokio::time::Instant;

use crate::upstream::SendError;

/// What streams keep to, in time.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// A caller that gets nothing for so long gets a keep-alive.
    pub keep_alive: Duration,
    /// Who asks keeps it alive until there is content.
    pub early: bool,
    /// An upstream that sends nothing for so long has failed.
    pub idle: Duration,
    /// When the whole call must be over.
    pub deadline: Instant,
}

/// Why the timer fired.
pub(super) enum Tick {
    KeepAlive,
    Over(SendError),
}

impl Pace {
    /// When something is due next.
    pub fn due(self, last_read: Instant, last_sent: Instant) -> Instant {
        self.deadline.min(last_read + self.idle).min(last_sent + self.keep_alive)
    }
}
