//! `audit`: who changed what.

use clap::{Args, Subcommand};
use control_plane_core::permission::{Action, Role};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::defaults::AUDIT_LIMIT;
use crate::exit::Failure;
use crate::output::{self, Output, Table};

/// Who changed what, and when
#[derive(Args)]
pub struct AuditArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: AuditAction,
}

#[derive(Subcommand)]
enum AuditAction {
    /// Lists changes, the newest first
    List {
        /// At most so many, up to 1000
        #[arg(long, env = "SMART_ROUTER_LIMIT", default_value_t = AUDIT_LIMIT)]
        limit: u32,
        /// Only changes before this one: the last id of the page before
        #[arg(long, env = "SMART_ROUTER_BEFORE")]
        before: Option<u64>,
        /// By whom, as it is listed: admin-token/<id>
        #[arg(long, env = "SMART_ROUTER_ACTOR")]
        actor: Option<String>,
        /// What was done: token.revoke, or token. for all that is done to tokens
        #[arg(long, env = "SMART_ROUTER_ACTION")]
        action: Option<String>,
        /// To what, as it is listed: token/<id>
        #[arg(long, env = "SMART_ROUTER_TARGET")]
        target: Option<String>,
        /// From when on: 7d, 2026-01-31 or RFC 3339
        #[arg(long, env = "SMART_ROUTER_SINCE")]
        since: Option<String>,
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Lists what administrators have asked for, the newest first
    Requests {
        /// At most so many, up to 1000
        #[arg(long, env = "SMART_ROUTER_LIMIT", default_value_t = AUDIT_LIMIT)]
        limit: u32,
        /// From whom, as it is listed: admin-token/<id>
        #[arg(long, env = "SMART_ROUTER_ACTOR")]
        actor: Option<String>,
        /// Those alone that were refused or failed
        #[arg(long, env = "SMART_ROUTER_FAILED")]
        failed: bool,
        /// From when on: 7d, 2026-01-31 or RFC 3339
        #[arg(long, env = "SMART_ROUTER_SINCE")]
        since: Option<String>,
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

/// Who asks may read all else, and has to be told whom to ask.
fn for_whom(failure: Failure) -> Failure {
    if failure.code.as_deref() != Some("forbidden") {
        return failure;
    }
    let readers: Vec<&str> =
        Role::ALL.into_iter().filter(|it| Action::AuditRead.is_given_to(*it)).map(Role::as_str).collect();
    failure.with_hint(format!(
        "The audit log tells what administrators did, and not every role reads it: ask with an admin token of the role {}.",
        readers.join(", ")
    ))
}

/// Runs the action against the admin API.
pub async fn run(args: AuditArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        AuditAction::List { limit, before, actor, action, target, since, output } => {
            let mut query = vec![("limit", limit.to_string())];
            query.extend(before.map(|before| ("before", before.to_string())));
            let words = [("actor", actor), ("action", action), ("target", target), ("since", since)];
            query.extend(words.into_iter().filter_map(|(name, value)| Some((name, value?))));
            let answer = client.get("/audit", &query).await.map_err(for_whom)?;
            let mut table = Table::new(&["id", "at", "actor", "action", "target", "version", "detail"]);
            table.extend_from_json(answer["events"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
        AuditAction::Requests { limit, actor, failed, since, output } => {
            let mut query = vec![("limit", limit.to_string()), ("failed", failed.to_string())];
            query.extend(
                [("actor", actor), ("since", since)].into_iter().filter_map(|(name, value)| Some((name, value?))),
            );
            let answer = client.get("/admin-requests", &query).await?;
            let mut table = Table::new(&["at", "actor", "method", "route", "status"]);
            table.extend_from_json(answer["admin_requests"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
    }
}
