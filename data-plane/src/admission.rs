//! What each account has under way and has used, on this router. The lock of a shard is held for the arithmetic alone.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_plane_core::decide::identify::{Identified, Named};
use data_plane_core::decide::limit::{ACCOUNTS, Account, AccountId, Counters, Refused, Reservation, Standings};
use data_plane_core::usage::TokenUsage;

const SHARDS: usize = 32;

/// Every account's counters.
pub struct Admission {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    started: Instant,
}

/// A map for each kind of account, so that a borrowed name finds it.
#[derive(Default)]
struct Shard {
    callers: HashMap<String, Book>,
}

#[derive(Clone, Copy, Default)]
struct Book {
    counters: Counters,
    spent: Spent,
}

/// What an account has used since this router started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests that came to an end, refused ones included.
    pub requests: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Nano-dollars.
    pub cost_nanousd: u64,
}

/// A request's hold on its accounts, from its head on. It ends once: in [`Hold::settle`], or by its own end if nothing was
/// used. What is kept on this router alone ends here and now; an account that is kept elsewhere must hand what is owed to
/// a task, because nobody waits in `drop`.
#[must_use = "a hold that is dropped is released"]
pub struct Hold {
    admission: Arc<Admission>,
    who: Arc<Identified>,
    held: [Option<Reservation>; ACCOUNTS],
}

impl Default for Admission {
    fn default() -> Self {
        Self { shards: Default::default(), hasher: RandomState::new(), started: Instant::now() }
    }
}

impl Admission {
    /// Takes one request and one place of all of the caller's accounts, or says which one refuses, and takes nothing. Tells
    /// how the accounts stand then.
    pub fn enter(self: &Arc<Self>, who: &Arc<Identified>) -> (Result<Hold, Refused>, Standings) {
        let mut hold = Hold { admission: Arc::clone(self), who: Arc::clone(who), held: [const { None }; ACCOUNTS] };
        let (mut standings, mut refusal) = (Standings::default(), None);
        for (account, held) in who.accounts().iter().zip(&mut hold.held) {
            let (entered, standing) = self.with(account.id, |book, now| {
                let entered = book.counters.enter(account.limits, now);
                (entered, book.counters.standings(account.limits, now))
            });
            standings = standings.tighter(standing);
            match entered {
                Ok(reservation) => *held = Some(reservation),
                Err(refused) => {
                    refusal = Some(refused);
                    break;
                }
            }
        }
        let Some(refused) = refusal else { return (Ok(hold), standings) };
        hold.undo();
        (Err(refused), standings)
    }

    /// Which limit would refuse a request of this caller at its head.
    pub fn refuses_entry(&self, who: &Identified) -> Option<Refused> {
        self.peek(who, |counters, account, now| counters.refuses_entry(account.limits, now))
    }

    /// Which limit would refuse so many tokens.
    pub fn refuses_tokens(&self, who: &Identified, tokens: u64) -> Option<Refused> {
        self.peek(who, |counters, account, now| counters.refuses_tokens(account.limits, tokens, now))
    }

    /// Counts a request that came to an end without a hold.
    pub fn spend(&self, who: &Named, usage: &TokenUsage, cost_nanousd: u64) {
        for account in who.accounts() {
            self.with(account.id, |book, _| book.spent.add(usage, cost_nanousd));
        }
    }

    /// How the caller stands with its limits, and what it has used.
    pub fn account(&self, who: &Named) -> (Standings, Spent) {
        let standings = |account: Account<'_>| {
            self.with(account.id, |book, now| (book.counters.standings(account.limits, now), book.spent))
        };
        let all = who.accounts().map(standings);
        let (_, own) = all[0];
        (all.into_iter().map(|it| it.0).fold(Standings::default(), Standings::tighter), own)
    }

    fn peek(
        &self,
        who: &Named,
        refuses: impl Fn(&Counters, &Account<'_>, Duration) -> Option<Refused>,
    ) -> Option<Refused> {
        who.accounts()
            .iter()
            .find_map(|account| self.with(account.id, |book, now| refuses(&book.counters, account, now)))
    }

    fn with<T>(&self, id: AccountId<'_>, change: impl FnOnce(&mut Book, Duration) -> T) -> T {
        let now = self.started.elapsed();
        let index = self.hasher.hash_one(id) as usize % SHARDS;
        let mut shard = self.shards[index].lock().unwrap_or_else(PoisonError::into_inner);
        let (books, name) = match id {
            AccountId::Caller(name) => (&mut shard.callers, name),
        };
        if !books.contains_key(name) {
            books.insert(name.to_owned(), Book::default());
        }
        let book = books.get_mut(name).expect("it was inserted above");
        change(book, now)
    }
}

impl Spent {
    fn add(&mut self, usage: &TokenUsage, cost_nanousd: u64) {
        self.requests = self.requests.saturating_add(1);
        self.input_tokens = self.input_tokens.saturating_add(usage.input);
        self.output_tokens = self.output_tokens.saturating_add(usage.output);
        self.cost_nanousd = self.cost_nanousd.saturating_add(cost_nanousd);
    }
}

