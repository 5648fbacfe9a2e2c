//! `request`: single requests.

use clap::{Args, Subcommand, builder::ArgPredicate};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::commands::unknown;
use crate::exit::Failure;
use crate::output::{self, Output, Table};

/// What a list shows; `--output json` has everything.
const COLUMNS: [&str; 13] = [
    "started_at",
    "request_id",
    "caller",
    "group",
    "model",
    "status",
    "code",
    "attempts",
    "latency_ms",
    "input_tokens",
    "output_tokens",
    "output_tokens_per_second",
    "cost_usd",
];
/// The most that the server answers at a time.
const PAGE: u64 = 1000;

/// Single requests: what was decided, tried and paid
#[derive(Args)]
pub struct RequestArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: RequestAction,
}

#[derive(Subcommand)]
enum RequestAction {
    /// Lists requests, the newest first
    List {
        /// The start: `24h` or `7d` ago, a date, or an RFC 3339 time
        #[arg(
            long,
            env = "SMART_ROUTER_REQUEST_SINCE",
            default_value = "24h",
            default_value_if("id", ArgPredicate::IsPresent, None)
        )]
        since: Option<String>,
        /// The end, in the same forms; now when left out
        #[arg(long, env = "SMART_ROUTER_REQUEST_UNTIL")]
        until: Option<String>,
        /// Only requests of which that holds: `caller=ana`, `code!=ok`, `latency>2s`, `cost>=0.05`, `stream=yes`; may be
        /// repeated: of several values for one field any must hold. Texts are `caller`, `user`, `project`, `environment`,
        /// `token`, `session`, `group`, `policy`, `provider`, `model`, `target` (one that was tried), `requested_model`,
        /// `client`, `status`, `code`, `dialect`, `target_dialect`, `operation`, `cache`, `region`, `node`, `ip`, `request`
        /// and `client_request`; numbers `latency`, `first_byte`, `upstream`, `queue`, `overhead`, `cost`, `tokens`,
        /// `input_tokens`, `output_tokens`, `attempts`, `redactions` and `config_version`; flags `failed`, `fallback`,
        /// `stream`, `warnings`, `unpriced` and `estimated`
        #[arg(long = "filter", env = "SMART_ROUTER_REQUEST_FILTER", value_name = "FILTER")]
        filters: Vec<String>,
        /// Only what has this id: the request's, the caller's own for it, its session's or its token's
        #[arg(long, env = "SMART_ROUTER_REQUEST_ID")]
        id: Option<String>,
        /// The order, the greatest first: `cost` and `latency` within 32 days
        #[arg(long, env = "SMART_ROUTER_REQUEST_SORT", default_value = "newest", value_parser = ["newest", "cost", "latency"])]
        sort: String,
        /// At most so many
        #[arg(long, env = "SMART_ROUTER_REQUEST_LIMIT", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
        /// Only requests behind this place, which the page before told
        #[arg(long, env = "SMART_ROUTER_REQUEST_AFTER")]
        after: Option<String>,
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Shows a request with its attempts, candidates, error and trace
    Show {
        /// Its id: `x-request-id` of its answer
        id: String,
        /// How it is printed; CSV is its row alone
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

/// Runs the action against the admin API.
pub async fn run(args: RequestArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        RequestAction::List { since, until, filters, id, sort, limit, after, output } => {
            let mut query = vec![("sort", sort)];
            query.extend(since.map(|since| ("since", since)));
            query.extend(id.map(|id| ("q", id)));
            query.extend(until.map(|until| ("until", until)));
            query.extend(filters.iter().map(|filter| ("filter", filter.clone())));
            let (requests, next) = pages(&client, &query, limit, after).await?;
            output::print(&listed(&requests, output))?;
            if requests.is_empty() && output != Output::Json {
                unknown::tell(&client, &filters).await;
            }
            if let Some(next) = next {
                crate::output::say!("There are more: --after {next}");
            }
        }
        RequestAction::Show { id, output } => {
            let shown = client.get(&format!("/requests/{id}"), &[]).await?;
            output::print(&self::shown(&shown, output))?;
        }
    }
    Ok(())
}

