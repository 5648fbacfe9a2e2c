//! `admin-token`: who may use the admin API.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::Failure;
use crate::output::{self, Output, Table};
use crate::values;

/// Admin tokens: who may use the admin API, and how far
#[derive(Args)]
pub struct AdminTokenArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: AdminTokenAction,
}

#[derive(Subcommand)]
enum AdminTokenAction {
    /// Creates an admin token and prints it; it cannot be shown again
    Create {
        /// What it is for
        #[arg(long, env = "SMART_ROUTER_ADMIN_TOKEN_NAME")]
        name: String,
        /// What it may do
        #[arg(long, env = "SMART_ROUTER_ROLE", value_enum)]
        role: RoleArg,
        /// How long it lives: `90d`, `24h`; for ever when left out
        #[arg(long, allow_hyphen_values = true, env = "SMART_ROUTER_ADMIN_TOKEN_EXPIRES_IN")]
        expires_in: Option<String>,
        /// How it is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Lists admin tokens, without their secrets
    List {
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Refuses an admin token for ever
    Revoke {
        /// The token's id
        #[arg(value_parser = values::admin_token_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArg {
    /// Everything
    Admin,
    /// Configuration, caller tokens and routers; neither providers' keys nor admin tokens
    Operator,
    /// Reads, and changes nothing; neither the audit log nor admin tokens are among it
    Viewer,
}

impl RoleArg {
    fn name(self) -> String {
        self.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
    }
}

/// Runs the action against the admin API.
pub async fn run(args: AdminTokenArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        AdminTokenAction::Create { name, role, expires_in, output } => {
            let body = json!({"name": name, "role": role.name(), "expires_in": expires_in});
            let answer = client.post("/admin-tokens", &body).await?;
            let word = |name: &str| answer[name].as_str().unwrap_or_default();
            output::tell(&answer, &["id", "name", "role", "expires_at", "token"], output, || {
                eprintln!("Admin token {} is created. It is shown this once:", word("id"));
                output::print(&format!("{}\n", word("token")))
            })
        }
        AdminTokenAction::List { output } => {
            let answer = client.get("/admin-tokens", &[]).await?;
            let mut table = Table::new(&["id", "name", "role", "created_at", "created_by", "expires_at"]);
            table.extend_from_json(answer["admin_tokens"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
        AdminTokenAction::Revoke { id, output } => {
            client.delete(&format!("/admin-tokens/{id}")).await?;
            output::tell(&json!({"id": id, "state": "revoked"}), &["id", "state"], output, || {
                eprintln!("Admin token {id} is revoked.");
                Ok(())
            })
        }
    }
}
