//! `credential`: providers' keys, sealed in the database.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::commands::in_force::WaitArgs;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{self, Output, Table};

/// Keys to providers, sealed in the database; none is ever shown
#[derive(Args)]
pub struct CredentialArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: CredentialAction,
}

#[derive(Subcommand)]
enum CredentialAction {
    /// Seals a provider's key; an older one is replaced
    Set {
        /// The provider, as named in the configuration
        provider: String,
        /// The file that holds the key alone; `-` for standard input. Arguments are public, so the key is none
        #[arg(long, env = "SMART_ROUTER_CREDENTIAL_FILE", default_value = "-")]
        file: PathBuf,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Lists where each provider's key comes from
    List {
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Forgets a provider's key
    Delete {
        /// The provider
        provider: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
        #[command(flatten)]
        wait: WaitArgs,
    },
}

/// Runs the action against the admin API.
pub async fn run(args: CredentialArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        CredentialAction::Set { provider, file, output, wait } => {
            let key = input::text(&file, Exit::Usage)?;
            let answer = client.put(&path(&provider), &json!({"value": key.trim()})).await?;
            told(&client, (&provider, "sealed"), &answer, &wait, output).await
        }
        CredentialAction::List { output } => {
            let answer = client.get("/credentials", &[]).await?;
            let mut table = Table::new(&["provider", "source", "name", "origin", "set_at", "set_by", "usable", "why"]);
            table.extend_from_json(answer["credentials"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
        CredentialAction::Delete { provider, output, wait } => {
            let answer = client.delete(&path(&provider)).await?;
            told(&client, (&provider, "forgotten"), &answer, &wait, output).await
        }
    }
}

fn path(provider: &str) -> String {
    format!("/providers/{provider}/credential")
}

async fn told(
    client: &AdminClient,
    (provider, state): (&str, &str),
    answer: &Value,
    wait: &WaitArgs,
    output: Output,
) -> Result<(), Failure> {
    let mut told = json!({"provider": provider, "state": state, "version": answer["version"]});
    let outcome = wait.outcome(wait.ask(client, &mut told).await);
    output::tell(&told, &["provider", "state", "version", "in_force"], output, || {
        crate::output::say!("The key of {provider} is {state}, from version {} on.", answer["version"]);
        if let Ok(text) = &outcome {
            crate::output::say!("{text}");
        }
        Ok(())
    })?;
    outcome.map(drop)
}
