use proto::v1::UsageEvent;

use super::log::UsageLog;
use super::recover;

/// A request that is written down and may be sent upstream. It is settled exactly once; one that is dropped instead,
/// because its task panicked or was aborted, is accounted for as interrupted.
#[must_use = "an intent without an outcome is reported as interrupted"]
pub struct Ticket {
    log: UsageLog,
    /// `None`: settled, or dropped because the log is full.
    intent: Option<u64>,
}

impl Ticket {
    pub(super) fn new(log: UsageLog, intent: Option<u64>) -> Self {
        Self { log, intent }
    }

    /// Writes the request's usage event. Its sequence is given here.
    pub fn settle(mut self, event: &UsageEvent) {
        if let Some(intent) = self.intent.take() {
            self.log.shared().settle(intent, event);
        }
    }

    /// Forgets the ticket as a killed process does.
    #[cfg(test)]
    pub(super) fn forget(mut self) {
        self.intent = None;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(intent) = self.intent.take()
            && let Some(event) = self.log.shared().open_event(intent)
        {
            self.log.shared().settle(intent, &recover::interrupted(event));
        }
    }
}
