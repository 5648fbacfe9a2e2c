//! An installation under faults: two control planes on PostgreSQL, three routers, an upstream and callers, all of them
//! processes, and a seeded plan of what is done to them. After each fault everything heals without being restarted, unless it
//! was killed; every request that reached the upstream has one row; revocations hold; memory and descriptors stay flat.
//!
//! `cargo xtask chaos --minutes 60 --seed 7` runs it for an hour; `cargo xtask test` runs three minutes.

mod clock;
mod fault;
mod faults;
mod installation;
mod ledger;
mod link;
mod load;
mod member;
mod probe;
mod report;
mod restore;
mod round;
mod watch;

use std::time::{Duration, Instant};

use self::fault::{Deck, Fault};
use self::installation::Installation;
use self::ledger::Ledger;
use self::report::Report;
use self::watch::Watch;

/// How long it runs, unless it is told.
const MINUTES: f64 = 3.0;

/// What is set when the test is started.
fn setting<T: std::str::FromStr>(name: &str, otherwise: T) -> T {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |it| it.parse().unwrap_or_else(|_| panic!("{name} is {it:?}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes and the whole machine: `cargo xtask chaos`"]
async fn an_installation_heals_from_every_fault() {
    let (minutes, seed) = (setting("SMART_ROUTER_CHAOS_MINUTES", MINUTES), setting("SMART_ROUTER_CHAOS_SEED", 1_u64));
    let only: String = setting("SMART_ROUTER_CHAOS_ONLY", String::new());
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let mut installation = Installation::start().await;
    let (mut ledger, mut watch) = (Ledger::default(), Watch::default());
    let mut report = Report::new(seed, minutes);
    let mut deck = Deck::new(seed, |fault: Fault| fault.name().contains(&only));
    watch.look(&installation);
    while Instant::now() < until {
        let (fault, hold) = deck.draw();
        let result = round::run(&mut installation, &mut ledger, report.rounds(), fault, hold).await;
        watch.look(&installation);
        report.add(result);
    }
    let mut wrong = probe::revoked_stay_revoked(&installation).await;
    wrong.extend(ledger.compare_all(&installation));
    report.finish(&ledger, &watch, wrong);
    println!("{}", report.markdown());
    if let Some(path) = std::env::var_os("SMART_ROUTER_CHAOS_REPORT") {
        std::fs::write(path, report.markdown()).unwrap();
    }
    let failures = report.failures();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
