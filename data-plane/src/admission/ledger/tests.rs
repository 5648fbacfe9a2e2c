#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use data_plane_core::config::Limits;
use data_plane_core::decide::limit::{Account, AccountId, AccountKind, Limit, Standings};
use data_plane_core::usage::TokenUsage;

use super::Ledger;
use crate::admission::{Charge, Spent};

const NONE: Limits = Limits { requests_per_minute: None, tokens_per_minute: None, concurrency: None };

fn account<'a>(name: &'a str, limits: &'a Limits) -> Account<'a> {
    Account { id: AccountId { kind: AccountKind::Caller, name }, limits }
}

fn standings(ledger: &Ledger, account: Account<'_>) -> Standings {
    ledger.standing(&[account]).0
}

#[test]
fn the_account_that_refuses_is_named_and_none_of_them_is_charged() {
    let (wide, narrow) = (Limits { concurrency: Some(9), ..NONE }, Limits { concurrency: Some(1), ..NONE });
    let (own, team) = (account("own", &wide), account("team", &narrow));
    let ledger = Ledger::default();
    for set in [[own, team], [team, own]] {
        let held = ledger.enter(&set).0.unwrap();
        let (refused, told) = ledger.enter(&set);
        let refused = refused.unwrap_err();
        assert_eq!((refused.name.as_str(), refused.refused.limit), ("team", Limit::Concurrency));
        assert_eq!(told.concurrency.unwrap().remaining, 0, "the tighter one is told");
        assert_eq!(ledger.refuses_entry(&set), Some(refused));
        assert_eq!(standings(&ledger, own).concurrency.unwrap().remaining, 8, "a refused request takes nothing of it");
        ledger.release(&set, held);
        assert_eq!(standings(&ledger, own).concurrency.unwrap().remaining, 9);
        assert_eq!(standings(&ledger, team).concurrency.unwrap().remaining, 1);
    }
}

#[test]
fn of_two_that_refuse_the_one_that_takes_longer_is_named() {
    let (never, later) = (Limits { concurrency: Some(0), ..NONE }, Limits { requests_per_minute: Some(1), ..NONE });
    let (never, later) = (account("never", &never), account("later", &later));
    let ledger = Ledger::default();
    drop(ledger.enter(&[later]).0.unwrap());
    assert_eq!(ledger.enter(&[later, never]).0.unwrap_err().name, "never");
    assert_eq!(ledger.enter(&[later]).0.unwrap_err().name, "later");
}

#[test]
fn tokens_are_taken_of_all_accounts_or_of_none_and_settled_with_all() {
    let (wide, narrow) =
        (Limits { tokens_per_minute: Some(9000), ..NONE }, Limits { tokens_per_minute: Some(500), ..NONE });
    let set = [account("own", &wide), account("team", &narrow)];
    let ledger = Ledger::default();
    let left = |at: usize| standings(&ledger, set[at]).tokens.unwrap().remaining;
    let mut held = ledger.enter(&set).0.unwrap();
    assert_eq!(ledger.reserve(&set, &mut held, 600).0.unwrap_err().name, "team");
    assert_eq!((left(0), left(1)), (9000, 500));
    assert!(ledger.reserve(&set, &mut held, 400).0.is_ok());
    assert!(left(0) < 8700 && left(1) < 200, "{} {}", left(0), left(1));
    let usage = TokenUsage { input: 100, ..TokenUsage::default() };
    let told = ledger.settle(&set, held, &Charge { counted: 100, usage, nanousd: 3 });
    assert!(told.tokens.unwrap().remaining >= 400, "{told:?}");
    let spent = Spent { requests: 1, input_tokens: 100, output_tokens: 0, cost_nanousd: 3 };
    for account in set {
        assert_eq!(ledger.standing(&[account]).1, spent);
    }
}

#[test]
fn sets_that_overlap_neither_deadlock_nor_let_too_many_in() {
    let (two, three) = (Limits { concurrency: Some(2), ..NONE }, Limits { concurrency: Some(3), ..NONE });
    let (ana, bo, team) = (account("ana", &two), account("bo", &two), account("team", &three));
    let ledger = Ledger::default();
    let (inside, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for set in [[ana, team], [team, bo], [bo, team], [team, ana]] {
            let (ledger, inside, admitted) = (&ledger, &inside, &admitted);
            scope.spawn(move || {
                for _ in 0..500 {
                    let Ok(mut held) = ledger.enter(&set).0 else { continue };
                    assert!(inside.fetch_add(1, Ordering::SeqCst) < 3);
                    admitted.fetch_add(1, Ordering::SeqCst);
                    assert!(ledger.reserve(&set, &mut held, 1).0.is_ok());
                    thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    ledger.settle(&set, held, &Charge::default());
                }
            });
        }
    });
    assert!(admitted.load(Ordering::SeqCst) > 0);
    for (account, free) in [(ana, 2), (bo, 2), (team, 3)] {
        assert_eq!(standings(&ledger, account).concurrency.unwrap().remaining, free);
    }
}
