#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use proptest::prelude::*;

use super::{AccountId, AccountKind, Counters, Limit, LimitReached, Refused, Reservation, Standing, Standings};
use crate::config::Limits;
use crate::error::{Code, Refusal, RetryHint};

const NONE: Limits = Limits { requests_per_minute: None, tokens_per_minute: None, concurrency: None };

/// The most that is owed, in seconds.
const DAY: u64 = 24 * 60 * 60;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A request from its head to its tokens; one that is refused leaves nothing behind.
fn reserve(counters: &mut Counters, limits: &Limits, tokens: u64, now: Duration) -> Result<Reservation, Refused> {
    let refused = counters.refuses_entry(limits, now).or_else(|| counters.refuses_tokens(limits, tokens, now));
    refused.map_or(Ok(()), Err)?;
    let mut held = counters.enter(limits, now);
    counters.reserve(&mut held, limits, tokens, now);
    Ok(held)
}

#[test]
fn without_limits_everything_passes_and_nothing_is_told() {
    let mut counters = Counters::default();
    assert!(reserve(&mut counters, &NONE, u64::MAX, seconds(0)).is_ok());
    assert_eq!(counters.standings(&NONE, seconds(0)), Standings::default());
}

#[test]
fn requests_flow_back_evenly() {
    let limits = Limits { requests_per_minute: Some(60), ..NONE };
    let mut counters = Counters::default();
    for taken in 1..=60 {
        assert!(reserve(&mut counters, &limits, 0, seconds(0)).is_ok());
        let standing = Standing { limit: 60, remaining: 60 - taken, reset: seconds(taken) };
        assert_eq!(counters.standings(&limits, seconds(0)).requests, Some(standing));
    }
    let refused = reserve(&mut counters, &limits, 0, Duration::from_millis(400)).unwrap_err();
    assert_eq!(refused.wait, Some(Duration::from_millis(600)));
    assert_eq!((refused.limit, refused.allowed), (Limit::Requests, 60));
    assert!(reserve(&mut counters, &limits, 0, seconds(1)).is_ok());
    assert!(reserve(&mut counters, &limits, 0, seconds(1)).is_err());
}

#[test]
fn tokens_are_corrected_to_what_was_used() {
    let limits = Limits { tokens_per_minute: Some(600), ..NONE };
    let mut counters = Counters::default();
    let held = reserve(&mut counters, &limits, 500, seconds(0)).unwrap();
    assert_eq!(counters.standings(&limits, seconds(0)).tokens.unwrap().remaining, 100);
    counters.settle(held, &limits, 200, seconds(0));
    assert_eq!(counters.standings(&limits, seconds(0)).tokens.unwrap().remaining, 400);
    let held = reserve(&mut counters, &limits, 400, seconds(0)).unwrap();
    counters.release(held, &limits, seconds(0));
    assert_eq!(counters.standings(&limits, seconds(0)).tokens.unwrap().remaining, 400);
}

#[test]
fn debt_is_carried_until_it_has_flowed_back() {
    let limits = Limits { tokens_per_minute: Some(3000), ..NONE };
    let mut counters = Counters::default();
    let held = reserve(&mut counters, &limits, 1000, seconds(0)).unwrap();
    counters.settle(held, &limits, 20_000, seconds(0));
    assert_eq!(counters.standings(&limits, seconds(0)).tokens.unwrap().remaining, 0);
    let refused = reserve(&mut counters, &limits, 1000, seconds(0)).unwrap_err();
    assert_eq!(refused.wait, Some(seconds(360)), "18,000 tokens at 50 a second");
    let refusal = Refusal::from(LimitReached::new(AccountId { kind: AccountKind::Caller, name: "ana" }, refused));
    assert_eq!(refusal.retry(), RetryHint::After(seconds(360)), "a long wait is a wait");
    assert!(refusal.message.contains("passes in 360 s"), "{}", refusal.message);
    assert!(reserve(&mut counters, &limits, 1000, seconds(359)).is_err());
    assert!(reserve(&mut counters, &limits, 1000, seconds(360)).is_ok());
}

