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

use super::{Admission, Charge, Spent};

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
    assert_eq!(admission.enter(&who).0.err().unwrap().refused.limit, Limit::Concurrency);
    assert_eq!(admission.refuses_entry(&who).unwrap().refused.limit, Limit::Concurrency);
    assert_eq!(admission.refuses_tokens(&who, 700).unwrap().refused.limit, Limit::Tokens);
    drop(hold);
    let (standings, spent) = admission.standing(&who);
    assert_eq!(standings.concurrency.unwrap().remaining, 1);
    assert_eq!(standings.tokens.unwrap().remaining, 1000);
    assert_eq!(standings.requests.unwrap().remaining, 4);
    assert_eq!(spent, Spent::default(), "who drops a hold says what it cost, or nothing");
}

#[tokio::test]
async fn a_hold_is_settled_to_what_was_used() {
    let limits = Limits { tokens_per_minute: Some(1000), ..Limits::default() };
    let (admission, who) = (Arc::new(Admission::default()), caller(limits));
    let mut hold = admission.enter(&who).0.unwrap();
    assert!(hold.reserve(1001).0.is_err());
    assert!(hold.reserve(900).0.is_ok());
    let usage = TokenUsage { input: 200, output: 50, ..TokenUsage::default() };
    let standings = hold.settle(&Charge { counted: usage.total(), usage, nanousd: 7 }).await;
    let remaining = standings.tokens.unwrap().remaining;
    assert!((750..800).contains(&remaining), "{remaining}: they flow back meanwhile");
    let spent = Spent { requests: 1, input_tokens: 200, output_tokens: 50, cost_nanousd: 7 };
    assert_eq!(admission.standing(&who).1, spent);
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
    assert_eq!(admission.standing(&who).0.concurrency.unwrap().remaining, 3);
}
