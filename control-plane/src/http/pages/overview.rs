//! Spend, requests, tokens, errors and latencies at a glance.

mod strips;
mod tiles;

use axum::{extract::State, response::IntoResponse, response::Response};
use control_plane_core::{
    insight::{Metric, SeriesQuery, SeriesRequest, TotalsRequest},
    permission::{Action, Visible, visible},
};
use tokio::try_join;
use web::{
    Screen, SnippetFor,
    chart::{Bar, Kind, Series},
    first::FirstRequest,
    overview::{FirstRun, FirstStep, Overview, Top, TopRow},
    show::{Count, Money},
};

use super::{
    charts::{self, Drawing},
    filters, first as news,
    reader::{Reader, sees},
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::App,
    manage::insight,
    store::{self, Store, request::StoredRequest},
};

/// What can be filtered by.
pub const DIMENSIONS: [&str; 12] = [
    "project",
    "caller",
    "user",
    "environment",
    "token",
    "group",
    "provider",
    "model",
    "client",
    "dialect",
    "status",
    "code",
];

/// How many lines a chart has before the rest becomes one.
const LINES: usize = 7;
/// How many rows a list has.
const ROWS: usize = 5;

/// The overview of what somebody may see.
pub async fn overview(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let seen = visible(&reader.admin.grants, Action::ReportRead);
    let view = Glance::new(&app.control.store, &reader, &seen, now).view(&app).await?;
    Ok(reader.shows(Screen::Overview, &view).into_response())
}

/// Whether the first request has arrived, for whoever waits for it.
pub async fn first(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let oldest = news::oldest(&app, &reader, None, now_ms()).await?;
    Ok(reader.shows(Screen::Overview, &waited(oldest.as_ref())).into_response())
}

fn waited(oldest: Option<&StoredRequest>) -> FirstRequest {
    news::part("/overview/first", Screen::Overview.path(), oldest.map(|it| news::arrived(&it.record)))
}

struct Glance<'a> {
    store: &'a Store,
    reader: &'a Reader,
    seen: &'a Visible,
    now_ms: i64,
}

impl<'a> Glance<'a> {
    const fn new(store: &'a Store, reader: &'a Reader, seen: &'a Visible, now_ms: i64) -> Self {
        Self { store, reader, seen, now_ms }
    }

    async fn view(&self, app: &App) -> Result<Overview, Wrong> {
        let (tiles, spend, outcomes, latency, callers, models, projects) = try_join!(
            self.tiles(),
            self.chart(
                &[Metric::Spend],
                "group",
                Drawing { id: "spend", caption: "Spend by model group", kind: Kind::Stack }
            ),
            self.chart(
                &[Metric::Requests],
                "code",
                Drawing { id: "outcomes", caption: "Requests by outcome", kind: Kind::Bars }
            ),
            self.chart(
                &[Metric::LatencyP50, Metric::LatencyP95],
                "",
                Drawing { id: "latency", caption: "Latency", kind: Kind::Lines }
            ),
            self.top("Callers", "caller"),
            self.top("Models", "model"),
            self.top("Projects", "project"),
        )?;
        let (nodes, targets) = try_join!(strips::nodes(app, self.reader, self.now_ms), strips::targets(self))?;
        let first_run = self.first_run(app).await?;
        let oldest = news::oldest(app, self.reader, None, self.now_ms).await?;
        let waits = oldest.is_none() && first_run.is_some();
        let first = (waits || oldest.as_ref().is_some_and(|it| news::is_news(it, self.now_ms)))
            .then(|| waited(oldest.as_ref()));
        Ok(Overview {
            range: self.range(),
            tiles,
            spend,
            outcomes: Series { failures: true, ..outcomes },
            latency,
            tops: vec![callers, models, projects],
            nodes,
            targets,
            first_run,
            first,
        })
    }

    fn range(&self) -> web::Range {
        let mut range = self.reader.address.range(Screen::Overview, &DIMENSIONS, self.now_ms);
        filters::rest(&mut range, filters::of_reports);
        range
    }

