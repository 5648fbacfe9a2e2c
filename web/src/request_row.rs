mod sample;

use crate::{
    Tag, Tone,
    show::{Clock, Count, Millis, Money},
};

/// A request in a list.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a sign of its own in a row")]
pub struct RequestRow {
    /// The id that its router gave it.
    pub id: String,
    /// Its own page.
    pub href: String,
    /// When it began.
    pub at: Clock,
    /// What the caller saw.
    pub status: u32,
    /// `ok`, or why not.
    pub code: String,
    /// The model group; empty: it was refused before one was known.
    pub group: String,
    /// `model` as the caller wrote it.
    pub requested_model: String,
    /// What was tried last; empty: nothing was.
    pub target: String,
    /// Who asked.
    pub caller: String,
    /// Whose budget.
    pub project: String,
    /// The token's id.
    pub token: String,
    /// The client, as detected.
    pub client: String,
    /// The conversation.
    pub session: String,
    /// The API that the caller spoke.
    pub dialect: String,
    /// Where the router stands.
    pub region: String,
    /// The router.
    pub node: String,
    /// Read.
    pub input_tokens: Count,
    /// Of those, from the provider's cache.
    pub cached_tokens: Count,
    /// Written.
    pub output_tokens: Count,
    /// All of it.
    pub cost: Money,
    /// It has tokens and no price.
    pub unpriced: bool,
    /// What it cost is not told to whoever looks.
    pub untold: bool,
    /// From beginning to end.
    pub latency: Millis,
    /// Until something came.
    pub first_byte: Millis,
    /// How many targets were called.
    pub attempts: u64,
    /// Another target than the first served it.
    pub fallback: bool,
    /// The answer was a stream.
    pub stream: bool,
    /// What was lost or approximated.
    pub warnings: usize,
}

impl RequestRow {
    /// How it ended.
    pub fn outcome(&self) -> Tag {
        outcome(self.status, &self.code)
    }

    /// It was not served.
    pub fn failed(&self) -> bool {
        self.code != "ok"
    }
}

/// A status with its colour.
pub fn outcome(status: u32, code: &str) -> Tag {
    let tone = match (status, code) {
        (_, "interrupted") => Tone::Bad,
        (200..300, _) => Tone::Good,
        (499, _) => Tone::Note,
        (400..500, _) => Tone::Warning,
        _ => Tone::Bad,
    };
    Tag::new(tone, status.to_string())
}

/// A column of a list of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestColumn {
    /// When; it leads to the request, and is always there.
    Time,
    /// How it ended.
    Status,
    /// Where it went.
    Route,
    /// Who asked.
    Caller,
    /// Whose budget.
    Project,
    /// By which token.
    Token,
    /// From what.
    Client,
    /// In which conversation.
    Session,
    /// In which API.
    Dialect,
    /// Read and written.
    Tokens,
    /// What it cost.
    Cost,
    /// How long it took.
    Latency,
    /// How long until something came.
    FirstByte,
    /// By which router.
    Node,
    /// Where.
    Region,
    /// What was out of the ordinary.
    Flags,
}

impl RequestColumn {
    /// All of them, in their order.
    pub const ALL: [Self; 16] = [
        Self::Time,
        Self::Status,
        Self::Route,
        Self::Caller,
        Self::Project,
        Self::Token,
        Self::Client,
        Self::Session,
        Self::Dialect,
        Self::Tokens,
        Self::Cost,
        Self::Latency,
        Self::FirstByte,
        Self::Node,
        Self::Region,
        Self::Flags,
    ];

    /// Those that are shown when nobody chose.
    pub const USUAL: [Self; 9] = [
        Self::Time,
        Self::Status,
        Self::Route,
        Self::Caller,
        Self::Tokens,
        Self::Cost,
        Self::Latency,
        Self::FirstByte,
        Self::Flags,
    ];

    /// As the address has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Status => "status",
            Self::Route => "route",
            Self::Caller => "caller",
            Self::Project => "project",
            Self::Token => "token",
            Self::Client => "client",
            Self::Session => "session",
            Self::Dialect => "dialect",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Latency => "latency",
            Self::FirstByte => "first_byte",
            Self::Node => "node",
            Self::Region => "region",
            Self::Flags => "flags",
        }
    }

    /// Its head.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Time => "Time",
            Self::Status => "Status",
            Self::Route => "Group and target",
            Self::Caller => "Caller",
            Self::Project => "Project",
            Self::Token => "Token",
            Self::Client => "Client",
            Self::Session => "Session",
            Self::Dialect => "Dialect",
            Self::Tokens => "Tokens",
            Self::Cost => "Cost",
            Self::Latency => "Latency",
            Self::FirstByte => "First byte",
            Self::Node => "Node",
            Self::Region => "Region",
            Self::Flags => "Flags",
        }
    }

    /// Its cells are figures.
    pub const fn is_figure(self) -> bool {
        matches!(self, Self::Tokens | Self::Cost | Self::Latency | Self::FirstByte)
    }

    /// The column of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}
