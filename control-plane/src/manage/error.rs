use control_plane_core::{
    Problem,
    diff::Change,
    domain::Refusal,
    keys::Move,
    merge::{Conflict, EditConflict},
    patch::PatchError,
    permission::{Denied, Grants},
    schedule::ScheduleMistake,
    token::TokenError,
};

use crate::store::StoreError;

/// What somebody is told who has not logged in for a while.
pub const ASKS_AGAIN: &str = "this reveals or destroys something, or says who gets in, and asks for a login not long ago: log in again, then \
                              repeat it";

/// Why an administrative act was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The configuration has mistakes; all of them, and the warnings with them.
    #[error("the configuration is refused: correct the problems that are listed and try again")]
    InvalidConfig(Vec<Problem>),
    /// There is no configuration yet.
    #[error("no configuration has been applied yet: apply one with `config apply`")]
    NoConfig,
    /// Somebody else was quicker.
    #[error("the configuration is at version {current}, not at {expected}: look at what changed, then apply again")]
    VersionConflict {
        /// What the caller had in hand.
        expected: u64,
        /// What is in force; 0: nothing.
        current: u64,
    },
    /// Somebody else has changed the same.
    #[error(
        "what you changed was changed by somebody else since version {based_on} (now {current}): look at both versions, and \
         change the newer one",
        based_on = .0.based_on, current = .0.current
    )]
    EditConflict(Box<EditConflict>),
    /// An idempotency key stands for something else.
    #[error("this `idempotency-key` was sent with another request: each has its own")]
    KeyReused,
    /// The first request of an idempotency key is not answered yet.
    #[error("the request that was first sent with this `idempotency-key` is still running: send it again in a moment")]
    StillRunning,
    /// What became of the first request of an idempotency key is not known.
    #[error(
        "the answer to the request that was first sent with this `idempotency-key` was lost, and it has changed something: look whether it was done, and send \
         another key if it was not"
    )]
    OutcomeUnknown,
    /// A draft was saved from elsewhere.
    #[error("the draft was saved from elsewhere: it is at revision {current}, not at {expected}; read it again")]
    DraftChanged {
        /// What the author had in hand.
        expected: u64,
        /// The one there is.
        current: u64,
    },
    /// A schedule was changed from elsewhere.
    #[error("the schedule was changed from elsewhere: it is at revision {current}, not at {expected}; read it again")]
    ScheduleChanged {
        /// What the author had in hand.
        expected: u64,
        /// The one there is.
        current: u64,
    },
    /// A schedule has mistakes; all of them.
    #[error("the schedule is refused: {}", .0.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("; "))]
    InvalidSchedule(Vec<ScheduleMistake>),
    /// A draft and others change the same fields.
    #[error(
        "the draft and version {current} change the same fields: say of each whether yours is kept or theirs is taken"
    )]
    RebaseConflict {
        /// What is in force.
        current: u64,
        /// The fields.
        conflicts: Vec<Conflict>,
    },
    /// A patch does not fit the document.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The configuration is a file, and not changed in a browser.
    #[error(
        "the configuration is the file {file}, which is applied at every start: change it there; `standalone --config-mode seed` \
         lets it be changed here"
    )]
    ReadOnly {
        /// The file.
        file: String,
    },
    /// A file would take back what was changed since it was applied.
    #[error(
        "the file takes back what was changed since version {since}, on which it is based: export what is in force (version {current}) \
         and change that, or apply it with `--force`"
    )]
    WouldUndo {
        /// The version that the file is based on.
        since: u64,
        /// What is in force.
        current: u64,
        /// What it would take back.
        changes: Vec<Change>,
    },
    /// It would send keys where they do not go yet, which is for those to decide who may set keys.
    #[error(
        "the change sends keys where they are not sent now ({places}), and {grants} may not do credential.write: an \
         administrator must apply it",
        places = moves.iter().map(|it| it.path.as_str()).collect::<Vec<_>>().join(", ")
    )]
    MovesKeys {
        /// What whoever asked may do.
        grants: Grants,
        /// Which keys, and where to.
        moves: Vec<Move>,
    },
    /// It is for people who have proved not long ago who they are.
    #[error("{ASKS_AGAIN}")]
    RecentLogin,
    /// It changes what is not theirs to change.
    #[error(
        "your role may not change the configuration as asked ({places})",
        places = .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    )]
    OutsideDomain(Vec<Refusal>),
    /// No grant allows it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No such thing.
    #[error("there is no {kind} `{id}`")]
    NotFound {
        /// What was looked for: `caller`, `token`, …
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// A token cannot be changed as asked.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A value that cannot be.
    #[error("{0}")]
    InvalidValue(&'static str),
    /// The thing is in a state that forbids it.
    #[error("{0}")]
    Conflict(String),
    /// A stored configuration that this build cannot read.
    #[error("the stored configuration {version} cannot be read by this build: {source}")]
    Unreadable {
        /// Its version.
        version: u64,
        /// Where it fails.
        source: serde_json::Error,
    },
    /// A document was not looked at to its end: a defect.
    #[error("the document could not be looked at; the control plane's log says why")]
    Broken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
