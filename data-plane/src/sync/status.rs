use std::time::{Duration, Instant};

use proto::v1::Gap;

/// How a router stands with its control plane, for `/readyz` and metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Whether pushes arrive.
    pub link: Link,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// When the control plane was last connected, in milliseconds since the Unix epoch.
    pub heard_ms: i64,
    /// The same on a clock that nobody sets; `None`: not since this process began.
    heard_at: Option<Instant>,
    /// Why the last connection ended or was not made; `None` once it stands.
    pub last_error: Option<String>,
    /// The version that serves; 0: none.
    pub held_version: u64,
    /// When it was compiled, in milliseconds since the Unix epoch.
    pub held_created_ms: i64,
    /// What of it this version does not understand; what closes something comes first.
    pub gaps: Vec<Gap>,
    /// Pushes that were answered with a rejection.
    pub rejected: u64,
    /// What was wrong with the last of them.
    pub last_rejection: Option<String>,
    /// Callers are to be sent elsewhere: an operator has drained this node.
    pub drained: bool,
    /// What is wrong with the snapshots on the disk, and the way out.
    pub disk_problems: Vec<String>,
    /// Whether the disk keeps what serves.
    pub(super) kept: bool,
    /// What else is wrong with this machine: its usage log, keys that it should have, its clock.
    pub machine_problems: Vec<String>,
    /// Usage events that the control plane does not have, as it was told last; `None`: not yet.
    pub unsent_events: Option<u64>,
}

/// Whether pushes arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// A join token is being exchanged.
    Enrolling,
    /// A connection is being made.
    Connecting,
    /// They do.
    Connected,
    /// The control plane is away; what is held keeps serving, and the router tries again.
    Disconnected,
    /// The control plane does not know the credential or join token: it belongs to another one, perhaps. What is held keeps
    /// serving.
    Rejected,
    /// The node was revoked: nothing is served any more. It stays so until the control plane takes the node again.
    Revoked,
}

impl Link {
    /// Its name in status pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrolling => "enrolling",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
        }
    }
}

impl Status {
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            link: Link::Connecting,
            since_ms: now_ms,
            heard_ms: now_ms,
            heard_at: None,
            last_error: None,
            held_version: 0,
            held_created_ms: 0,
            gaps: Vec::new(),
            rejected: 0,
            last_rejection: None,
            drained: false,
            disk_problems: Vec::new(),
            kept: true,
            machine_problems: Vec::new(),
            unsent_events: None,
        }
    }

    /// How long the control plane has not been connected. A clock that was set back makes it no shorter than this process
    /// knows.
    pub fn silent(&self, now_ms: i64) -> Duration {
        if self.link == Link::Connected {
            return Duration::ZERO;
        }
        let by_clock = Duration::from_millis(now_ms.saturating_sub(self.heard_ms).try_into().unwrap_or(0));
        by_clock.max(self.heard_at.map_or(Duration::ZERO, |it| it.elapsed()))
    }

    /// Whether the disk keeps what serves.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// What an operator should look at on this machine.
    pub(super) fn problems(&self) -> Vec<String> {
        self.disk_problems.iter().chain(&self.machine_problems).cloned().collect()
    }

    /// Returns whether anything changed.
    pub(super) fn set_link(&mut self, link: Link, error: Option<String>, now_ms: i64) -> bool {
        // Nothing but a control plane that takes the node again takes that back.
        let link = if self.link == Link::Revoked && link != Link::Connected { Link::Revoked } else { link };
        if self.link == Link::Connected || link == Link::Connected {
            self.heard_ms = now_ms;
            self.heard_at = Some(Instant::now());
        }
        let changed = self.link != link || self.last_error != error;
        if self.link != link {
            self.since_ms = now_ms;
        }
        self.link = link;
        self.last_error = error;
        changed
    }
}
