//! Routers as nodes: how one joins, and how it stands.

/// A secret that lets one router join, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinTokenRecord {
    /// The public part.
    pub id: String,
    /// SHA-256 of the whole.
    pub digest: [u8; 32],
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Milliseconds since the Unix epoch.
    pub expires_ms: i64,
    /// When a router joined with it last.
    pub used_ms: Option<i64>,
    /// How many routers may join with it.
    pub uses: u64,
    /// How many have.
    pub used: u64,
}

/// Why a router may not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinRefused {
    /// Nobody issued it.
    #[error("the join token is unknown: make one with `node join-token`")]
    Unknown,
    /// As many routers have joined with it as may.
    #[error("the join token has been used: make another with `node join-token`")]
    Used,
    /// Its time is over.
    #[error("the join token has expired: make another with `node join-token`")]
    Expired,
}

impl JoinTokenRecord {
    /// Whether a router may join with it now. The store must mark it used in the same transaction.
    pub fn admits(&self, digest: &[u8; 32], now_ms: i64) -> Result<(), JoinRefused> {
        if self.digest != *digest {
            return Err(JoinRefused::Unknown);
        }
        if self.used >= self.uses {
            return Err(JoinRefused::Used);
        }
        if self.expires_ms <= now_ms {
            return Err(JoinRefused::Expired);
        }
        Ok(())
    }
}

/// Whether a router may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// It may.
    Active,
    /// Never again: its credential opens nothing.
    Revoked,
}

impl NodeState {
    /// Its name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Revoked].into_iter().find(|it| it.as_str() == name)
    }
}

/// How a router stands, as lists show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeStatus {
    /// Connected, and serving the newest version.
    Current,
    /// Connected, and serving the newest version but for what it does not understand of it.
    Partial,
    /// Connected, and serving a version that this database does not know, as after a restore of an older copy: it takes nothing
    /// until the newest version passes that.
    Ahead,
    /// Connected, and on its way to the newest version.
    Behind,
    /// Connected; it refused the newest version and serves an older one.
    Rejecting,
    /// Not heard of for a while. It may well be serving from its own copy.
    Away,
    /// Its credential opens nothing.
    Revoked,
}

/// How long a router may be silent before it counts as away.
pub const AWAY_AFTER_MS: i64 = 30_000;

/// A router whose credential is older replaces it without being asked to.
pub const CREDENTIAL_AGE_MS: i64 = 90 * 86_400_000;

/// How long a router is gone before lists leave it out.
pub const GONE_AFTER_MS: i64 = 86_400_000;

/// What is known about a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// Whether it may connect.
    pub state: NodeState,
    /// When it was last heard of, milliseconds since the Unix epoch.
    pub last_seen_ms: i64,
    /// The version that it serves; 0: none.
    pub held_version: u64,
    /// It does not understand all of that.
    pub partial: bool,
    /// The version that it refused last; 0: none.
    pub rejected_version: u64,
}

impl NodeStatus {
    /// How a router stands, given the newest version.
    pub fn of(node: &NodeFacts, newest_version: u64, now_ms: i64) -> Self {
        if node.state == NodeState::Revoked {
            Self::Revoked
        } else if now_ms.saturating_sub(node.last_seen_ms) > AWAY_AFTER_MS {
            Self::Away
        } else if node.held_version > newest_version {
            Self::Ahead
        } else if node.held_version == newest_version && node.partial {
            Self::Partial
        } else if node.held_version == newest_version {
            Self::Current
        } else if node.rejected_version == newest_version {
            Self::Rejecting
        } else {
            Self::Behind
        }
    }

    /// Its name in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Partial => "partial",
            Self::Ahead => "ahead",
            Self::Behind => "behind",
            Self::Rejecting => "rejecting",
            Self::Away => "away",
            Self::Revoked => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: [u8; 32] = [7; 32];

    fn join() -> JoinTokenRecord {
        JoinTokenRecord {
            id: "id".into(),
            digest: DIGEST,
            created_ms: 0,
            expires_ms: 100,
            used_ms: None,
            uses: 2,
            used: 1,
        }
    }

    #[test]
    fn a_join_token_works_as_often_as_it_may_and_in_time() {
        assert_eq!(join().admits(&DIGEST, 99), Ok(()));
        assert_eq!(join().admits(&DIGEST, 100), Err(JoinRefused::Expired));
        assert_eq!(join().admits(&[8; 32], 99), Err(JoinRefused::Unknown));
        let used = JoinTokenRecord { used_ms: Some(1), used: 2, ..join() };
        assert_eq!(used.admits(&DIGEST, 99), Err(JoinRefused::Used));
    }

    #[test]
    fn a_node_stands_as_its_versions_say() {
        let facts = NodeFacts {
            state: NodeState::Active,
            last_seen_ms: 1000,
            held_version: 4,
            partial: false,
            rejected_version: 0,
        };
        assert_eq!(NodeStatus::of(&facts, 4, 1000), NodeStatus::Current);
        assert_eq!(NodeStatus::of(&facts, 5, 1000), NodeStatus::Behind);
        assert_eq!(NodeStatus::of(&facts, 3, 1000), NodeStatus::Ahead);
        assert_eq!(NodeStatus::of(&NodeFacts { partial: true, ..facts }, 3, 1000), NodeStatus::Ahead);
        assert_eq!(NodeStatus::of(&NodeFacts { partial: true, ..facts }, 4, 1000), NodeStatus::Partial);
        assert_eq!(NodeStatus::of(&NodeFacts { partial: true, ..facts }, 5, 1000), NodeStatus::Behind);
        assert_eq!(NodeStatus::of(&NodeFacts { rejected_version: 5, ..facts }, 5, 1000), NodeStatus::Rejecting);
        assert_eq!(NodeStatus::of(&facts, 4, 1001 + AWAY_AFTER_MS), NodeStatus::Away);
        assert_eq!(NodeStatus::of(&NodeFacts { state: NodeState::Revoked, ..facts }, 4, 1000), NodeStatus::Revoked);
    }
}
