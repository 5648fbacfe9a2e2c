/// Where a request is on its way. Usage events name the stage that refused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Whose token is it, and does it open anything?
    Identify,
    /// May the token do this at all?
    Scope,
    /// Is there room for one more request of its accounts?
    HeadAdmit,
    /// The body is read, and what it asks.
    Understand,
    /// May the caller call this group?
    Authorise,
    /// The conversation that the request continues is written out.
    Continue,
    /// Is there room for its tokens?
    Admit,
    /// Which targets can do it, and in which order?
    Plan,
    /// Targets are asked.
    Attempt,
    /// Another target is asked after one failed.
    Fallback,
}

impl Stage {
    /// Its name in usage events and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Scope => "scope",
            Self::HeadAdmit => "head-admit",
            Self::Understand => "understand",
            Self::Authorise => "authorise",
            Self::Continue => "continue",
            Self::Admit => "admit",
            Self::Plan => "plan",
            Self::Attempt => "attempt",
            Self::Fallback => "fallback",
        }
    }
}
