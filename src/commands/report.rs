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
    /// Over time, or by another figure than usual: `spend`, `requests`, `tokens`, `errors`, `error_rate`, `latency_p95`,
    /// `first_byte_p50` and others, comma-separated
    #[arg(long = "metric", env = "SMART_ROUTER_REPORT_METRIC", value_delimiter = ',', conflicts_with_all = ["attempts", "baseline"])]
    metrics: Vec<String>,
    /// Over time: how long each point is, `minute`, `hour`, `day`, `week`, `month`, or `none` for the whole period; left out:
    /// what suits the period
    #[arg(long, env = "SMART_ROUTER_REPORT_BUCKET", conflicts_with_all = ["attempts", "baseline"])]
    bucket: Option<String>,
    /// Over time: where days begin, `Europe/Berlin` or `+02:00`
    #[arg(long, env = "SMART_ROUTER_REPORT_TIMEZONE")]
    timezone: Option<String>,
    /// Over time: how many lines; the rest is one more
    #[arg(long, env = "SMART_ROUTER_REPORT_TOP")]
    top: Option<u32>,
    /// Over time: each point has all before it, too
    #[arg(long, env = "SMART_ROUTER_REPORT_CUMULATIVE")]
    cumulative: bool,
    /// Over time: beside the period before
    #[arg(long, env = "SMART_ROUTER_REPORT_COMPARE")]
    compare: bool,
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
    Ndjson,
    Csv,
}

/// Asks for the report and prints it as the server rendered it.
pub async fn run(args: ReportArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    let format = match args.output {
        ReportOutput::Markdown => "markdown",
        ReportOutput::Table => "table",
        ReportOutput::Json => "json",
        ReportOutput::Ndjson => "ndjson",
        ReportOutput::Csv => "csv",
    };
    let over_time = args.is_over_time();
    let (path, usual) = match (over_time, args.attempts) {
        (true, _) => ("/reports/series", ""),
        (false, true) => ("/reports/attempts", "provider,target"),
        (false, false) => ("/reports/usage", "group,model"),
    };
    let group_by = if args.group_by.is_empty() { usual.to_owned() } else { args.group_by.join(",") };
    let mut query = vec![("since", args.since), ("format", format.to_owned())];
    if !group_by.is_empty() {
        query.push(("group_by", group_by));
    }
    query.extend(args.until.map(|until| ("until", until)));
    query.extend(args.baseline.map(|baseline| ("baseline", baseline)));
    query.extend(args.filters.iter().map(|filter| ("filter", filter.clone())));
    if over_time {
        query.extend(args.metrics.iter().map(|metric| ("metric", metric.clone())));
        query.extend(args.bucket.map(|bucket| ("bucket", bucket)));
        query.extend(args.timezone.map(|timezone| ("timezone", timezone)));
        query.extend(args.top.map(|top| ("top", top.to_string())));
        let flags = [("cumulative", args.cumulative), ("compare", args.compare)];
        query.extend(flags.into_iter().filter(|it| it.1).map(|it| (it.0, "true".to_owned())));
    }
    output::print(&client.get_text(path, &query).await?)?;
    if !matches!(format, "json" | "ndjson") {
        unknown::tell(&client, &args.filters).await;
    }
    Ok(())
}

impl ReportArgs {
    /// Points of a chart are asked for, not a table of all figures.
    const fn is_over_time(&self) -> bool {
        !self.metrics.is_empty()
            || self.bucket.is_some()
            || self.timezone.is_some()
            || self.top.is_some()
            || self.cumulative
            || self.compare
    }
}
