//! `report`: usage.

use clap::{Args, ValueEnum};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::commands::unknown;
use crate::exit::Failure;
use crate::output;

/// Usage: requests, errors, fallbacks, tokens, cost and latencies; or how targets did
#[derive(Args)]
pub struct ReportArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The start: `24h` or `7d` ago, a date, or an RFC 3339 time
    #[arg(long, env = "SMART_ROUTER_REPORT_SINCE", default_value = "24h")]
    since: String,
    /// The end, in the same forms; now when left out
    #[arg(long, env = "SMART_ROUTER_REPORT_UNTIL")]
    until: Option<String>,
    /// Counts calls of targets instead of requests: a target that was fallen back from is told by its own name
    #[arg(long, env = "SMART_ROUTER_REPORT_ATTEMPTS", conflicts_with = "baseline")]
    attempts: bool,
    /// Dimensions, comma-separated: caller, user, project, environment, token, group, policy, provider, model, client, status,
    /// dialect, code, region, node, hour, and, for at most 31 days, ip and session; of attempts provider, target, class and all but
    /// token, policy, model and dialect of the others. Left out: `group,model`, of attempts `provider,target`
    #[arg(long, env = "SMART_ROUTER_REPORT_GROUP_BY", value_delimiter = ',')]
    group_by: Vec<String>,
    /// Only rows with that value, `group=fast`, or without it, `model!=openai/mini`; may be repeated
    #[arg(long = "filter", env = "SMART_ROUTER_REPORT_FILTER", value_name = "DIMENSION=VALUE")]
    filters: Vec<String>,
    /// Adds what the same tokens would have cost at that baseline's prices
    #[arg(long, env = "SMART_ROUTER_REPORT_BASELINE")]
    baseline: Option<String>,
    /// How it is printed
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: ReportOutput,
}

#[derive(Clone, Copy, Default, ValueEnum)]
enum ReportOutput {
    #[default]
    Markdown,
    Table,
    Json,
    Csv,
}

/// Asks for the report and prints it as the server rendered it.
pub async fn run(args: ReportArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    let format = match args.output {
        ReportOutput::Markdown => "markdown",
        ReportOutput::Table => "table",
        ReportOutput::Json => "json",
        ReportOutput::Csv => "csv",
    };
    let (path, usual) =
        if args.attempts { ("/reports/attempts", "provider,target") } else { ("/reports/usage", "group,model") };
    let group_by = if args.group_by.is_empty() { usual.to_owned() } else { args.group_by.join(",") };
    let mut query = vec![("since", args.since), ("group_by", group_by), ("format", format.to_owned())];
    query.extend(args.until.map(|until| ("until", until)));
    query.extend(args.baseline.map(|baseline| ("baseline", baseline)));
    query.extend(args.filters.iter().map(|filter| ("filter", filter.clone())));
    output::print(&client.get_text(path, &query).await?)?;
    if format != "json" {
        unknown::tell(&client, &args.filters).await;
    }
    Ok(())
}
