//! `report-schedule`: reports that are sent to webhooks.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::admin_client::{AdminClient, ServerArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, Output, Table};

/// Reports of usage that are sent to a webhook after each day, week or month
#[derive(Args)]
pub struct ReportScheduleArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    action: ReportScheduleAction,
}

#[derive(Subcommand)]
enum ReportScheduleAction {
    /// Lists schedules, with what became of the last report of each
    List {
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Sends a report to a webhook after each period from now on
    Create(NewSchedule),
    /// Sends the report of the last whole period at once, to see that it arrives
    Send {
        /// The schedule's id, as `list` shows it
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Lists what was sent, the newest first
    Sends {
        /// The schedule's id, as `list` shows it
        id: String,
        /// How many at most, up to 1000
        #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_LIMIT", default_value_t = 20)]
        limit: u32,
        /// How the list is printed
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Sends nothing until it is resumed
    Pause {
        /// The schedule's id, as `list` shows it
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Sends the reports that are due from now on
    Resume {
        /// The schedule's id, as `list` shows it
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
    /// Sends no more, and forgets what was sent
    Remove {
        /// The schedule's id, as `list` shows it
        id: String,
        /// How it is told
        #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
        output: Output,
    },
}

#[derive(Args)]
struct NewSchedule {
    /// What people call it
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_NAME")]
    name: String,
    /// One of `settings.webhooks`, by its id
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_WEBHOOK")]
    webhook: String,
    /// How long each period is; it is told on the first day after it
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_EVERY", value_enum)]
    every: PeriodArg,
    /// At which time of that day
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_AT", default_value = "08:00")]
    at: String,
    /// Where days begin and clocks show that, `Europe/Berlin` or `+02:00`
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_TIMEZONE", default_value = "UTC")]
    timezone: String,
    /// The project whose usage it tells; everybody's when left out
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_PROJECT")]
    project: Option<String>,
    /// Dimensions, comma-separated, as for `report`
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_GROUP_BY", value_delimiter = ',')]
    group_by: Vec<String>,
    /// Only rows with that value, `group=fast`, or without it, `model!=openai/mini`; may be repeated
    #[arg(long = "filter", env = "SMART_ROUTER_REPORT_SCHEDULE_FILTER", value_name = "DIMENSION=VALUE")]
    filters: Vec<String>,
    /// Adds what the same tokens would have cost at that baseline's prices
    #[arg(long, env = "SMART_ROUTER_REPORT_SCHEDULE_BASELINE")]
    baseline: Option<String>,
    /// How it is told
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum PeriodArg {
    /// Told on the next day
    Day,
    /// From Monday to Sunday
    Week,
    /// A month of the calendar
    Month,
}

impl PeriodArg {
    fn name(self) -> String {
        self.to_possible_value().map(|it| it.get_name().to_owned()).unwrap_or_default()
    }
}

/// Runs the action against the admin API.
pub async fn run(args: ReportScheduleArgs) -> Result<(), Failure> {
    let client = AdminClient::connect(&args.server)?;
    match args.action {
        ReportScheduleAction::List { output } => list(&client, output).await,
        ReportScheduleAction::Create(new) => create(&client, new).await,
        ReportScheduleAction::Send { id, output } => send(&client, &id, output).await,
        ReportScheduleAction::Sends { id, limit, output } => {
            let answer = client.get(&format!("/report-schedules/{id}/sends"), &[("limit", limit.to_string())]).await?;
            let columns = ["started_at", "since", "until", "attempt", "outcome", "status", "error", "asked_by"];
            let mut table = Table::new(&columns);
            table.extend_from_json(answer["sends"].as_array().map_or(&[], Vec::as_slice));
            output::print(&table.render(output))
        }
        ReportScheduleAction::Pause { id, output } => pause(&client, &id, true, output).await,
        ReportScheduleAction::Resume { id, output } => pause(&client, &id, false, output).await,
        ReportScheduleAction::Remove { id, output } => {
            client.delete(&format!("/report-schedules/{id}")).await?;
            output::tell(&json!({"id": id, "state": "removed"}), &["id", "state"], output, || {
                crate::output::say!("Report schedule {id} is removed.");
                Ok(())
            })
        }
    }
}

async fn list(client: &AdminClient, output: Output) -> Result<(), Failure> {
    let answer = client.get("/report-schedules", &[]).await?;
    let all = answer["report_schedules"].as_array().map_or(&[][..], Vec::as_slice);
    let columns = [
        "id",
        "name",
        "webhook",
        "project",
        "every",
        "at",
        "timezone",
        "paused",
        "next_at",
        "last_sent_at",
        "last_outcome",
    ];
    let mut table = Table::new(&columns);
    let rows: Vec<Value> = all.iter().map(flat).collect();
    table.extend_from_json(&rows);
    output::print(&table.render(output))
}

/// A schedule as it fits into a line.
fn flat(it: &Value) -> Value {
    let of = |name: &str| it["schedule"][name].clone();
    json!({
        "id": it["id"], "name": of("name"), "webhook": of("webhook"), "project": of("project"), "every": of("every"),
        "at": of("at"), "timezone": of("timezone"), "paused": of("paused"), "next_at": it["next_at"],
        "last_sent_at": it["last_send"]["started_at"], "last_outcome": it["last_send"]["outcome"],
    })
}

async fn create(client: &AdminClient, new: NewSchedule) -> Result<(), Failure> {
    let body = json!({
        "name": new.name, "webhook": new.webhook, "every": new.every.name(), "at": new.at, "timezone": new.timezone,
        "project": new.project, "group_by": new.group_by, "filter": new.filters, "baseline": new.baseline,
    });
    let answer = client.post("/report-schedules", &body).await?;
    let line = flat(&answer);
    output::tell(&line, &["id", "name", "webhook", "every", "next_at"], new.output, || {
        let word = |name: &str| line[name].as_str().unwrap_or_default();
        crate::output::say!("Report schedule {} is made; the first report is sent at {}.", word("id"), word("next_at"));
        crate::output::say!("Try it now: smart-router report-schedule send {}", word("id"));
        Ok(())
    })
}

async fn send(client: &AdminClient, id: &str, output: Output) -> Result<(), Failure> {
    let answer = client.post(&format!("/report-schedules/{id}/send"), &json!({})).await?;
    let error = answer["error"].as_str().unwrap_or_default().to_owned();
    output::tell(&answer, &["message", "outcome", "status", "error"], output, || {
        if error.is_empty() {
            crate::output::say!("The report was sent; the webhook answered {}.", answer["status"]);
        }
        Ok(())
    })?;
    if error.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Failed, format!("the report was not sent: {error}"))) }
}

async fn pause(client: &AdminClient, id: &str, paused: bool, output: Output) -> Result<(), Failure> {
    let path = format!("/report-schedules/{id}");
    let found = client.get(&path, &[]).await?;
    let mut schedule = found["schedule"].clone();
    schedule["paused"] = paused.into();
    let revision = found["revision"].as_u64().unwrap_or_default();
    let changed = client.put_over(&path, revision, &schedule).await?;
    let state = if paused { "paused" } else { "resumed" };
    output::tell(&flat(&changed), &["id", "paused", "next_at"], output, || {
        crate::output::say!("Report schedule {id} is {state}.");
        Ok(())
    })
}