#[test]
fn debt_is_a_days_worth_at_most() {
    let limits = Limits { tokens_per_minute: Some(600), ..NONE };
    let mut counters = Counters::default();
    let held = reserve(&mut counters, &limits, 1, seconds(0)).unwrap();
    counters.settle(held, &limits, u64::MAX, seconds(0));
    let refused = reserve(&mut counters, &limits, 600, seconds(0)).unwrap_err();
    assert_eq!(refused.wait, Some(seconds(DAY + 60)));
    assert!(reserve(&mut counters, &limits, 600, seconds(DAY + 60)).is_ok());
}

#[test]
fn a_request_above_the_whole_limit_is_refused_for_good() {
    let limits = Limits { requests_per_minute: Some(1), tokens_per_minute: Some(600), ..NONE };
    let mut counters = Counters::default();
    let refused = reserve(&mut counters, &limits, 601, seconds(0)).unwrap_err();
    assert_eq!(refused, Refused { limit: Limit::Tokens, allowed: 600, asked: 601, wait: None });
    let caller = AccountId { kind: AccountKind::Caller, name: "ana" };
    let refusal = Refusal::from(LimitReached::new(caller, refused));
    assert_eq!((refusal.code, refusal.retry()), (Code::RateLimitTokens, RetryHint::Never));
    assert!(refusal.message.contains("the caller's limit is 600 tokens per minute"), "{}", refusal.message);
    let details = refusal.details.unwrap();
    assert_eq!(
        (&details["account"], &details["name"], &details["limit"]),
        (&"caller".into(), &"ana".into(), &"tokens".into())
    );
    assert!(reserve(&mut counters, &limits, 600, seconds(0)).is_ok(), "what is refused takes nothing");
}

#[test]
fn a_released_request_stays_counted() {
    let limits = Limits { requests_per_minute: Some(2), concurrency: Some(1), ..NONE };
    let mut counters = Counters::default();
    let held = counters.enter(&limits, seconds(0));
    counters.release(held, &limits, seconds(0));
    assert_eq!(counters.standings(&limits, seconds(0)).requests.unwrap().remaining, 1);
    assert_eq!(counters.refuses_entry(&limits, seconds(0)), None, "its place is free");
}

#[test]
fn of_two_accounts_the_one_with_less_left_is_told() {
    let standing = |limit, remaining| Some(Standing { limit, remaining, reset: seconds(0) });
    let caller = Standings { requests: standing(60, 9), tokens: standing(600, 600), concurrency: None };
    let project = Standings { requests: standing(90, 80), tokens: standing(999, 0), concurrency: standing(5, 4) };
    let expected = Standings { requests: caller.requests, ..project };
    assert_eq!(caller.tighter(project), expected);
    assert_eq!(project.tighter(caller), expected);
    assert_eq!(caller.tighter(Standings::default()), caller);
}

#[test]
fn places_are_given_back_by_settlement_and_release() {
    let limits = Limits { concurrency: Some(2), ..NONE };
    let mut counters = Counters::default();
    let first = reserve(&mut counters, &limits, 1, seconds(0)).unwrap();
    let second = reserve(&mut counters, &limits, 1, seconds(0)).unwrap();
    let refused = reserve(&mut counters, &limits, 1, seconds(0)).unwrap_err();
    assert_eq!((refused.limit, refused.wait), (Limit::Concurrency, Some(seconds(1))));
    assert_eq!(counters.standings(&limits, seconds(0)).concurrency.unwrap().remaining, 0);
    counters.settle(first, &limits, 9, seconds(0));
    counters.release(second, &limits, seconds(0));
    assert_eq!(counters.standings(&limits, seconds(0)).concurrency.unwrap().remaining, 2);
}

#[test]
fn a_limit_of_nothing_admits_nothing() {
    let zero = Some(0);
    for limits in [
        Limits { requests_per_minute: zero, ..NONE },
        Limits { tokens_per_minute: zero, ..NONE },
        Limits { concurrency: zero, ..NONE },
    ] {
        let refused = reserve(&mut Counters::default(), &limits, 1, seconds(9)).unwrap_err();
        assert_eq!(refused.wait, None, "{limits:?}");
    }
}

