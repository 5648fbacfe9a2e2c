use std::{collections::HashSet, sync::Arc};

use axum::http::Method;
use vocabulary::Build;

use super::{AccessLog, Here, Remembered, WriteProbe};
use crate::{
    failures::Failures, login::Logins, manage::Control, metrics::Metrics, publish::Publisher, schedule::Reports,
};

/// What handlers work with. Cloning shares it.
#[derive(Clone)]
pub struct App {
    /// The store and the keys.
    pub control: Control,
    /// SHA-256 of the admin token that was given at the start; it is an admin as long as the process lives, and is not
    /// in the database.
    pub bootstrap_admin: Option<[u8; 32]>,
    /// How publishing goes.
    pub publisher: Publisher,
    /// Where requests are recorded.
    pub access_log: AccessLog,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What runs.
    pub build: Build,
    /// Who has failed to get in.
    pub failures: Failures,
    /// Who has begun to log in: each is a row in the database.
    pub login_starts: Failures,
    /// Who has sent providers' logouts that are none: any page of the web can, from anybody's browser, so that it closes no login.
    pub logout_failures: Failures,
    /// Lets people in.
    pub logins: Logins,
    /// Sends reports to webhooks.
    pub reports: Reports,
    /// How browsers reach the pages.
    pub here: Here,
    /// Who may read the metrics while the database is down.
    pub remembered: Remembered,
    /// The operations that have parameters in their query: [`super::asking`].
    pub asking: Arc<HashSet<(Method, String)>>,
    /// Whether the database takes writes.
    pub write_probe: WriteProbe,
}
