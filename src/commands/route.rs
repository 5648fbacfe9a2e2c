//! `route explain`: what a router would do with a request.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use control_plane_core::report::usd;
use serde_json::{Value, json};

use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{self, Output, Table};
use crate::values;

/// Dry runs
#[derive(Args)]
pub struct RouteArgs {
    #[command(subcommand)]
    action: RouteAction,
}

#[derive(Subcommand)]
enum RouteAction {
    /// Prints candidates, reasons, order and estimated cost for one request body; nothing is sent upstream
    Explain {
        /// A file with the request body; `-` for standard input
        file: PathBuf,
        /// What the body is
        #[arg(long, env = "SMART_ROUTER_OPERATION", value_enum, default_value = "chat-completions")]
        operation: OperationArg,
        /// The router's URL
        #[arg(long, env = "SMART_ROUTER_URL", default_value = defaults::ROUTER_URL, value_parser = values::url)]
        router: String,
        /// A caller token with the `explain` scope
        #[arg(long, env = "SMART_ROUTER_TOKEN", hide_env_values = true)]
        token: String,
        /// Asks what happens with `x-router-no-fallback`: the first target is tried, or none
        #[arg(long, env = "SMART_ROUTER_NO_FALLBACK")]
        no_fallback: bool,
        /// How the answer is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum OperationArg {
    ChatCompletions,
    Responses,
    InputTokens,
    Compact,
    Messages,
    CountTokens,
    Embeddings,
}

/// Asks the router, and prints what it would do.
pub async fn run(args: RouteArgs) -> Result<(), Failure> {
    let RouteAction::Explain { file, operation, router, token, no_fallback, output } = args.action;
    let body = input::bytes(&file, Exit::Usage)?;
    let operation = operation.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default();
    let response = reqwest::Client::new()
        .post(format!("{}/v1/route/explain", router.trim_end_matches('/')))
        .query(&[("operation", operation)])
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("x-router-no-fallback", if no_fallback { "1" } else { "0" })
        .body(body)
        .send()
        .await
        .map_err(|error| {
            Failure::new(Exit::Unavailable, format!("cannot reach the router at {router}: {}", values::cause(&error)))
        })?;
    let status = response.status();
    let text = response.text().await.map_err(Failure::failed)?;
    if !status.is_success() {
        return Err(refusal(status.as_u16(), &text));
    }
    let answer: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::failed(format!("the router's answer is not JSON: {error}")))?;
    output::print(&explained(&answer, output))
}

/// What a refusal of the router means to a script; its message is the same in every dialect.
fn refusal(status: u16, text: &str) -> Failure {
    let exit = match status {
        400 | 413 | 415 | 422 => Exit::Usage,
        401 | 403 => Exit::Denied,
        404 => Exit::NotFound,
        502..=504 => Exit::Unavailable,
        _ => Exit::Failed,
    };
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let message = answer["error"]["message"].as_str();
    Failure::new(exit, message.map_or_else(|| format!("the router answered {status}"), str::to_owned))
}

/// The answer to read: one line for each candidate, then what decides among them.
fn explained(answer: &Value, output: Output) -> String {
    if output == Output::Json {
        return format!("{answer:#}\n");
    }
    let candidates = answer["candidates"].as_array().map_or(&[][..], Vec::as_slice);
    let mut table = Table::new(&["target", "eligible", "odds", "rank", "dialect", "cost_usd", "reasons", "warnings"]);
    table.extend_from_json(&candidates.iter().map(line).collect::<Vec<_>>());
    let mut text = table.render(output);
    if output != Output::Table {
        return text;
    }
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let order: Vec<String> = answer["order"].as_array().into_iter().flatten().map(word).collect();
    text.push_str(&format!("\nGroup:   {}\nPolicy:  {}\n", word(&answer["group"]), word(&answer["policy"])));
    if let Some(first) = order.first() {
        let cost = candidates.iter().find(|it| it["target"] == **first).and_then(cost_usd);
        let cost = cost.map_or_else(|| "not known".to_owned(), |it| format!("{it} USD, estimated"));
        text.push_str(&format!("Order:   {}\nCost:    {cost}\n", order.join(", ")));
    }
    for note in answer["notes"].as_array().into_iter().flatten() {
        text.push_str(&format!("Note:    {}\n", word(note)));
    }
    if let Some(message) = answer["refusal"]["message"].as_str() {
        text.push_str(&format!("Refused: {message}\n"));
    }
    text
}

fn line(candidate: &Value) -> Value {
    let reason =
        |it: &Value| it["message"].as_str().or(it["code"].as_str()).or(it.as_str()).unwrap_or_default().to_owned();
    let reasons: Vec<String> = candidate["reasons"].as_array().into_iter().flatten().map(reason).collect();
    let warnings: Vec<_> = candidate["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    json!({
        "target": candidate["target"],
        "dialect": candidate["dialect"].as_str().unwrap_or("-"),
        "warnings": warnings.join("; "),
        "eligible": if candidate["eligible"] == true { "yes" } else { "no" },
        "odds": candidate["odds"].as_f64().map_or_else(|| "-".to_owned(), percent),
        "rank": candidate["rank"].as_u64().map_or_else(|| "-".to_owned(), |it| it.to_string()),
        "cost_usd": cost_usd(candidate).unwrap_or_else(|| "-".to_owned()),
        "reasons": reasons.join("; "),
    })
}

/// `75%`, `33.3%`.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    format!("{tenths}%")
}

fn cost_usd(candidate: &Value) -> Option<String> {
    candidate["estimated_cost_nanousd"].as_u64().map(|it| usd(it.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_lines_whatever_form_their_reasons_have() {
        let answer = json!({
            "group": "fast", "policy": "weighted", "order": ["x/a"], "refusal": null,
            "candidates": [
                {"target": "x/a", "eligible": true, "rank": 1, "odds": 0.75, "dialect": "openai-chat", "reasons": [], "warnings": ["dropped:top_k"], "estimated_cost_nanousd": 1_500_000},
                {"target": "x/b", "eligible": false, "rank": null, "reasons": [{"code": "dialect", "message": "speaks another dialect"}]},
                {"target": "x/c", "eligible": false, "rank": null, "reasons": ["credential-missing"]},
            ],
        });
        let text = explained(&answer, Output::Table);
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines: Vec<String> = text.lines().map(words).collect();
        assert_eq!(
            lines[1..],
            [
                "x/a yes 75% 1 openai-chat 0.0015 dropped:top_k",
                "x/b no - - - - speaks another dialect",
                "x/c no - - - - credential-missing",
                "",
                "Group: fast",
                "Policy: weighted",
                "Order: x/a",
                "Cost: 0.0015 USD, estimated",
            ]
        );
        let json: Value = serde_json::from_str(&explained(&answer, Output::Json)).expect("valid JSON");
        assert_eq!(json, answer);
    }

    #[test]
    fn a_refusal_is_its_message() {
        for (status, exit) in [(400, Exit::Usage), (403, Exit::Denied), (404, Exit::NotFound), (503, Exit::Unavailable)]
        {
            let failure = refusal(status, r#"{"type":"error","error":{"type":"x","message":"no such thing"}}"#);
            assert_eq!((failure.exit, failure.message.as_str()), (exit, "no such thing"));
        }
        assert_eq!(refusal(500, "<html>").message, "the router answered 500");
    }
}