#[test]
fn a_changed_limit_applies_at_once() {
    let wide = Limits { tokens_per_minute: Some(1000), ..NONE };
    let narrow = Limits { tokens_per_minute: Some(100), ..NONE };
    let mut counters = Counters::default();
    let held = reserve(&mut counters, &wide, 1000, seconds(0)).unwrap();
    let refused = reserve(&mut counters, &narrow, 100, seconds(0)).unwrap_err();
    assert_eq!(refused.wait, Some(seconds(60)), "what the old limit allowed is no debt under the new one");
    counters.settle(held, &NONE, 5, seconds(0));
    assert!(reserve(&mut counters, &NONE, 5, seconds(0)).is_ok());
}

#[test]
fn a_debt_outlives_a_changed_limit() {
    let wide = Limits { tokens_per_minute: Some(1000), ..NONE };
    let narrow = Limits { tokens_per_minute: Some(100), ..NONE };
    let mut counters = Counters::default();
    let held = reserve(&mut counters, &wide, 1000, seconds(0)).unwrap();
    counters.settle(held, &wide, 1200, seconds(0));
    let wait = |limits| counters.refuses_tokens(limits, 100, seconds(0)).unwrap().wait;
    assert_eq!(wait(&narrow), Some(seconds(180)), "200 owed, and the 100 that are asked");
    assert_eq!(wait(&wide), Some(seconds(18)));
}

#[test]
fn a_clock_that_goes_back_gives_nothing_and_takes_nothing() {
    let limits = Limits { requests_per_minute: Some(1), ..NONE };
    let mut counters = Counters::default();
    let _held = reserve(&mut counters, &limits, 0, seconds(100)).unwrap();
    assert!(reserve(&mut counters, &limits, 0, seconds(40)).is_err());
    assert!(reserve(&mut counters, &limits, 0, seconds(159)).is_err());
    assert!(reserve(&mut counters, &limits, 0, seconds(160)).is_ok());
}

/// One thing that happens to a caller's state, some time after the one before.
#[derive(Clone, Debug)]
enum Step {
    Reserve(u64),
    Settle(u64),
    Release,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        3 => (0..400_u64).prop_map(Step::Reserve),
        1 => (0..800_u64).prop_map(Step::Settle),
        1 => Just(Step::Release),
    ];
    proptest::collection::vec((0..5_000_u64, step), 1..200)
}

