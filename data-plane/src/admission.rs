//! What admits a request: all of the accounts that it is counted for, or none. Whoever has entered holds what was taken until
//! the request is settled.

mod book;
mod ledger;
mod settling;

use std::future::ready;
use std::mem::take;
use std::sync::Arc;

use data_plane_core::decide::identify::{Identified, Named};
use data_plane_core::decide::limit::{AccountId, AccountKind, LimitReached, Standings};

use self::ledger::{Held, Ledger};

pub use book::{Charge, Spent};
pub use settling::see_through;

/// All accounts, as this router keeps them.
#[derive(Default)]
pub struct Admission {
    ledger: Ledger,
}

/// A request's hold on its accounts, from its head on. It ends once, in [`Hold::settle`]. One that is dropped, because
/// nobody is left to settle it, gives back what this router itself can give back.
#[must_use = "a hold that is dropped is released"]
pub struct Hold {
    admission: Arc<Admission>,
    who: Arc<Identified>,
    held: Held,
}

impl Admission {
    /// Takes one request and one place of all of the caller's accounts, or says which one refuses, and takes nothing. Tells
    /// how the accounts stand then.
    pub fn enter(self: &Arc<Self>, who: &Arc<Identified>) -> (Result<Hold, LimitReached>, Standings) {
        let (entered, standings) = self.ledger.enter(&who.accounts());
        let hold = |held| Hold { admission: Arc::clone(self), who: Arc::clone(who), held };
        (entered.map(hold), standings)
    }

    /// Which account would refuse a request of this caller at its head.
    pub fn refuses_entry(&self, who: &Named) -> Option<LimitReached> {
        self.ledger.refuses_entry(&who.accounts())
    }

    /// Which account would refuse so many tokens.
    pub fn refuses_tokens(&self, who: &Named, tokens: u64) -> Option<LimitReached> {
        self.ledger.refuses_tokens(&who.accounts(), tokens)
    }

    /// Counts a request that came to an end without a hold.
    pub fn spend(&self, who: &Named, charge: &Charge) {
        self.ledger.spend(&who.accounts(), charge);
    }

    /// What a caller of that name has used.
    pub fn spent(&self, caller: &str) -> Spent {
        self.ledger.spent(AccountId { kind: AccountKind::Caller, name: caller })
    }

    /// How the caller stands with its limits, and what it has used.
    pub fn standing(&self, who: &Named) -> (Standings, Spent) {
        self.ledger.standing(&who.accounts())
    }
}

impl Hold {
    /// Reserves so many tokens of all accounts, or says which one refuses. Tells how the accounts stand then.
    pub fn reserve(&mut self, tokens: u64) -> (Result<(), LimitReached>, Standings) {
        self.admission.ledger.reserve(&self.who.accounts(), &mut self.held, tokens)
    }

    /// Ends a request. Tells how the accounts stand then. It may have to wait where an account is kept elsewhere; what is kept
    /// on this router is settled when this returns.
    pub fn settle(mut self, charge: &Charge) -> impl Future<Output = Standings> + Send + Unpin + 'static {
        let held = take(&mut self.held);
        ready(self.admission.ledger.settle(&self.who.accounts(), held, charge))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let held = take(&mut self.held);
        if !held.is_empty() {
            self.admission.ledger.release(&self.who.accounts(), held);
        }
    }
}

#[cfg(test)]
mod tests;
