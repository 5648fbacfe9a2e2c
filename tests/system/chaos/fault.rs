//! What can happen, and in which order it does.

use std::time::Duration;

/// A fault, and whom it hits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `kill -9`, and started again a while later.
    KillRouter(usize),
    KillControlPlane(usize),
    KillBothControlPlanes,
    KillDatabase,
    KillUpstream,
    /// An orderly restart, as of an upgrade.
    RestartDatabase,
    /// An older copy takes the database's place while routers hold what came later.
    RestoreDatabase,
    /// SIGSTOP, and SIGCONT later.
    FreezeRouter(usize),
    FreezeControlPlane(usize),
    FreezeDatabase,
    FillDisk(usize),
    FillDatabaseDisk,
    /// No descriptor is left, and silent connections come.
    NoDescriptors(usize),
    NoDescriptorsControlPlane(usize),
    /// Nothing passes and nobody says so.
    BlackHole(Between),
    /// Every piece takes a third of a second.
    Slow(Between),
    /// Connections are cut and refused.
    Cut(Between),
    /// A jump of so many hours.
    StepRouterClock(usize, i32),
    StepControlPlaneClock(usize, i32),
    /// One replica lacks the variable with the provider's key.
    DifferentEnvironment,
    RevokeRouter,
}

/// A link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Between {
    RoutersAndUpstream,
    RoutersAndControlPlanes,
    /// Of one replica alone.
    ControlPlaneAndDatabase,
    BothControlPlanesAndDatabase,
}

const ALL: &[Fault] = &[
    Fault::KillRouter(0),
    Fault::KillRouter(1),
    Fault::KillControlPlane(0),
    Fault::KillControlPlane(1),
    Fault::KillBothControlPlanes,
    Fault::KillDatabase,
    Fault::KillUpstream,
    Fault::RestartDatabase,
    Fault::RestoreDatabase,
    Fault::FreezeRouter(0),
    Fault::FreezeControlPlane(0),
    Fault::FreezeDatabase,
    Fault::FillDisk(0),
    Fault::FillDatabaseDisk,
    Fault::NoDescriptors(1),
    Fault::NoDescriptorsControlPlane(0),
    Fault::BlackHole(Between::RoutersAndUpstream),
    Fault::BlackHole(Between::RoutersAndControlPlanes),
    Fault::BlackHole(Between::ControlPlaneAndDatabase),
    Fault::BlackHole(Between::BothControlPlanesAndDatabase),
    Fault::Slow(Between::RoutersAndUpstream),
    Fault::Slow(Between::RoutersAndControlPlanes),
    Fault::Slow(Between::ControlPlaneAndDatabase),
    Fault::Cut(Between::RoutersAndUpstream),
    Fault::Cut(Between::RoutersAndControlPlanes),
    Fault::Cut(Between::BothControlPlanesAndDatabase),
    Fault::StepRouterClock(0, 26),
    Fault::StepRouterClock(1, -26),
    Fault::StepControlPlaneClock(0, 26),
    Fault::StepControlPlaneClock(1, -26),
    Fault::DifferentEnvironment,
    Fault::RevokeRouter,
];

impl Fault {
    /// What it is called in the report.
    pub fn name(self) -> String {
        let hours = |hours: i32| format!("{hours:+} h");
        match self {
            Self::KillRouter(it) => format!("kill -9 router {}", it + 1),
            Self::KillControlPlane(it) => format!("kill -9 control plane {}", it + 1),
            Self::KillBothControlPlanes => "kill -9 both control planes".to_owned(),
            Self::KillDatabase => "kill -9 PostgreSQL".to_owned(),
            Self::KillUpstream => "kill -9 upstream".to_owned(),
            Self::RestartDatabase => "restart PostgreSQL".to_owned(),
            Self::RestoreDatabase => "restore an older database".to_owned(),
            Self::FreezeRouter(it) => format!("freeze router {}", it + 1),
            Self::FreezeControlPlane(it) => format!("freeze control plane {}", it + 1),
            Self::FreezeDatabase => "freeze PostgreSQL".to_owned(),
            Self::FillDisk(it) => format!("full disk, router {}", it + 1),
            Self::FillDatabaseDisk => "full disk, PostgreSQL".to_owned(),
            Self::NoDescriptors(it) => format!("no descriptors, router {}", it + 1),
            Self::NoDescriptorsControlPlane(it) => format!("no descriptors, control plane {}", it + 1),
            Self::BlackHole(it) => format!("black hole, {}", it.name()),
            Self::Slow(it) => format!("slow link, {}", it.name()),
            Self::Cut(it) => format!("cut link, {}", it.name()),
            Self::StepRouterClock(it, by) => format!("clock of router {} {}", it + 1, hours(by)),
            Self::StepControlPlaneClock(it, by) => format!("clock of control plane {} {}", it + 1, hours(by)),
            Self::DifferentEnvironment => "control planes with different environments".to_owned(),
            Self::RevokeRouter => "revoke a router".to_owned(),
        }
    }

    /// How long it must last in order to be felt: until the usage log needs another file.
    fn takes(self) -> Duration {
        match self {
            Self::NoDescriptors(_) | Self::FillDisk(_) => Duration::from_secs(6),
            _ => Duration::ZERO,
        }
    }

    /// Whether control planes, their database and the links to routers are as on any other day while it lasts, so that
    /// revocations have their bound.
    pub fn leaves_control_alone(self) -> bool {
        matches!(
            self,
            Self::KillUpstream
                | Self::FillDisk(_)
                | Self::BlackHole(Between::RoutersAndUpstream)
                | Self::Slow(Between::RoutersAndUpstream)
                | Self::Cut(Between::RoutersAndUpstream)
                | Self::StepRouterClock(..)
                | Self::StepControlPlaneClock(..)
                | Self::DifferentEnvironment
        )
    }
}

impl Between {
    fn name(self) -> &'static str {
        match self {
            Self::RoutersAndUpstream => "routers to upstream",
            Self::RoutersAndControlPlanes => "routers to control planes",
            Self::ControlPlaneAndDatabase => "one control plane to PostgreSQL",
            Self::BothControlPlanesAndDatabase => "both control planes to PostgreSQL",
        }
    }
}

/// All faults in an order that the seed decides, then all in another one.
pub struct Deck {
    all: Vec<Fault>,
    left: Vec<Fault>,
    state: u64,
}

impl Deck {
    pub fn new(seed: u64, wanted: impl Fn(Fault) -> bool) -> Self {
        let all: Vec<Fault> = ALL.iter().copied().filter(|it| wanted(*it)).collect();
        assert!(!all.is_empty(), "no fault has such a name");
        Self { all, left: Vec::new(), state: seed }
    }

    /// The next fault, and how long it lasts.
    pub fn draw(&mut self) -> (Fault, Duration) {
        if self.left.is_empty() {
            self.left = self.all.clone();
            for end in (1..self.left.len()).rev() {
                let other = self.next() as usize % (end + 1);
                self.left.swap(end, other);
            }
        }
        let fault = self.left.pop().expect("it was filled");
        let hold = Duration::from_millis(1_200 + self.next() % 2_000);
        (fault, hold + fault.takes())
    }

    /// `SplitMix64`.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