impl Hold {
    /// Reserves so many tokens of all accounts, or says which one refuses. Tells how the accounts stand then.
    pub fn reserve(&mut self, tokens: u64) -> (Result<(), Refused>, Standings) {
        let mut standings = Standings::default();
        for (account, held) in self.who.accounts().into_iter().zip(&mut self.held) {
            let Some(reservation) = held else { continue };
            let (reserved, standing) = self.admission.with(account.id, |book, now| {
                let reserved = book.counters.reserve(reservation, account.limits, tokens, now);
                (reserved, book.counters.standings(account.limits, now))
            });
            standings = standings.tighter(standing);
            if let Err(refused) = reserved {
                return (Err(refused), standings);
            }
        }
        (Ok(()), standings)
    }

    /// Ends a request: `charged` tokens count towards the limits. Tells how the accounts stand then.
    pub fn settle(mut self, charged: u64, usage: &TokenUsage, cost_nanousd: u64) -> Standings {
        self.end(|book, reservation, account, now| {
            book.counters.settle(reservation, account.limits, charged, now);
            book.spent.add(usage, cost_nanousd);
        })
    }

    fn undo(mut self) {
        self.end(|book, reservation, account, now| book.counters.undo(reservation, account.limits, now));
    }

    fn end(&mut self, end: impl Fn(&mut Book, Reservation, &Account<'_>, Duration)) -> Standings {
        let mut standings = Standings::default();
        for (account, held) in self.who.accounts().iter().zip(&mut self.held) {
            let Some(reservation) = held.take() else { continue };
            let standing = self.admission.with(account.id, |book, now| {
                end(book, reservation, account, now);
                book.counters.standings(account.limits, now)
            });
            standings = standings.tighter(standing);
        }
        standings
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.end(|book, reservation, account, now| book.counters.release(reservation, account.limits, now));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use data_plane_core::config::{Caller, Limits, Snapshot, SnapshotParts, Token, TokenState};
    use data_plane_core::decide::identify::{Identified, Identity, identify};
    use data_plane_core::decide::limit::Limit;
    use data_plane_core::usage::TokenUsage;
    use sha2::{Digest as _, Sha256};

    use super::{Admission, Spent};

    const TOKEN: &str = "sr_0123456789ab_01234567890123456789012345678901234567890122AcfV0";

    fn caller(limits: Limits) -> Arc<Identified> {
        let caller = Arc::new(Caller {
            id: "ana".to_owned(),
            user: "ana".to_owned(),
            project: String::new(),
            environment: String::new(),
            allow: Vec::new(),
            default_group: None,
            scopes: Vec::new(),
            limits,
            disabled: false,
        });
        let (id, digest) = ("0123456789ab".to_owned(), Sha256::digest(TOKEN).into());
        let token = Token { id: id.clone(), caller, digest, state: TokenState::Active, expires_ms: None };
        let tokens = Arc::new(HashMap::from([(id.into(), Arc::new(token))]));
        let snapshot = Arc::new(Snapshot::new(1, Vec::new(), SnapshotParts { tokens, ..SnapshotParts::default() }));
        let Identity::Known(who) = identify(&snapshot, [TOKEN], 0).unwrap() else { panic!("the token is good") };
        Arc::new(who)
    }

    #[test]
    fn a_hold_that_is_dropped_gives_back_all_but_the_request() {
        let limits = Limits { requests_per_minute: Some(5), tokens_per_minute: Some(1000), concurrency: Some(1) };
        let (admission, who) = (Arc::new(Admission::default()), caller(limits));
        let mut hold = admission.enter(&who).0.unwrap();
        assert!(hold.reserve(400).0.is_ok());
        assert_eq!(admission.enter(&who).0.err().unwrap().limit, Limit::Concurrency);
        assert_eq!(admission.refuses_entry(&who).unwrap().limit, Limit::Concurrency);
        assert_eq!(admission.refuses_tokens(&who, 700).unwrap().limit, Limit::Tokens);
        drop(hold);
        let (standings, spent) = admission.account(&who);
        assert_eq!(standings.concurrency.unwrap().remaining, 1);
        assert_eq!(standings.tokens.unwrap().remaining, 1000);
        assert_eq!(standings.requests.unwrap().remaining, 4);
        assert_eq!(spent, Spent::default(), "who drops a hold says what it cost, or nothing");
    }

    #[test]
    fn a_hold_is_settled_to_what_was_used() {
        let limits = Limits { tokens_per_minute: Some(1000), ..Limits::default() };
        let (admission, who) = (Arc::new(Admission::default()), caller(limits));
        let mut hold = admission.enter(&who).0.unwrap();
        assert!(hold.reserve(1001).0.is_err());
        assert!(hold.reserve(900).0.is_ok());
        let usage = TokenUsage { input: 200, output: 50, ..TokenUsage::default() };
        let standings = hold.settle(usage.total(), &usage, 7);
        let remaining = standings.tokens.unwrap().remaining;
        assert!((750..800).contains(&remaining), "{remaining}: they flow back meanwhile");
        let spent = Spent { requests: 1, input_tokens: 200, output_tokens: 50, cost_nanousd: 7 };
        assert_eq!(admission.account(&who).1, spent);
    }

    #[test]
    fn no_more_than_the_limit_are_in_at_any_moment() {
        let limits = Limits { concurrency: Some(3), ..Limits::default() };
        let (admission, who) = (Arc::new(Admission::default()), caller(limits));
        let (inside, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let Ok(hold) = admission.enter(&who).0 else { continue };
                        assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                        admitted.fetch_add(1, Ordering::SeqCst);
                        thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        drop(hold);
                    }
                });
            }
        });
        assert!(admitted.load(Ordering::SeqCst) > 0);
        assert_eq!(admission.account(&who).0.concurrency.unwrap().remaining, 3);
    }
}
