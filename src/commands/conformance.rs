//! `conformance`: what works for which client on a deployment.

use std::time::Duration;

use clap::Args;
use conformance::{Deployment, Played, Recording, Verdict, play, recordings};
use serde_json::{Value, json};

use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output, Table};
use crate::values;

/// Plays recorded requests of real clients against a deployment and prints what works, by client and dialect
#[derive(Args)]
pub struct ConformanceArgs {
    /// The deployment's URL, without `/v1`
    #[arg(long, env = "SMART_ROUTER_URL", default_value = defaults::ROUTER_URL, value_parser = values::url)]
    base_url: String,
    /// A caller token
    #[arg(long, env = "SMART_ROUTER_TOKEN", hide_env_values = true)]
    token: String,
    /// The model group that every request names
    #[arg(long, env = "SMART_ROUTER_MODEL", default_value = "auto")]
    model: String,
    /// Only clients whose name contains this, whatever its case
    #[arg(long, env = "SMART_ROUTER_CLIENT", default_value = "")]
    client: String,
    /// How long an answer may take: `120s`, `5m`
    #[arg(long, env = "SMART_ROUTER_TIMEOUT", default_value = "120s", value_parser = values::duration)]
    timeout: Duration,
    /// How the report is printed; `table` and `markdown` have a line for each client and dialect, `json` and `csv` for each request
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Plays what was asked for, and prints the report. Anything that does not work makes it fail.
pub async fn run(args: ConformanceArgs) -> Result<(), Failure> {
    let wanted = args.client.to_lowercase();
    let chosen: Vec<Recording> =
        recordings().iter().copied().filter(|it| it.client.to_lowercase().contains(&wanted)).collect();
    if chosen.is_empty() {
        return Err(Failure::new(Exit::NotFound, format!("no recorded client's name contains `{}`", args.client)));
    }
    let deployment =
        Deployment { base_url: args.base_url, token: args.token, model: args.model, timeout: args.timeout };
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(Failure::failed)?;
    let mut played = Vec::new();
    for recording in chosen {
        let unreachable = |error: reqwest::Error| {
            Failure::new(
                Exit::Unavailable,
                format!("{} did not answer `{}`: {}", deployment.base_url, recording.case, values::cause(&error)),
            )
        };
        played.push(play(&client, &deployment, recording).await.map_err(unreachable)?);
    }
    output::print(&report(&played, args.output))?;
    let good = played.iter().filter(|it| it.verdict == Verdict::Good).count();
    if good == played.len() {
        return Ok(());
    }
    Err(Failure::failed(format!("{} of {} requests do not work", played.len() - good, played.len())))
}

fn report(played: &[Played], output: Output) -> String {
    let (mut table, rows) = match output {
        Output::Json | Output::Csv => {
            (Table::new(&["client", "dialect", "case", "verdict", "detail"]), played.iter().map(line).collect())
        }
        Output::Table | Output::Markdown => {
            (Table::new(&["client", "dialect", "works", "of", "findings"]), summary(played))
        }
    };
    table.extend_from_json(&rows);
    table.render(output)
}

fn line(played: &Played) -> Value {
    let (verdict, detail) = match &played.verdict {
        Verdict::Good => ("works", String::new()),
        Verdict::Refused { status, reason } => ("refused", format!("{status} {reason}")),
        Verdict::Broken(violations) => ("broken", violations.join("; ")),
    };
    json!({
        "client": played.recording.client,
        "dialect": played.recording.dialect().as_str(),
        "case": played.recording.case,
        "verdict": verdict,
        "detail": detail,
    })
}

/// One row for each client and dialect, in the order in which they were played.
fn summary(played: &[Played]) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    for one in played {
        let (client, dialect) = (one.recording.client, one.recording.dialect().as_str());
        let at = rows.iter().position(|it| it["client"] == client && it["dialect"] == dialect).unwrap_or_else(|| {
            rows.push(json!({"client": client, "dialect": dialect, "works": 0, "of": 0, "findings": ""}));
            rows.len() - 1
        });
        let row = &mut rows[at];
        row["of"] = json!(row["of"].as_u64().unwrap_or(0) + 1);
        if one.verdict == Verdict::Good {
            row["works"] = json!(row["works"].as_u64().unwrap_or(0) + 1);
            continue;
        }
        let told = line(one);
        let word = |name: &str| told[name].as_str().unwrap_or_default();
        let finding: String =
            format!("{} {}: {}", word("case"), word("verdict"), word("detail")).chars().take(160).collect();
        let earlier =
            row["findings"].as_str().filter(|it| !it.is_empty()).map(|it| format!("{it}; ")).unwrap_or_default();
        row["findings"] = json!(earlier + &finding);
    }
    rows
}
