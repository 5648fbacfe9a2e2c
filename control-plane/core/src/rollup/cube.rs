use super::{Dimension, Period};

/// Dimensions that usage is added up under together. A question is answered from the first one that has all of its dimensions: each
/// is as narrow as it can be, because what tells too much apart adds nothing up. `docs/adr/0016-roll-ups.md` has the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cube {
    /// What was served, and how it ended.
    Service,
    /// Which projects and environments asked.
    Environment,
    /// With which client what was served, and how it ended.
    Client,
    /// Where it was served, and how it ended.
    Place,
    /// With which clients projects ask, and how it ended.
    ProjectClient,
    /// What projects were served.
    Project,
    /// Who asked, and how it ended.
    Caller,
    /// Who asked for what.
    CallerModel,
}

impl Cube {
    /// All of them, those with few rows first.
    pub const ALL: [Self; 8] = [
        Self::Service,
        Self::Environment,
        Self::Client,
        Self::Place,
        Self::ProjectClient,
        Self::Project,
        Self::Caller,
        Self::CallerModel,
    ];

    /// The narrowest one that has all dimensions; `None`: single requests must be asked.
    pub fn with(asked: &[Dimension]) -> Option<Self> {
        Self::ALL.into_iter().find(|it| asked.iter().all(|asked| it.dimensions().contains(asked)))
    }

    /// Its name, also in the names of its tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Environment => "environment",
            Self::Client => "client",
            Self::Place => "place",
            Self::ProjectClient => "project_client",
            Self::Project => "project",
            Self::Caller => "caller",
            Self::CallerModel => "caller_model",
        }
    }

    /// What its rows are told apart by.
    pub const fn dimensions(self) -> &'static [Dimension] {
        use Dimension::{
            Caller, Client, Code, Dialect, Environment, Group, Model, Node, Policy, Project, Provider, Region, Status,
            Token, User,
        };
        match self {
            Self::Service => &[Group, Policy, Provider, Model, Status, Code],
            Self::Environment => &[Project, Environment],
            Self::Client => &[Client, Dialect, Group, Policy, Provider, Model, Status, Code],
            Self::Place => &[Region, Node, Group, Policy, Provider, Model, Status, Code],
            Self::ProjectClient => &[Project, Client, Dialect, Status, Code],
            Self::Project => &[Project, Environment, Group, Policy, Provider, Model],
            Self::Caller => &[Project, Environment, User, Caller, Token, Status, Code],
            Self::CallerModel => &[Project, Environment, User, Caller, Token, Group, Policy, Provider, Model],
        }
    }

    /// Which periods it is added up by, the shortest first.
    pub const fn periods(self) -> &'static [Period] {
        match self {
            Self::Service => &[Period::Minute, Period::Hour, Period::Day],
            Self::CallerModel => &[Period::Day],
            _ => &[Period::Hour, Period::Day],
        }
    }
}