/// So many requests, and where the rest begins.
async fn pages(
    client: &AdminClient,
    query: &[(&'static str, String)],
    limit: u64,
    mut after: Option<String>,
) -> Result<(Vec<Value>, Option<String>), Failure> {
    let mut all = Vec::new();
    loop {
        let mut query = query.to_vec();
        query.push(("limit", (limit - all.len() as u64).min(PAGE).to_string()));
        query.extend(after.take().map(|after| ("after", after)));
        let mut answer = client.get("/requests", &query).await?;
        let Value::Array(page) = answer["requests"].take() else { return Ok((all, None)) };
        all.extend(page);
        after = answer["next"].as_str().map(str::to_owned);
        if after.is_none() || all.len() as u64 >= limit {
            return Ok((all, after));
        }
    }
}

fn listed(requests: &[Value], output: Output) -> String {
    if output == Output::Json {
        return format!("{:#}\n", json!(requests));
    }
    let mut table = Table::new(&COLUMNS);
    table.extend_from_json(requests);
    table.render(output)
}

fn shown(shown: &Value, output: Output) -> String {
    match output {
        Output::Json => return format!("{shown:#}\n"),
        Output::Csv => return listed(std::slice::from_ref(&shown["request"]), output),
        Output::Table | Output::Markdown => {}
    }
    let mut fields = Table::new(&["field", "value"]);
    let told = |value: &Value| !matches!(value, Value::Null) && value != "" && value != &json!([]);
    let row = shown["request"].as_object().into_iter().flatten().filter(|(_, value)| told(value));
    let row: Vec<Value> = row.map(|(name, value)| json!({"field": name, "value": in_words(value)})).collect();
    fields.extend_from_json(&row);
    let mut text = section("Request", &fields, output);
    let attempts = ["target", "dialect", "class", "status", "started_at", "first_byte_ms", "latency_ms", "detail"];
    text.push_str(&part("Attempts", &shown["attempts"], &attempts, output));
    text.push_str(&part(
        "Candidates",
        &shown["candidates"],
        &["target", "eligible", "reasons", "rank", "score"],
        output,
    ));
    let error = shown["error"].as_object().map_or_else(Vec::new, |it| vec![Value::Object(it.clone())]);
    text.push_str(&part("Error", &json!(error), &["status", "code", "class", "detail"], output));
    text.push_str(&part("Trace", &shown["trace"], &["at_ms", "stage", "detail"], output));
    text
}

/// A list of objects under its heading; nothing where it is empty.
fn part(title: &str, items: &Value, columns: &[&'static str], output: Output) -> String {
    let items: Vec<Value> = items.as_array().into_iter().flatten().map(in_words).collect();
    if items.is_empty() {
        return String::new();
    }
    let mut table = Table::new(columns);
    table.extend_from_json(&items);
    format!("\n{}", section(title, &table, output))
}

fn section(title: &str, table: &Table, output: Output) -> String {
    let mark = if output == Output::Markdown { "## " } else { "" };
    format!("{mark}{title}\n\n{}", table.render(output))
}

/// Lists as `a, b`, in an object or by themselves.
fn in_words(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ").into(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), in_words(value))).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Value {
        json!({
            "request": {"request_id": "req_1", "caller": "ana", "client_ip": "", "warnings": ["dropped:stop", "x"], "status": 200},
            "attempts": [
                {"target": "dead/m", "class": "timeout", "status": 0, "detail": "no answer"},
                {"target": "openai/m", "class": "ok", "status": 200, "first_byte_ms": 3.5, "detail": ""},
            ],
            "candidates": [{"target": "x/y", "eligible": false, "reasons": ["dialect", "tools"], "score": 0.0}],
            "trace": [],
        })
    }

    #[test]
    fn a_request_is_shown_in_parts() {
        let text = shown(&request(), Output::Table);
        for part in ["Request\n", "warnings    dropped:stop, x", "\nAttempts\n", "dead/m", "dialect, tools"] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(!text.contains("client_ip") && !text.contains("Trace"), "nothing is said of nothing:\n{text}");
        assert!(shown(&request(), Output::Markdown).contains("\n## Attempts\n\n| target | dialect | class |"));
    }

    #[test]
    fn json_is_whole_and_csv_is_the_row() {
        let json: Value = serde_json::from_str(&shown(&request(), Output::Json)).expect("valid JSON");
        assert_eq!(json, request());
        let csv = shown(&request(), Output::Csv);
        assert_eq!(csv.lines().count(), 2, "{csv}");
        assert!(csv.starts_with("started_at,request_id,caller") && csv.contains(",req_1,ana,"), "{csv}");
    }
}
