//! File descriptors: how many there are, and who gets how many.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More are of no use, and some systems refuse "unlimited".
const MOST: u64 = 1 << 20;
/// Kept for the usage log, the database, the link between the planes, look-ups of names, and connections that are told that
/// there is no room.
const RESERVE: usize = 128;
/// What is meant by default where the limit allows more.
const MOST_CONNECTIONS: usize = 16_384;
/// Nothing works with fewer.
const FEWEST: usize = 16;

/// Raises the soft limit on file descriptors to the hard one, and returns what then holds.
pub fn raise_limit() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(MOST).min(MOST);
    let current = current.unwrap_or(MOST);
    let raised = current < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok();
    let limit = if raised { wanted } else { current };
    if raised {
        tracing::debug!(from = current, to = limit, "more file descriptors");
    }
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// Who gets how many connections out of a process's descriptors. What nobody gets is the reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// Of callers.
    pub callers: usize,
    /// To providers: no more requests are served at a time.
    pub upstream: usize,
    /// Of administrators.
    pub admin: usize,
    /// Of routers.
    pub nodes: usize,
}

impl Shares {
    /// A router's: one connection to a provider for each of a caller.
    pub fn router(limit: usize) -> Self {
        let half = share(limit.saturating_sub(RESERVE), 2);
        Self { callers: half, upstream: half, admin: 0, nodes: 0 }
    }

    /// A control plane's: routers before administrators, and the rest for its database.
    pub fn control_plane(limit: usize) -> Self {
        let usable = limit.saturating_sub(RESERVE);
        Self { callers: 0, upstream: 0, admin: share(usable, 4), nodes: share(usable, 2) }
    }

    /// Those of both planes in one process. The demo's upstream is in it, too: its side of each connection counts.
    pub fn standalone(limit: usize) -> Self {
        let usable = limit.saturating_sub(RESERVE);
        let few = share(usable, 16);
        let third = share(usable.saturating_sub(2 * few), 3);
        Self { callers: third, upstream: third, admin: few, nodes: few }
    }
}

fn share(of: usize, parts: usize) -> usize {
    (of / parts).clamp(FEWEST, MOST_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::{MOST_CONNECTIONS, RESERVE, Shares};

    #[test]
    fn shares_leave_the_reserve_whatever_the_limit_is() {
        for limit in [256, 1024, 4096, 65_536, 1 << 20] {
            let Shares { callers, upstream, .. } = Shares::router(limit);
            assert!(callers + upstream + RESERVE <= limit, "{limit}");
            let Shares { admin, nodes, .. } = Shares::control_plane(limit);
            assert!(admin + nodes + RESERVE <= limit, "{limit}");
            let both = Shares::standalone(limit);
            assert!(both.callers + 2 * both.upstream + both.admin + both.nodes + RESERVE <= limit, "{limit}");
        }
        assert_eq!(Shares::router(1024).callers, 448);
        assert_eq!(Shares::router(usize::MAX).callers, MOST_CONNECTIONS);
    }
}
