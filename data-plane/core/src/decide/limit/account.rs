use smallvec::SmallVec;

use crate::config::Limits;

/// As many accounts as stand on the stack.
pub const USUAL: usize = 4;

/// All that a request is counted for, each once. It is admitted by all of them or by none.
pub type Accounts<'a> = SmallVec<[Account<'a>; USUAL]>;

/// What a request is counted for, with the limits that apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// Whose it is.
    pub id: AccountId<'a>,
    /// How much there may be.
    pub limits: &'a Limits,
}

/// Whose account it is. Accounts of different kinds never meet, whatever their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId<'a> {
    /// What it belongs to.
    pub kind: AccountKind,
    /// The name of that in the configuration.
    pub name: &'a str,
}

/// What an account belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// A caller, with all of its tokens.
    Caller,
}

impl AccountKind {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Caller];

    /// Its name in messages and details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Caller => "caller",
        }
    }
}
