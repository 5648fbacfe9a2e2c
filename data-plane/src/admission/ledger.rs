//! Every account's book, on this router. Locks are held for the arithmetic alone.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use data_plane_core::decide::limit::{
    Account, AccountId, AccountKind, LimitReached, Refused, Reservation, Standings, USUAL,
};
use smallvec::SmallVec;

use super::book::{Book, Charge, Spent, lock};

const SHARDS: usize = 32;

/// Every account's book.
pub(super) struct Ledger {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    started: Instant,
}

/// A map for each kind of account, so that a borrowed name finds it.
type Shard = [HashMap<String, Arc<Mutex<Book>>>; AccountKind::ALL.len()];

/// What a request holds of its accounts, in their order; empty: nothing any more.
pub(super) type Held = SmallVec<[(Arc<Mutex<Book>>, Reservation); USUAL]>;

type Books = SmallVec<[Arc<Mutex<Book>>; USUAL]>;

impl Default for Ledger {
    fn default() -> Self {
        Self { shards: Default::default(), hasher: RandomState::new(), started: Instant::now() }
    }
}

impl Ledger {
    /// Takes one request and one place of all accounts in one step; or says which one refuses, and takes nothing.
    pub fn enter(&self, accounts: &[Account<'_>]) -> (Result<Held, LimitReached>, Standings) {
        let now = self.now();
        let books: Books = accounts.iter().map(|it| self.book(it.id)).collect();
        let mut locked = lock_all(books.iter().map(|it| &**it));
        let refused = reached(accounts, &locked, |book, account| book.counters.refuses_entry(account.limits, now));
        let taken: SmallVec<[Reservation; USUAL]> = match &refused {
            Some(_) => SmallVec::new(),
            None => accounts.iter().zip(&mut locked).map(|(it, book)| book.counters.enter(it.limits, now)).collect(),
        };
        let standings = standings(accounts, &locked, now);
        drop(locked);
        (refused.map_or_else(|| Ok(books.into_iter().zip(taken).collect()), Err), standings)
    }

    /// Takes so many tokens of all accounts in one step; or says which one refuses, and takes nothing.
    pub fn reserve(
        &self,
        accounts: &[Account<'_>],
        held: &mut Held,
        tokens: u64,
    ) -> (Result<(), LimitReached>, Standings) {
        let now = self.now();
        let (books, mut reservations): (SmallVec<[&Mutex<Book>; USUAL]>, SmallVec<[&mut Reservation; USUAL]>) =
            held.iter_mut().map(|(book, reservation)| (&**book, reservation)).unzip();
        let mut locked = lock_all(books.into_iter());
        let refused =
            reached(accounts, &locked, |book, account| book.counters.refuses_tokens(account.limits, tokens, now));
        if refused.is_none() {
            for ((account, book), reservation) in accounts.iter().zip(&mut locked).zip(&mut reservations) {
                book.counters.reserve(reservation, account.limits, tokens, now);
            }
        }
        (refused.map_or(Ok(()), Err), standings(accounts, &locked, now))
    }

    /// Ends a request. Tells how the accounts stand then.
    pub fn settle(&self, accounts: &[Account<'_>], held: Held, charge: &Charge) -> Standings {
        let now = self.now();
        let settle = |(account, (book, reservation)): (&Account<'_>, (Arc<Mutex<Book>>, Reservation))| {
            let mut book = lock(&book);
            book.counters.settle(reservation, account.limits, charge.counted, now);
            book.spent.add(charge);
            book.counters.standings(account.limits, now)
        };
        accounts.iter().zip(held).map(settle).fold(Standings::default(), Standings::tighter)
    }

    /// Ends a request of which nothing is known.
    pub fn release(&self, accounts: &[Account<'_>], held: Held) {
        let now = self.now();
        for (account, (book, reservation)) in accounts.iter().zip(held) {
            lock(&book).counters.release(reservation, account.limits, now);
        }
    }

    /// Counts a request that came to an end without holding anything.
    pub fn spend(&self, accounts: &[Account<'_>], charge: &Charge) {
        for account in accounts {
            lock(&self.book(account.id)).spent.add(charge);
        }
    }

    /// Which account would refuse a request at its head.
    pub fn refuses_entry(&self, accounts: &[Account<'_>]) -> Option<LimitReached> {
        let now = self.now();
        self.peek(accounts, |book, account| book.counters.refuses_entry(account.limits, now))
    }

    /// Which account would refuse so many tokens.
    pub fn refuses_tokens(&self, accounts: &[Account<'_>], tokens: u64) -> Option<LimitReached> {
        let now = self.now();
        self.peek(accounts, |book, account| book.counters.refuses_tokens(account.limits, tokens, now))
    }

    /// How the accounts stand together, and what the first of them has used.
    pub fn standing(&self, accounts: &[Account<'_>]) -> (Standings, Spent) {
        let now = self.now();
        let books: Books = accounts.iter().map(|it| self.book(it.id)).collect();
        let locked = lock_all(books.iter().map(|it| &**it));
        (standings(accounts, &locked, now), locked.first().map(|it| it.spent).unwrap_or_default())
    }

    /// What an account has used. Who only asks makes no book.
    pub fn spent(&self, id: AccountId<'_>) -> Spent {
        let shard = self.shard(id).lock().unwrap_or_else(PoisonError::into_inner);
        let book = shard[id.kind as usize].get(id.name).cloned();
        drop(shard);
        book.map(|it| lock(&it).spent).unwrap_or_default()
    }

    fn peek(
        &self,
        accounts: &[Account<'_>],
        refuses: impl Fn(&Book, &Account<'_>) -> Option<Refused>,
    ) -> Option<LimitReached> {
        let books: Books = accounts.iter().map(|it| self.book(it.id)).collect();
        let locked = lock_all(books.iter().map(|it| &**it));
        reached(accounts, &locked, refuses)
    }

    fn book(&self, id: AccountId<'_>) -> Arc<Mutex<Book>> {
        let mut shard = self.shard(id).lock().unwrap_or_else(PoisonError::into_inner);
        let books = &mut shard[id.kind as usize];
        match books.get(id.name) {
            Some(book) => Arc::clone(book),
            None => Arc::clone(books.entry(id.name.to_owned()).or_default()),
        }
    }

    fn shard(&self, id: AccountId<'_>) -> &Mutex<Shard> {
        &self.shards[self.hasher.hash_one(id) as usize % SHARDS]
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

/// All books of a request at once. Everybody locks them in the order of their addresses, so nobody waits for each other.
fn lock_all<'a>(books: impl Iterator<Item = &'a Mutex<Book>>) -> SmallVec<[MutexGuard<'a, Book>; USUAL]> {
    let mut order: SmallVec<[(usize, &Mutex<Book>); USUAL]> = books.enumerate().collect();
    order.sort_unstable_by_key(|(_, book)| std::ptr::from_ref(*book));
    let mut locked: SmallVec<[(usize, MutexGuard<'a, Book>); USUAL]> =
        order.into_iter().map(|(at, book)| (at, lock(book))).collect();
    locked.sort_unstable_by_key(|(at, _)| *at);
    locked.into_iter().map(|(_, book)| book).collect()
}

/// Of the accounts that refuse, the one that takes longest to pass.
fn reached(
    accounts: &[Account<'_>],
    books: &[MutexGuard<'_, Book>],
    refuses: impl Fn(&Book, &Account<'_>) -> Option<Refused>,
) -> Option<LimitReached> {
    let reached = accounts.iter().zip(books).filter_map(|(account, book)| Some((account.id, refuses(book, account)?)));
    let (account, longest) = reached.min_by_key(|(_, it)| Reverse(it.longest()))?;
    Some(LimitReached::new(account, longest))
}

/// For each limit the account that has least left of it.
fn standings(accounts: &[Account<'_>], books: &[MutexGuard<'_, Book>], now: Duration) -> Standings {
    let standings = accounts.iter().zip(books).map(|(account, book)| book.counters.standings(account.limits, now));
    standings.fold(Standings::default(), Standings::tighter)
}

#[cfg(test)]
mod tests;
