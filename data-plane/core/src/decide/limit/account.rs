use crate::config::Limits;

/// How many accounts a request is counted for.
pub const ACCOUNTS: usize = 1;

/// What a request is counted for, with the limits that apply. It is admitted by all of its accounts or by none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account<'a> {
    /// Whose it is.
    pub id: AccountId<'a>,
    /// How much there may be.
    pub limits: &'a Limits,
}

/// Whose account it is. Accounts of different kinds never meet, whatever their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountId<'a> {
    /// A caller's, with all of its tokens.
    Caller(&'a str),
}