    fn series(&self, metrics: &[Metric], group_by: &str, bucket: &str, top: usize) -> Result<SeriesRequest, Wrong> {
        let asked = &self.reader.address;
        let query = SeriesQuery {
            since: asked.since_or_usual().to_owned(),
            until: asked.until.clone(),
            timezone: asked.timezone.clone(),
            bucket: bucket.to_owned(),
            metrics: metrics.iter().map(|it| it.as_str().to_owned()).collect(),
            group_by: vec![group_by.to_owned()],
            filters: asked.known(filters::of_reports),
            top: Some(top),
            ..SeriesQuery::default()
        };
        Ok(SeriesRequest::parse(&query, self.now_ms)?)
    }

    fn totals(&self) -> Result<TotalsRequest, Wrong> {
        let asked = &self.reader.address;
        Ok(TotalsRequest::parse(asked.since_or_usual(), &asked.until, &asked.known(filters::of_reports), self.now_ms)?)
    }

    async fn chart(&self, metrics: &[Metric], group_by: &str, drawing: Drawing<'_>) -> Result<Series, Wrong> {
        let request = self.series(metrics, group_by, "", LINES)?;
        let found = insight::series(self.store, self.seen, request).await?;
        Ok(charts::series(&found, drawing, &self.reader.address))
    }

    async fn top(&self, title: &'static str, dimension: &'static str) -> Result<Top, Wrong> {
        let asked = &self.reader.address;
        let request = self.series(&[Metric::Spend, Metric::Requests], dimension, "none", ROWS)?;
        let found = insight::series(self.store, self.seen, request).await?;
        let lines = &found.now.top;
        let bars = Bar::of(lines.iter().map(|it| it.total.measures.cost_nanousd as f64));
        let rows = lines.iter().zip(bars).map(|(line, bar)| {
            let name = line.values.first().cloned().unwrap_or_default();
            TopRow {
                href: asked.and(dimension, &name).href(Screen::Overview.path()),
                name,
                cost: Money(line.total.measures.cost_nanousd.into()),
                requests: Count(line.total.measures.requests),
                bar,
            }
        });
        Ok(Top { title, href: self.explore(&[("metric", "spend"), ("group_by", dimension)]), rows: rows.collect() })
    }

    /// A question of Explore, for those who may see it; empty: nobody may yet.
    fn explore(&self, own: &[(&str, &str)]) -> String {
        if !sees(&self.reader.admin.grants, Screen::Explore) {
            return String::new();
        }
        self.reader.address.href_with(Screen::Explore.path(), own)
    }

    /// What is left to do, as long as nobody has sent anything.
    async fn first_run(&self, app: &App) -> Result<Option<FirstRun>, Wrong> {
        if store::usage::is_known(self.store.read()).await? {
            return Ok(None);
        }
        let document = crate::manage::config::current(self.store.read()).await?;
        let (providers, groups) = document.map_or((0, 0), |it| (it.document.providers.len(), it.document.groups.len()));
        let tokens = self.reader.admin.visible(Action::TokenRead);
        let tokens = crate::manage::token::list(&app.control, &tokens, None).await?.len();
        let grants = &self.reader.admin.grants;
        let step =
            |text, at: Screen, done| FirstStep { text, href: if sees(grants, at) { at.path() } else { "" }, done };
        Ok(Some(FirstRun {
            steps: vec![
                step("Add a provider and its key", Screen::Providers, providers > 0),
                step("Make a model group", Screen::Groups, groups > 0),
                step("Create a token", Screen::Tokens, tokens > 0),
                step("Send the first request", Screen::Tokens, false),
            ],
            command: first_request(self.reader.router_address()),
        }))
    }
}

/// A line for a terminal that sends it.
fn first_request(router: &str) -> String {
    let snippets = SnippetFor { base_url: router, token: "$SMART_ROUTER_TOKEN", group: "auto" }.all();
    snippets.into_iter().next().map(|it| it.text).unwrap_or_default()
}
