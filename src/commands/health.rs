//! `health`: whether a process of this product can serve.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::output::{self, Output};

/// It answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks a router or a control plane whether it can serve; for container images and unit files
///
/// The exit code is 0 if it can, and 69 if it cannot or does not answer. `/readyz` says whether callers should be sent there,
/// `/livez` only that the process runs.
#[derive(Args)]
pub struct HealthArgs {
    /// What is asked: `/readyz` or `/livez` of a router or of a control plane
    #[arg(long, env = "SMART_ROUTER_HEALTH_URL", default_value = "http://127.0.0.1:8801/readyz")]
    url: reqwest::Url,
    /// How the answer is printed
    #[arg(long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Prints what it says.
pub async fn run(args: HealthArgs) -> Result<(), Failure> {
    let unavailable = |error: reqwest::Error| Failure::new(Exit::Unavailable, error.without_url().to_string());
    // Never through a proxy: it is on this machine.
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(Failure::failed)?;
    let answer = client.get(args.url).send().await.map_err(unavailable)?;
    let healthy = answer.status().is_success();
    let text = answer.text().await.map_err(unavailable)?;
    let answer = serde_json::from_str(&text).unwrap_or_else(|_| json!({"status": text.trim()}));
    let words = || output::print(&format!("{}\n", answer["status"].as_str().unwrap_or("ok")));
    output::tell(&answer, &["status"], args.output, words)?;
    if healthy { Ok(()) } else { Err(Failure::new(Exit::Unavailable, reasons(&answer))) }
}

fn reasons(answer: &Value) -> String {
    let reasons = answer["reasons"].as_array().map_or(&[][..], Vec::as_slice);
    // A router gives reasons, a control plane a problem.
    reasons.iter().chain(answer.get("detail")).filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
}
