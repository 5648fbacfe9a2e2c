//! How each fault is brought about, and how it ends.

use std::fs;
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::fault::{Between, Fault};
use super::installation::{Installation, PROVIDER_VARIABLE};
use super::ledger::Ledger;
use super::link::{Link, Passing};
use super::member::Member;
use super::{probe, restore};

/// The one that is revoked: the last of three.
const REVOKED: usize = 2;
/// So many connections say nothing while there are no descriptors.
const SILENT: usize = 100;
/// Of a round while its fault lasts: a token is revoked, another is made and revoked.
const CHANGES: u64 = 3;
/// Versions that may be made while nobody changes anything: a replica that starts may publish once.
const IDLE_VERSIONS: u64 = 2;

/// What is needed to end it.
pub enum State {
    Nothing,
    Descriptors { limit: String, _silent: Vec<TcpStream> },
    Version(u64),
    Backup(restore::Backup),
    Revoked { took: Option<Duration> },
}

/// Who gets no load, because it is shut out on purpose.
pub fn router_without_load(fault: Fault) -> Option<usize> {
    (fault == Fault::RevokeRouter).then_some(REVOKED)
}

pub async fn inflict(it: &mut Installation, fault: Fault) -> State {
    match fault {
        Fault::KillRouter(number) => it.routers[number].kill(),
        Fault::KillControlPlane(number) => it.control_planes[number].kill(),
        Fault::KillBothControlPlanes => it.control_planes.iter_mut().for_each(Member::kill),
        Fault::KillDatabase => it.database.kill(),
        Fault::RestartDatabase => it.database.stop(),
        Fault::RestoreDatabase => return State::Backup(restore::Backup::make(it).await),
        Fault::FreezeRouter(number) => it.routers[number].signal("STOP"),
        Fault::FreezeControlPlane(number) => it.control_planes[number].signal("STOP"),
        Fault::FreezeDatabase => it.database.signal("STOP"),
        Fault::FillDisk(number) => it.router_disks[number].fill(),
        Fault::FillDatabaseDisk => it.database_disk.fill(),
        Fault::NoDescriptors(number) => {
            let state = starve(&it.routers[number]);
            // What it still had to its upstream is gone: it would have to open anew.
            it.upstream_link.set(Passing::Cut);
            tokio::time::sleep(Duration::from_millis(100)).await;
            it.upstream_link.set(Passing::Freely);
            return state;
        }
        Fault::NoDescriptorsControlPlane(number) => return starve(&it.control_planes[number]),
        Fault::BlackHole(between) => set(it, between, Passing::Nowhere),
        Fault::Slow(between) => set(it, between, Passing::Slowly),
        Fault::Cut(between) => set(it, between, Passing::Cut),
        // Killed when nothing can arrive any more: what did is read before the upstream forgets it.
        Fault::KillUpstream => it.upstream_link.set(Passing::Cut),
        Fault::StepRouterClock(number, hours) => it.routers[number].clock.step(hours),
        Fault::StepControlPlaneClock(number, hours) => it.control_planes[number].clock.step(hours),
        Fault::DifferentEnvironment => return State::Version(start_without_key(it).await),
        Fault::RevokeRouter => return revoke(it).await,
    }
    State::Nothing
}

/// Ends it; says what was wrong while it lasted.
pub async fn relieve(
    it: &mut Installation,
    ledger: &mut Ledger,
    round: usize,
    fault: Fault,
    state: State,
) -> Vec<String> {
    match (fault, state) {
        (Fault::KillRouter(number), _) => it.routers[number].start(),
        (Fault::KillControlPlane(number), _) => it.control_planes[number].start(),
        (Fault::KillBothControlPlanes, _) => it.control_planes.iter_mut().for_each(Member::start),
        (Fault::KillDatabase | Fault::RestartDatabase, _) => it.database.restart().await,
        (Fault::KillUpstream, _) => {
            ledger.collect(it).await;
            it.upstream.kill();
            it.upstream.start();
            it.upstream_link.set(Passing::Freely);
        }
        (Fault::FreezeRouter(number), _) => it.routers[number].signal("CONT"),
        (Fault::FreezeControlPlane(number), _) => it.control_planes[number].signal("CONT"),
        (Fault::FreezeDatabase, _) => it.database.signal("CONT"),
        (Fault::FillDisk(number), _) => it.router_disks[number].free(),
        (Fault::FillDatabaseDisk, _) => it.database_disk.free(),
        (Fault::NoDescriptors(number), State::Descriptors { limit, .. }) => allow(&it.routers[number], &limit),
        (Fault::NoDescriptorsControlPlane(number), State::Descriptors { limit, .. }) => {
            allow(&it.control_planes[number], &limit);
        }
        (Fault::BlackHole(between) | Fault::Slow(between) | Fault::Cut(between), _) => {
            set(it, between, Passing::Freely);
        }
        (Fault::StepRouterClock(number, _), _) => it.routers[number].clock.step(0),
        (Fault::StepControlPlaneClock(number, _), _) => it.control_planes[number].clock.step(0),
        (Fault::DifferentEnvironment, State::Version(before)) => return end_difference(it, before),
        (Fault::RestoreDatabase, State::Backup(backup)) => return backup.restore(it, ledger, round).await,
        (Fault::RevokeRouter, State::Revoked { took }) => return rejoin(it, took).await,
        _ => unreachable!("each fault ends with what it began with"),
    }
    Vec::new()
}

