//! `token`: caller tokens.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::Failure;
use crate::output::{self, Output, Table};

/// Caller tokens: created once, shown once, stored as digests
#[derive(Args)]
pub struct TokenArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: TokenAction,
}

#[derive(Subcommand)]
enum TokenAction {
    /// Creates a token and prints it; it cannot be shown again
    Create {
        /// The caller that it belongs to, as named in the configuration
        #[arg(long, env = "SMART_ROUTER_CALLER")]
        caller: String,
        /// What it is for
        #[arg(long, env = "SMART_ROUTER_TOKEN_NAME", default_value = "")]
        name: String,
        /// How long it lives: `90d`, `24h`, at most ten years; for ever when left out
        #[arg(long, allow_hyphen_values = true, env = "SMART_ROUTER_TOKEN_EXPIRES_IN")]
        expires_in: Option<String>,
    },
    /// Lists tokens, without their secrets
    List {
        /// How the list is printed
        #[arg(long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Replaces a token; the old one works until the overlap ends
    Rotate {
        /// The token's id: what stands between `sr_` and the next `_`
        id: String,
        /// How long the old one still works: `1h`, `0s`
        #[arg(long, allow_hyphen_values = true, env = "SMART_ROUTER_TOKEN_OVERLAP", default_value = "1h")]
        overlap: String,
    },
    /// Refuses a token until it is resumed
    Suspend {
        /// The token's id
        id: String,
    },
    /// Accepts a suspended token again
    Resume {
        /// The token's id
        id: String,
    },
    /// Refuses a token for ever
    Revoke {
        /// The token's id
        id: String,
    },
}

/// Runs the action against the admin API.
pub async fn run(args: TokenArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        TokenAction::Create { caller, name, expires_in } => {
            let body = json!({"caller": caller, "name": name, "expires_in": expires_in});
            print_new(&client.post("/tokens", &body).await?)?;
        }
        TokenAction::Rotate { id, overlap } => {
            print_new(&client.post(&format!("/tokens/{id}/rotate"), &json!({"overlap": overlap})).await?)?;
        }
        TokenAction::Suspend { id } => change(&client, &id, "suspend").await?,
        TokenAction::Resume { id } => change(&client, &id, "resume").await?,
        TokenAction::Revoke { id } => change(&client, &id, "revoke").await?,
        TokenAction::List { output } => {
            let answer = client.get("/tokens", &[]).await?;
            let mut table = Table::new(&["id", "caller", "name", "state", "created_at", "expires_at"]);
            table.extend_from_json(answer["tokens"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))?;
        }
    }
    Ok(())
}

fn print_new(answer: &Value) -> Result<(), Failure> {
    eprintln!("Token {} is created. It is shown this once:", answer["id"].as_str().unwrap_or_default());
    output::print(&format!("{}\n", answer["token"].as_str().unwrap_or_default()))
}

async fn change(client: &AdminClient, id: &str, action: &str) -> Result<(), Failure> {
    let answer = client.post(&format!("/tokens/{id}/{action}"), &json!({})).await?;
    eprintln!("Token {id} is {}, from version {} on.", answer["state"].as_str().unwrap_or_default(), answer["version"]);
    Ok(())
}
