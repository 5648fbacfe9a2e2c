//! `admin-session`: who is logged in to the pages.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::Failure;
use crate::output::{self, Output, Table};

/// People who are logged in to the pages
#[derive(Args)]
pub struct AdminSessionArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: AdminSessionAction,
}

#[derive(Subcommand)]
enum AdminSessionAction {
    /// Lists who is logged in, the newest first
    List {
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Logs somebody out
    End {
        /// The session's id, as `list` shows it
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs the action against the admin API.
pub async fn run(args: AdminSessionArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        AdminSessionAction::List { output } => {
            let answer = client.get("/admin-sessions", &[]).await?;
            let mut table = Table::new(&["id", "name", "actor", "kind", "logged_in_at", "last_used_at"]);
            table.extend_from_json(answer["admin_sessions"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
        AdminSessionAction::End { id, output } => {
            client.delete(&format!("/admin-sessions/{id}")).await?;
            output::tell(&json!({"id": id, "state": "ended"}), &["id", "state"], output, || {
                crate::output::say!("Session {id} has ended.");
                Ok(())
            })
        }
    }
}