fn set(it: &Installation, between: Between, passing: Passing) {
    match between {
        Between::RoutersAndUpstream => it.upstream_link.set(passing),
        Between::RoutersAndControlPlanes => it.control_link.set(passing),
        Between::ControlPlaneAndDatabase => it.database_links[0].set(passing),
        Between::BothControlPlanesAndDatabase => it.database_links.iter().for_each(|link: &Link| link.set(passing)),
    }
}

/// As many descriptors as are open and none more, and silent connections on top.
fn starve(member: &Member) -> State {
    let pid = member.pid().expect("it runs");
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find(|it| it.starts_with("Max open files")).expect("the kernel tells it");
    let fields: Vec<&str> = line.split_whitespace().collect();
    let limit = format!("{}:{}", fields[3], fields[4]);
    let open = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    allow(member, &format!("{open}:{}", fields[4]));
    let wait = Duration::from_millis(200);
    let silent = (0..SILENT).filter_map(|_| TcpStream::connect_timeout(&member.address, wait).ok()).collect();
    State::Descriptors { limit, _silent: silent }
}

fn allow(member: &Member, limit: &str) {
    let pid = member.pid().expect("it runs").to_string();
    let status = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={limit}")]).status().unwrap();
    assert!(status.success(), "prlimit {limit} for {}", member.name);
}

/// The second replica without the provider's key, from the moment on that it is ready or has had its time.
async fn start_without_key(it: &mut Installation) -> u64 {
    let member = &mut it.control_planes[1];
    member.kill();
    let with_key = member.environment.clone();
    member.environment.retain(|(name, _)| name != PROVIDER_VARIABLE);
    member.start();
    member.environment = with_key;
    tokio::time::timeout(Duration::from_secs(5), it.control_planes[1].ready()).await.ok();
    it.version()
}

fn end_difference(it: &mut Installation, before: u64) -> Vec<String> {
    let after = it.version();
    it.control_planes[1].kill();
    it.control_planes[1].start();
    let made = after.saturating_sub(before);
    if made > CHANGES + IDLE_VERSIONS { vec![format!("{made} versions, and {CHANGES} changes")] } else { Vec::new() }
}

async fn revoke(it: &mut Installation) -> State {
    let nodes: Vec<Value> = it.nodes().await.expect("all was well a moment ago");
    let name = it.routers[REVOKED].name.clone();
    let node = nodes.iter().find(|node| node["name"] == name.as_str()).expect("it is in the list");
    it.admin(&["node", "revoke", node["id"].as_str().unwrap()]).await.expect("it can be revoked");
    let revoked = Instant::now();
    let shut = async {
        while probe::status(&it.routers[REVOKED], &it.token).await != 503 {
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        revoked.elapsed()
    };
    State::Revoked { took: tokio::time::timeout(Duration::from_secs(10), shut).await.ok() }
}

/// The machine of the router that was shut out becomes a new node.
async fn rejoin(it: &mut Installation, took: Option<Duration>) -> Vec<String> {
    let mut member = it.routers.remove(REVOKED);
    member.kill();
    for entry in fs::read_dir(&member.directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    it.join(&mut member).await;
    it.routers.insert(REVOKED, member);
    match took {
        Some(took) if took <= probe::REVOCATION + probe::MACHINE => Vec::new(),
        Some(took) => vec![format!("a revoked router served for {took:?}")],
        None => vec!["a revoked router goes on serving".to_owned()],
    }
}
