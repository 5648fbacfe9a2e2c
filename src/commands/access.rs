//! `access`: which callers may use which groups, and why.

use clap::Args;
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::Failure;
use crate::output::{self, Output, Table};

/// Which callers may use which groups, and why
#[derive(Args)]
pub struct AccessArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Of this caller alone
    #[arg(long, env = "SMART_ROUTER_ACCESS_CALLER")]
    caller: Option<String>,
    /// Of this group alone
    #[arg(long, env = "SMART_ROUTER_ACCESS_GROUP")]
    group: Option<String>,
    /// Of callers of this project alone
    #[arg(long, env = "SMART_ROUTER_ACCESS_PROJECT")]
    project: Option<String>,
    /// Those alone of which that is so: `yes`, `default`, `blocked` or `no`
    #[arg(long, env = "SMART_ROUTER_ACCESS_VERDICT", value_parser = ["yes", "default", "blocked", "no"])]
    verdict: Option<String>,
    /// How it is printed
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// Asks the admin API, page by page, and prints what it says.
pub async fn run(args: AccessArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    let asked =
        [("caller", &args.caller), ("group", &args.group), ("project", &args.project), ("verdict", &args.verdict)];
    let asked: Vec<(&str, String)> = asked.into_iter().filter_map(|(name, it)| Some((name, it.clone()?))).collect();
    let mut rows: Vec<Value> = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut query = asked.clone();
        query.extend(after.map(|it| ("after", it)));
        let answer = client.get("/access", &query).await?;
        rows.extend(answer["access"].as_array().into_iter().flatten().map(|it| line(it, args.output)));
        after = answer["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    // One question has one answer: all of its reasons, one a line.
    if args.output != Output::Json && args.caller.is_some() && args.group.is_some() {
        let mut table = Table::new(&["caller", "group", "verdict", "holds", "because"]);
        let reasons: Vec<Value> = rows.iter().flat_map(each_reason).collect();
        table.extend_from_json(&reasons);
        return output::print(&table.render(args.output));
    }
    let mut table = Table::new(&["caller", "project", "group", "verdict", "why_not"]);
    table.extend_from_json(&rows);
    output::print(&table.render(args.output))
}

/// An answer as it fits into a line: what is in the way, in words.
fn line(it: &Value, output: Output) -> Value {
    let mut it = it.clone();
    if output != Output::Json {
        let reasons = it["reasons"].as_array().into_iter().flatten().filter(|it| it["holds"] == json!(false));
        let words: Vec<&str> = reasons.filter_map(|it| it["text"].as_str()).collect();
        it["why_not"] = words.join(" ").into();
    }
    it
}

fn each_reason(it: &Value) -> Vec<Value> {
    let reasons = it["reasons"].as_array().into_iter().flatten();
    reasons
        .map(|why| {
            json!({
                "caller": it["caller"], "group": it["group"], "verdict": it["verdict"], "holds": why["holds"], "because": why["text"],
            })
        })
        .collect()
}
