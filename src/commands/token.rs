//! `token`: caller tokens.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::commands::in_force::{InForce, WaitArgs};
use crate::commands::unknown;
use crate::exit::Failure;
use crate::output::{self, Output, Table};
use crate::values;

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
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Lists tokens, without their secrets
    List {
        /// Only this caller's
        #[arg(long, env = "SMART_ROUTER_TOKEN_LIST_CALLER")]
        caller: Option<String>,
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Replaces a token; the old one works until the overlap ends
    Rotate {
        /// The token's id: what stands between `sr_` and the next `_`
        #[arg(value_parser = values::token_id)]
        id: String,
        /// How long the old one still works: `1h`, `0s`
        #[arg(long, allow_hyphen_values = true, env = "SMART_ROUTER_TOKEN_OVERLAP", default_value = "1h", value_parser = values::length)]
        overlap: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Refuses a token until it is resumed
    Suspend {
        /// The token's id
        #[arg(value_parser = values::token_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Accepts a suspended token again
    Resume {
        /// The token's id
        #[arg(value_parser = values::token_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Refuses a token for ever
    Revoke {
        /// The token's id
        #[arg(value_parser = values::token_id)]
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
}

/// Runs the action against the admin API.
pub async fn run(args: TokenArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        TokenAction::Create { caller, name, expires_in, output } => {
            let body = json!({"caller": caller, "name": name, "expires_in": expires_in});
            print_new(&client.post("/tokens", &body).await?, output)
        }
        TokenAction::Rotate { id, overlap, output } => {
            print_new(&client.post(&format!("/tokens/{id}/rotate"), &json!({"overlap": overlap})).await?, output)
        }
        TokenAction::Suspend { id, wait, output } => change(&client, &id, "suspend", &wait, output).await,
        TokenAction::Resume { id, wait, output } => change(&client, &id, "resume", &wait, output).await,
        TokenAction::Revoke { id, wait, output } => change(&client, &id, "revoke", &wait, output).await,
        TokenAction::List { caller, output } => {
            let query: Vec<_> = caller.iter().map(|caller| ("caller", caller.clone())).collect();
            let answer = client.get("/tokens", &query).await?;
            if answer["tokens"].as_array().is_some_and(Vec::is_empty) && output != Output::Json {
                let filters: Vec<String> = caller.iter().map(|it| format!("caller={it}")).collect();
                unknown::tell(&client, &filters).await;
            }
            let mut table = Table::new(&["id", "caller", "name", "state", "created_at", "expires_at", "last_used_at"]);
            table.extend_from_json(answer["tokens"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
    }
}

fn print_new(answer: &Value, output: Output) -> Result<(), Failure> {
    let word = |name: &str| answer[name].as_str().unwrap_or_default();
    output::tell(answer, &["id", "caller", "name", "expires_at", "token", "version"], output, || {
        crate::output::say!("Token {} is created. It is shown this once:", word("id"));
        output::print(&format!("{}\n", word("token")))
    })
}

async fn change(client: &AdminClient, id: &str, action: &str, wait: &WaitArgs, output: Output) -> Result<(), Failure> {
    let mut answer = client.post(&format!("/tokens/{id}/{action}{}", wait.query()), &json!({})).await?;
    let found = if wait.is_asked() { InForce::read(&answer["in_force"]) } else { wait.ask(client, &mut answer).await };
    let outcome = wait.outcome(found);
    output::tell(&answer, &["id", "caller", "state", "version", "in_force"], output, || {
        let state = answer["state"].as_str().unwrap_or_default();
        crate::output::say!("Token {id} is {state}, from version {} on.", answer["version"]);
        if let Ok(text) = &outcome {
            crate::output::say!("{text}");
        }
        Ok(())
    })?;
    outcome.map(drop)
}
