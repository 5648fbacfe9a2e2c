//! `doctor`: checks a data dir, and the control plane that it leads to. It changes nothing.

mod control_plane;
mod files;
mod finding;
mod router;

#[cfg(test)]
mod tests;

use std::path::Path;

use clap::Args;

use crate::admin_client::ServerArgs;
use crate::commands::control_plane::SecretArgs;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output, Table};
use finding::Finding;

/// Checks a data dir and the control plane it leads to; changes nothing
///
/// The data dir may be a control plane's, a router's or a standalone's, and may be in use. One line is printed for each
/// check: `ok`, `warning` or `FAILED`, what was found, and the way out. The exit code is 0 when every check is `ok`.
#[derive(Args)]
pub struct DoctorArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The control plane's database: `sqlite://<path>` or `postgres://user@host/database`; by default the data dir's file
    #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true, value_parser = crate::values::secret)]
    database_url: Option<String>,
    /// Also connects to every provider, from this machine, as the router of the data dir would: name, proxy and TLS, without a key
    #[arg(long, env = "SMART_ROUTER_DOCTOR_EGRESS")]
    egress: bool,
    #[command(flatten)]
    secrets: SecretArgs,
    /// How the findings are printed; `table` has a line for each
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Prints one line per check; fails unless every check is `ok`.
pub async fn run(args: DoctorArgs) -> Result<(), Failure> {
    let findings = examine(&args).await;
    if args.output == Output::Table {
        for finding in &findings {
            output::print(&format!("{finding}\n"))?;
        }
    } else {
        let mut table = Table::new(&["level", "check", "text"]);
        table.extend_from_json(&findings.iter().map(Finding::json).collect::<Vec<_>>());
        output::print(&table.render(args.output))?;
    }
    match findings.iter().filter(|it| !it.is_ok()).count() {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Failed, format!("{count} of {} checks are not ok.", findings.len()))),
    }
}

async fn examine(args: &DoctorArgs) -> Vec<Finding> {
    let dir = args.server.data_dir();
    let router = files::router_dir(dir);
    let control_plane = files::is_control_plane(dir);
    let mut findings = Vec::new();
    if control_plane || router.is_some() {
        findings.extend(places(dir, router.as_deref()));
    } else if !args.server.names_a_server() && args.database_url.is_none() {
        findings.push(files::nothing_in(dir));
    }
    if control_plane || args.database_url.is_some() {
        findings.extend(control_plane::state(dir, args.database_url.as_deref(), &args.secrets).await);
    }
    if control_plane || args.server.names_a_server() {
        findings.extend(control_plane::connection(&args.server).await);
    }
    if let Some(router) = router {
        findings.extend(router::state(&router));
        if args.egress {
            findings.extend(router::egress(&router).await);
        }
    }
    findings
}

/// The directories themselves: whether others may look into them, and whether there is room.
fn places(dir: &Path, router: Option<&Path>) -> Vec<Finding> {
    let inner = router.filter(|it| *it != dir);
    let dirs = || std::iter::once(dir).chain(inner);
    let mut findings: Vec<Finding> = dirs().map(files::directory).collect();
    findings.extend(files::secrets(dirs()));
    findings.extend(files::space(dirs()));
    findings
}
