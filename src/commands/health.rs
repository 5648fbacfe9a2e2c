//! `health`: whether a process of this product can serve.

use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::values;

/// It answers at once, or not at all.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks a router or a control plane whether it can serve; for container images and unit files
///
/// The exit code is 0 if it can, and 69 if it cannot or does not answer. `/readyz` says whether callers should be sent there,
/// `/livez` only that the process runs.
#[derive(Args)]
pub struct HealthArgs {
    /// What is asked: `/readyz` or `/livez` of a router or of a control plane; `localhost:8801` is its `/readyz`
    #[arg(long, env = "SMART_ROUTER_HEALTH_URL", default_value = "http://127.0.0.1:8801/readyz", value_parser = probed)]
    url: reqwest::Url,
    /// How the answer is printed
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

fn probed(text: &str) -> Result<reqwest::Url, String> {
    let mut url: reqwest::Url = values::url(text)?.parse().map_err(|error| format!("{error}"))?;
    if url.path() == "/" {
        url.set_path("/readyz");
    }
    Ok(url)
}

/// Prints what it says.
pub async fn run(args: HealthArgs) -> Result<(), Failure> {
    let url = args.url.clone();
    let unavailable = |error: reqwest::Error| {
        Failure::new(Exit::Unavailable, format!("cannot reach {url}: {}", values::cause(&error)))
    };
    // Never through a proxy: it is on this machine.
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(Failure::failed)?;
    let answer = client.get(args.url).send().await.map_err(unavailable)?;
    let status = answer.status();
    let healthy = status.is_success();
    let text = answer.text().await.map_err(unavailable)?;
    let answer = serde_json::from_str(&text).unwrap_or_else(|_| json!({"status": text.trim()}));
    let words = || output::print(&format!("{}\n", word(&answer, status)));
    output::tell(&answer, &["status"], args.output, words)?;
    if healthy { Ok(()) } else { Err(Failure::new(Exit::Unavailable, format!("{url}: {}", reasons(&answer)))) }
}

/// How it is in a word: its own, or what the status of its answer says.
fn word(answer: &Value, status: reqwest::StatusCode) -> String {
    match answer["status"].as_str() {
        Some(word) if !word.is_empty() => word.to_owned(),
        _ if status.is_success() => "ok".to_owned(),
        _ => format!("answered {}", status.as_u16()),
    }
}

fn reasons(answer: &Value) -> String {
    let reasons = answer["reasons"].as_array().map_or(&[][..], Vec::as_slice);
    // A router gives reasons, a control plane a problem; a path that is no probe is answered as callers are.
    reasons
        .iter()
        .chain(answer.get("detail"))
        .chain(answer["error"].get("message"))
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;
    use serde_json::json;

    use super::{probed, reasons, word};

    #[test]
    fn what_is_not_well_is_not_called_ok() {
        let refused = json!({"error": {"message": "no such path"}});
        assert_eq!(word(&refused, StatusCode::NOT_FOUND), "answered 404");
        assert_eq!(reasons(&refused), "no such path");
        // A problem's `status` is a number.
        assert_eq!(word(&json!({"status": 503, "detail": "x"}), StatusCode::SERVICE_UNAVAILABLE), "answered 503");
        assert_eq!(word(&json!({"status": "ok"}), StatusCode::OK), "ok");
        assert_eq!(word(&json!({"status": ""}), StatusCode::OK), "ok");
    }

    #[test]
    fn an_address_is_asked_whether_it_is_ready() {
        for (text, url) in [
            ("localhost:31801", "http://localhost:31801/readyz"),
            ("127.0.0.1:31801/livez", "http://127.0.0.1:31801/livez"),
            ("https://router.example.com", "https://router.example.com/readyz"),
        ] {
            assert_eq!(probed(text).map(String::from).as_deref(), Ok(url));
        }
        assert!(probed("31801").is_err());
    }
}
