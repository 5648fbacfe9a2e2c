use super::PolicyKind;

/// How a group orders its eligible targets, with what it is told to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The first eligible target, and no other.
    Static,
    /// At random by the weights of the targets, over what is eligible.
    Weighted,
    /// In the order of the configuration.
    Failover,
}

impl Policy {
    /// Its kind, as it is configured and recorded.
    pub const fn kind(self) -> PolicyKind {
        match self {
            Self::Static => PolicyKind::Static,
            Self::Weighted => PolicyKind::Weighted,
            Self::Failover => PolicyKind::Failover,
        }
    }
}

impl From<PolicyKind> for Policy {
    fn from(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::Static => Self::Static,
            PolicyKind::Weighted => Self::Weighted,
            PolicyKind::Failover => Self::Failover,
        }
    }
}
