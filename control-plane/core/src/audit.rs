//! The audit log: one event for each change, written in the transaction that makes it.

use serde::Serialize;

/// One change, and who made it. Never a secret, a token or a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEvent {
    /// Milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Who made it.
    pub actor: Actor,
    /// What was done.
    pub action: AuditAction,
    /// To what: `config`, or `<kind>/<id>` such as `token/3kTMd9…`.
    pub target: String,
    /// The version that came of it; `None`: routers did not need to know.
    pub version: Option<u64>,
    /// What changed, in words: a comment, or the changes one a line.
    pub detail: String,
}

/// Who made a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Actor {
    /// The holder of an admin token, by the token's id.
    AdminToken(String),
    /// Somebody who has logged in.
    Person {
        /// Who says who it is: the id of a provider in `oidc`.
        provider: String,
        /// What the provider calls them; never given to somebody else.
        subject: String,
        /// Their name or address, to be shown.
        name: String,
    },
    /// Somebody who has logged in with a link that was printed at a start, by the session's id.
    LoginLink(String),
    /// A caller that looks at its own usage, by its id.
    Caller(String),
    /// A router, by its id: when it joins.
    Node(String),
    /// The process itself: at its first start.
    System,
}

impl Actor {
    /// As one word in tables: `admin-token/<id>`, `person/<provider>/<subject>`, `caller/<id>`, `node/<id>`, `system`.
    pub fn label(&self) -> String {
        match self {
            Self::AdminToken(id) => format!("admin-token/{id}"),
            Self::Person { provider, subject, .. } => format!("person/{provider}/{subject}"),
            Self::LoginLink(id) => format!("login-link/{id}"),
            Self::Caller(id) => format!("caller/{id}"),
            Self::Node(id) => format!("node/{id}"),
            Self::System => "system".to_owned(),
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum AuditAction {
    /// A configuration was applied.
    #[serde(rename = "config.apply")]
    ConfigApply,
    /// The versions of routers were passed, after an older database was restored.
    #[serde(rename = "version.adopt")]
    VersionAdopt,
    /// An older configuration was published again.
    #[serde(rename = "config.rollback")]
    ConfigRollback,
    /// A draft of the configuration was begun.
    #[serde(rename = "draft.create")]
    DraftCreate,
    /// A draft of the configuration was thrown away.
    #[serde(rename = "draft.discard")]
    DraftDiscard,
    /// A caller token was created.
    #[serde(rename = "token.create")]
    TokenCreate,
    /// A caller token was replaced.
    #[serde(rename = "token.rotate")]
    TokenRotate,
    /// A caller token was closed for a while.
    #[serde(rename = "token.suspend")]
    TokenSuspend,
    /// A caller token was opened again.
    #[serde(rename = "token.resume")]
    TokenResume,
    /// A caller token was closed for good.
    #[serde(rename = "token.revoke")]
    TokenRevoke,
    /// A provider's key was sealed in the database.
    #[serde(rename = "credential.set")]
    CredentialSet,
    /// A provider's key was removed from the database.
    #[serde(rename = "credential.remove")]
    CredentialRemove,
    /// A provider's key that a variable or a file holds has changed.
    #[serde(rename = "credential.reload")]
    CredentialReload,
    /// A join token was made.
    #[serde(rename = "node.join-token")]
    NodeJoinToken,
    /// Somebody logged in.
    #[serde(rename = "admin-session.login")]
    AdminSessionLogin,
    /// Somebody logged out.
    #[serde(rename = "admin-session.logout")]
    AdminSessionLogout,
    /// A session was ended by somebody else, or by the provider.
    #[serde(rename = "admin-session.end")]
    AdminSessionEnd,
    /// Somebody opened a caller's own page with its token.
    #[serde(rename = "caller-session.login")]
    CallerSessionLogin,
    /// And left it.
    #[serde(rename = "caller-session.logout")]
    CallerSessionLogout,
    /// A router joined.
    #[serde(rename = "node.enrol")]
    NodeEnrol,
    /// A router's credential was used by somebody else.
    #[serde(rename = "node.second-use")]
    NodeSecondUse,
    /// A router was drained, or taken back.
    #[serde(rename = "node.drain")]
    NodeDrain,
    /// A router was asked to replace its credential and its key.
    #[serde(rename = "node.rotate")]
    NodeRotate,
    /// A router has used its new credential: the old one opens nothing.
    #[serde(rename = "node.rotated")]
    NodeRotated,
    /// A router that is gone was forgotten.
    #[serde(rename = "node.forget")]
    NodeForget,
    /// The master key was replaced.
    #[serde(rename = "master-key.rotate")]
    MasterKeyRotate,
    /// A router's credential was closed for good.
    #[serde(rename = "node.revoke")]
    NodeRevoke,
    /// An admin token was created.
    #[serde(rename = "admin-token.create")]
    AdminTokenCreate,
    /// An admin token was closed for good.
    #[serde(rename = "admin-token.revoke")]
    AdminTokenRevoke,
    /// A report is sent at intervals from now on.
    #[serde(rename = "report-schedule.create")]
    ReportScheduleCreate,
    /// What is sent, when or where to was changed.
    #[serde(rename = "report-schedule.change")]
    ReportScheduleChange,
    /// A report is not sent any more.
    #[serde(rename = "report-schedule.remove")]
    ReportScheduleRemove,
    /// Somebody has sent a report out of its turn.
    #[serde(rename = "report-schedule.send")]
    ReportScheduleSend,
}

impl AuditAction {
    /// Its name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigApply => "config.apply",
            Self::VersionAdopt => "version.adopt",
            Self::ConfigRollback => "config.rollback",
            Self::DraftCreate => "draft.create",
            Self::DraftDiscard => "draft.discard",
            Self::TokenCreate => "token.create",
            Self::TokenRotate => "token.rotate",
            Self::TokenSuspend => "token.suspend",
            Self::TokenResume => "token.resume",
            Self::TokenRevoke => "token.revoke",
            Self::CredentialSet => "credential.set",
            Self::CredentialRemove => "credential.remove",
            Self::CredentialReload => "credential.reload",
            Self::NodeJoinToken => "node.join-token",
            Self::AdminSessionLogin => "admin-session.login",
            Self::AdminSessionLogout => "admin-session.logout",
            Self::AdminSessionEnd => "admin-session.end",
            Self::CallerSessionLogin => "caller-session.login",
            Self::CallerSessionLogout => "caller-session.logout",
            Self::NodeEnrol => "node.enrol",
            Self::NodeSecondUse => "node.second-use",
            Self::NodeDrain => "node.drain",
            Self::NodeRotate => "node.rotate",
            Self::NodeRotated => "node.rotated",
            Self::NodeForget => "node.forget",
            Self::MasterKeyRotate => "master-key.rotate",
            Self::NodeRevoke => "node.revoke",
            Self::AdminTokenCreate => "admin-token.create",
            Self::AdminTokenRevoke => "admin-token.revoke",
            Self::ReportScheduleCreate => "report-schedule.create",
            Self::ReportScheduleChange => "report-schedule.change",
            Self::ReportScheduleRemove => "report-schedule.remove",
            Self::ReportScheduleSend => "report-schedule.send",
        }
    }
}
