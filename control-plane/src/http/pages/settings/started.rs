use control_plane_core::rollup::KEPT_MINUTES_MS;
use web::{Shown, parts::Fact, sheet::SheetCard};

use crate::{http::App, options::RouterAddress, store::audit};

const DAY_MS: i64 = 86_400_000;

fn card(title: &str, lead: &str, facts: Vec<Fact>) -> SheetCard {
    SheetCard { title: title.to_owned(), lead: lead.to_owned(), more: None, facts, table: None }
}

/// What is removed, and when.
pub fn kept_for() -> SheetCard {
    let days = |ms: i64| Shown::Text(format!("{} days", ms / DAY_MS));
    card(
        "Kept for",
        "What is older is removed once a day. It cannot be set yet.",
        vec![
            Fact::new("Requests", Shown::Missing("for good")),
            Fact::new("Sums by minute", days(KEPT_MINUTES_MS)),
            Fact::new("Sums by hour and day", Shown::Missing("for good")),
            Fact::new("Audit log", Shown::Missing("for good")),
            Fact::new("Admin access", days(audit::KEPT_ACCESS_MS)),
            Fact::new("Versions", Shown::Missing("for good")),
        ],
    )
}

/// What the process was started with, never a secret.
pub fn this(app: &App) -> SheetCard {
    let mode = &app.control.config_mode;
    let truth = match mode.file() {
        None => "the database".to_owned(),
        Some(file) if mode.is_editable_in_browser() => format!("the database, which {file} has filled"),
        Some(file) => format!("the file {file}, at every start"),
    };
    let yes = |it: bool| Shown::Text(if it { "TLS" } else { "clear text" }.to_owned());
    let public = app.here.public_url.as_ref().map(|it| it.address("")).unwrap_or_default();
    let callers = match &app.here.routers {
        RouterAddress::Guessed => Shown::Missing("not said: --router-url"),
        RouterAddress::Here { port, .. } => Shown::Text(format!("this machine, port {port}")),
        RouterAddress::Url(url) => Shown::Text(url.clone()),
    };
    card(
        "This control plane",
        "Started with options or variables: changed at the next start.",
        vec![
            Fact::new("Build", Shown::Text(format!("{} ({})", app.build.version, app.build.commit))),
            Fact::new("Truth of the configuration", Shown::Text(truth)),
            Fact::new("Database", Shown::Text(app.control.store.engine().name().to_owned())),
            Fact::new("Called by browsers", Shown::text(public, "as they do")),
            Fact::new("Called by callers", callers),
            Fact::new("Pages and admin API", yes(app.here.tls)),
            Fact::new("Routers connect with", yes(app.here.grpc_tls)),
        ],
    )
}
