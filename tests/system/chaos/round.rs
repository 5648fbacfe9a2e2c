//! One fault under load: before, during, and until everything is well again.

use std::time::{Duration, Instant};

use super::fault::Fault;
use super::faults;
use super::installation::Installation;
use super::ledger::Ledger;
use super::load::{Load, Statuses};
use super::probe;

/// Nothing takes longer to heal.
const HEALING: Duration = Duration::from_mins(1);
const BEFORE: Duration = Duration::from_millis(300);

/// What came of it.
pub struct Round {
    pub fault: Fault,
    pub held: Duration,
    /// From the fault's end until all was well; nothing if it never was.
    pub healed: Option<Duration>,
    pub statuses: Statuses,
    /// Of revocations with all links whole, during the fault or after it.
    pub revocations: Vec<Duration>,
    pub failures: Vec<String>,
}

/// Runs it, and leaves an installation that is well: what did not heal is started anew, and told.
pub async fn run(
    installation: &mut Installation,
    ledger: &mut Ledger,
    number: usize,
    fault: Fault,
    hold: Duration,
) -> Round {
    let began = Instant::now();
    let mut round = Round {
        fault,
        held: hold,
        healed: None,
        statuses: Statuses::new(),
        revocations: Vec::new(),
        failures: Vec::new(),
    };
    // It is revoked while the fault lasts, or as soon as somebody takes the command.
    let victim = installation.new_token().await.expect("all was well a moment ago");
    let load = Load::start(installation, number, faults::router_without_load(fault));
    tokio::time::sleep(BEFORE).await;
    let state = faults::inflict(installation, fault).await;
    tokio::time::sleep(hold).await;
    let mut revoked = installation.revoke(&victim).await.is_ok();
    if fault.leaves_control_alone() {
        measure(installation, &mut round).await;
    }
    round.failures.extend(faults::relieve(installation, ledger, number, fault, state).await);
    let relieved = Instant::now();
    round.held = relieved.duration_since(began);
    let wrong = loop {
        if installation.database.has_ended() {
            // As whatever supervises it would: a full disk ends PostgreSQL.
            installation.database.restart().await;
        }
        revoked = revoked || installation.revoke(&victim).await.is_ok();
        let wrong = probe::wrong(installation, Some(&victim)).await;
        if wrong.is_empty() || relieved.elapsed() > HEALING {
            break wrong;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    if wrong.is_empty() {
        round.healed = Some(relieved.elapsed());
        measure(installation, &mut round).await;
    } else {
        round.failures.extend(wrong.iter().map(|it| format!("not healed after {HEALING:?}: {it}")));
        tell(installation).await;
        start_anew(installation).await;
    }
    installation.revoked.push(victim);
    round.statuses = load.stop().await;
    ledger.collect(installation).await;
    round.failures.extend(ledger.settle(installation, number).await);
    say(number, &round);
    round
}

async fn measure(installation: &Installation, round: &mut Round) {
    match probe::revocation(installation).await {
        Ok(took) => {
            round.revocations.push(took);
            if took > probe::REVOCATION + probe::MACHINE {
                round.failures.push(format!("a revocation took {took:?}"));
            }
        }
        Err(error) => round.failures.push(error),
    }
}

fn say(number: usize, round: &Round) {
    let healed = round.healed.map_or("never".to_owned(), |it| format!("{:.1} s", it.as_secs_f64()));
    let ok = round.statuses.get(&200).copied().unwrap_or(0);
    let other: u64 = round.statuses.values().sum::<u64>() - ok;
    println!("{number:>4}  {:<48} healed {healed:>7}   {ok:>5} served {other:>5} not", round.fault.name());
    for failure in &round.failures {
        println!("      FAILED: {failure}");
    }
}

/// What everybody says of a fault that did not heal.
async fn tell(installation: &Installation) {
    for member in installation.members() {
        println!("--- {}: {}\n{}", member.name, member.health().await, member.last_words(12));
    }
    println!("--- routers: {:?}", installation.nodes().await);
}

/// So that one failure does not hide what comes after it.
async fn start_anew(installation: &mut Installation) {
    for member in installation.control_planes.iter_mut().chain(&mut installation.routers) {
        member.kill();
        member.start();
    }
    let well = async {
        while !probe::wrong(installation, None).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(HEALING, well).await.ok();
}