proptest! {
    /// Over any span, requests admitted are at most what flows back in it and one minute's worth more.
    #[test]
    fn requests_are_never_over_admitted(limit in 1..50_u64, waits in proptest::collection::vec(0..4_000_u64, 1..300)) {
        let limits = Limits { requests_per_minute: Some(limit), ..NONE };
        let mut counters = Counters::default();
        let mut now = Duration::ZERO;
        let mut admitted: Vec<Duration> = Vec::new();
        for wait in waits {
            now += Duration::from_millis(wait);
            if reserve(&mut counters, &limits, 0, now).is_ok() {
                admitted.push(now);
            }
        }
        for (at, from) in admitted.iter().enumerate() {
            for (until, to) in admitted.iter().enumerate().skip(at) {
                let flowed = u128::from(limit) * to.saturating_sub(*from).as_millis() / 60_000;
                prop_assert!((until - at + 1) as u128 <= flowed + u128::from(limit));
            }
        }
    }

    /// A refused caller that waits as told is admitted, and not a millisecond earlier.
    #[test]
    fn the_wait_is_exact(limit in 1..1_000_u64, spent in 0..1_000_u64, asked in 0..1_000_u64) {
        let limits = Limits { tokens_per_minute: Some(limit), ..NONE };
        let mut counters = Counters::default();
        let held = reserve(&mut counters, &limits, 0, seconds(0)).unwrap();
        counters.settle(held, &limits, spent, seconds(0));
        match reserve(&mut counters, &limits, asked, seconds(0)) {
            Ok(_) => prop_assert!(asked + spent <= limit),
            Err(Refused { wait: None, .. }) => prop_assert!(asked > limit),
            Err(Refused { wait: Some(wait), .. }) => {
                let mut early = counters;
                prop_assert!(reserve(&mut early, &limits, asked, wait.saturating_sub(Duration::from_micros(1))).is_err());
                prop_assert!(reserve(&mut counters, &limits, asked, wait).is_ok());
            }
        }
    }

    /// Whatever happens: no place is lost or gained, tokens never exceed a minute's worth nor owe a day's, and an idle
    /// caller stands where a new one stands.
    #[test]
    fn reservations_conserve(limit in 1..1_000_u64, places in 1..6_u64, steps in steps()) {
        let limits = Limits { requests_per_minute: Some(limit), tokens_per_minute: Some(limit), concurrency: Some(places) };
        let mut counters = Counters::default();
        let mut held: Vec<Reservation> = Vec::new();
        let mut now = Duration::ZERO;
        for (wait, step) in steps {
            now += Duration::from_millis(wait);
            match step {
                Step::Reserve(tokens) => {
                    let before = counters;
                    if let Ok(reservation) = reserve(&mut counters, &limits, tokens, now) {
                        held.push(reservation);
                    } else {
                        prop_assert_eq!(before.standings(&limits, now), counters.standings(&limits, now), "a refusal takes nothing");
                    }
                }
                Step::Settle(actual) => if let Some(it) = held.pop() { counters.settle(it, &limits, actual, now) },
                Step::Release => if let Some(it) = held.pop() { counters.release(it, &limits, now) },
            }
            let standings = counters.standings(&limits, now);
            prop_assert_eq!(standings.concurrency.unwrap().remaining, places - held.len() as u64);
            prop_assert!(standings.tokens.unwrap().remaining <= limit);
            prop_assert!(standings.tokens.unwrap().reset <= seconds(DAY + 60));
        }
        for it in held {
            counters.settle(it, &limits, 0, now);
        }
        let idle = counters.standings(&limits, now + seconds(DAY + 60));
        prop_assert_eq!(idle, Counters::default().standings(&limits, seconds(0)));
    }

    /// Over any span, what is used is what flows back in it, one minute's worth, and at most the last answer beyond.
    #[test]
    fn tokens_are_never_forgiven(limit in 1..1_000_u64, answers in proptest::collection::vec((0..90_000_u64, 0..5_000_u64), 1..60)) {
        let limits = Limits { tokens_per_minute: Some(limit), ..NONE };
        let (mut counters, mut now, mut used) = (Counters::default(), Duration::ZERO, 0_u128);
        for (wait, actual) in answers {
            now += Duration::from_millis(wait);
            if let Ok(held) = reserve(&mut counters, &limits, 1.min(limit), now) {
                let flowed = u128::from(limit) * now.as_millis() / 60_000;
                prop_assert!(used < flowed + u128::from(limit) + 1, "admitted while in debt");
                counters.settle(held, &limits, actual, now);
                used += u128::from(actual);
            }
        }
    }

    /// Reserving and settling is the same as using the tokens at once, whatever the estimate was.
    #[test]
    fn estimates_do_not_matter_in_the_end(estimate in 0..1_000_u64, actual in 0..1_000_u64) {
        let limits = Limits { tokens_per_minute: Some(1_000), ..NONE };
        let mut estimated = Counters::default();
        let held = reserve(&mut estimated, &limits, estimate, seconds(5)).unwrap();
        estimated.settle(held, &limits, actual, seconds(5));
        let mut exact = Counters::default();
        let held = reserve(&mut exact, &limits, actual, seconds(5)).unwrap();
        exact.settle(held, &limits, actual, seconds(5));
        prop_assert_eq!(estimated, exact);
    }

    #[test]
    fn no_number_overflows(limit: u64, tokens: u64, actual: u64, now: u64) {
        let limits = Limits { requests_per_minute: Some(limit), tokens_per_minute: Some(limit), concurrency: Some(limit) };
        let mut counters = Counters::default();
        if let Ok(held) = reserve(&mut counters, &limits, tokens, Duration::from_millis(now)) {
            counters.settle(held, &limits, actual, Duration::MAX);
        }
        let standings = counters.standings(&limits, Duration::ZERO);
        prop_assert!(standings.tokens.unwrap().remaining <= limit);
    }
}
