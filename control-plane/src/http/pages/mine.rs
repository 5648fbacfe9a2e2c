//! A caller's own usage, its requests and what it may use. Whoever looks has a session of a caller's token, which opens nothing else.

mod models;
mod one;
mod reader;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::{Caller, Reveal},
    insight::{Amounts, Metric, SeriesQuery, SeriesRequest, Totals, TotalsRequest},
    search::PagePlace,
    usage::UsageRecord,
};
use tokio::try_join;
use web::{
    Neighbours, RequestRow, Screen, Shown, SnippetFor,
    chart::{Bar, Kind, Series},
    first::FirstRequest,
    mine::{GroupUse, LimitLine, MyUsage, OwnFigure},
    parts::{Absent, Fact, Why},
    show::{Count, Delta, Moment, Money, Percent, Wish},
};

pub use one::{exported, request};

use self::reader::OwnReader;
use super::{
    charts::{self, Drawing},
    export, first as news, requests,
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::App,
    manage::own::Own,
    store::request::{RequestPage, StoredRequest},
};

const PATH: &str = Screen::Mine.path();
/// How many requests stand on the page.
const ROWS: u32 = 20;
/// How many lines a chart has before the rest becomes one.
const LINES: usize = 7;
/// More groups than a caller uses.
const GROUPS: usize = 100;

/// A caller's own page.
pub async fn show(State(app): State<App>, reader: OwnReader) -> Result<Response, Wrong> {
    let view = OwnQuestion { app: &app, reader: &reader, now_ms: now_ms() }.view().await?;
    Ok(reader.shows("", &view).into_response())
}

/// Whether its first request has arrived.
pub async fn first(State(app): State<App>, reader: OwnReader) -> Result<Response, Wrong> {
    let question = OwnQuestion { app: &app, reader: &reader, now_ms: now_ms() };
    let view = question.waited(question.own().first(question.now_ms).await?.as_ref());
    Ok(reader.shows("", &view).into_response())
}

/// What the caller's groups reveal of a request.
fn reveal(document: &Document, record: &UsageRecord) -> Reveal {
    document.groups.get(&record.group).map(|it| it.reveal).unwrap_or_default()
}

struct OwnQuestion<'a> {
    app: &'a App,
    reader: &'a OwnReader,
    now_ms: i64,
}

impl OwnQuestion<'_> {
    const fn caller(&self) -> &Caller {
        &self.reader.session.caller
    }

    const fn document(&self) -> &Document {
        &self.reader.session.document
    }

    fn own(&self) -> Own<'_> {
        Own::new(&self.app.control.store, &self.caller().id)
    }

    async fn view(&self) -> Result<MyUsage, Wrong> {
        let own = self.own();
        let oldest = async { Ok::<_, Wrong>(own.first(self.now_ms).await?) };
        let (totals, spend, outcomes, groups, page, oldest) = try_join!(
            self.totals(),
            self.chart(
                Metric::Spend,
                "group",
                Drawing { id: "spend", caption: "Spend by model group", kind: Kind::Stack }
            ),
            self.chart(
                Metric::Requests,
                "code",
                Drawing { id: "outcomes", caption: "Requests by outcome", kind: Kind::Bars }
            ),
            self.groups(),
            self.requests(),
            oldest,
        )?;
        let mut range = self.reader.address.range(Screen::Mine, &[], self.now_ms);
        range.compare = None;
        range.kept.clear();
        let period = self.reader.address.without(&["after", "before"]).shared();
        Ok(MyUsage {
            range,
            name: self.caller().id.clone(),
            facts: self.facts(),
            figures: figures(&totals),
            spend,
            outcomes,
            groups,
            pager: self.pager(&page),
            no_requests: no_requests(oldest.is_some()),
            requests: page.requests.into_iter().map(|it| self.row(it)).collect(),
            limits: limits(self.caller()),
            models: models::of(self.document(), self.caller(), self.now_ms),
            snippets: self.snippets(),
            first: self.news(oldest.as_ref()),
            exports: export::exports("/me/export", &period),
            command: format!(
                "curl {}/v1/usage -H \"authorization: Bearer $SMART_ROUTER_TOKEN\"",
                self.reader.router_address()
            ),
        })
    }

    async fn totals(&self) -> Result<Totals, Wrong> {
        let asked = &self.reader.address;
        let request = TotalsRequest::parse(asked.since_or_usual(), &asked.until, &[], self.now_ms)?;
        Ok(self.own().totals(request).await?)
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
            top: Some(top),
            ..SeriesQuery::default()
        };
        Ok(SeriesRequest::parse(&query, self.now_ms)?)
    }

    async fn chart(&self, metric: Metric, group_by: &str, drawing: Drawing<'_>) -> Result<Series, Wrong> {
        let found = self.own().series(self.series(&[metric], group_by, "", LINES)?).await?;
        let drawn = charts::series(&found, drawing, &self.reader.address);
        // The rows behind a chart are on this page.
        Ok(Series { drill: drawn.drill.replacen(Screen::Requests.path(), PATH, 1) + "#requests", ..drawn })
    }

    async fn groups(&self) -> Result<Vec<GroupUse>, Wrong> {
        let request = self.series(&[Metric::Spend, Metric::Requests], "group", "none", GROUPS)?;
        let found = self.own().series(request).await?;
        let lines = &found.now.top;
        let bars = Bar::of(lines.iter().map(|it| it.total.measures.cost_nanousd as f64));
        let groups = lines.iter().zip(bars).map(|(line, bar)| {
            let sums = &line.total.measures;
            GroupUse {
                name: line.values.first().cloned().unwrap_or_default(),
                requests: Count(sums.requests),
                failed: Percent(Metric::ErrorRate.value(&line.total).unwrap_or_default()),
                tokens: Count(sums.input_tokens.saturating_add(sums.output_tokens)),
                cost: Money(sums.cost_nanousd.into()),
                bar,
            }
        });
        Ok(groups.collect())
    }

    async fn requests(&self) -> Result<RequestPage, Wrong> {
        let asked = &self.reader.address;
        let place = |name| asked.own(name).and_then(|it| it.parse().ok());
        let place = place("after").map(PagePlace::After).or_else(|| place("before").map(PagePlace::Before));
        let place = place.filter(|it| it.cursor().rank.is_none());
        let search = self.own().search(asked.since_or_usual(), &asked.until, self.now_ms)?;
        Ok(self.own().page(&search, place.as_ref(), ROWS).await?)
    }

    fn pager(&self, page: &RequestPage) -> Neighbours {
        let rest = self.reader.address.without(&["after", "before"]);
        let href = |name, cursor: &control_plane_core::search::Cursor| {
            format!("{}#requests", rest.with(name, &cursor.to_string()).href(PATH))
        };
        Neighbours {
            shown: String::new(),
            previous_href: page.previous.as_ref().map(|it| href("before", it)),
            next_href: page.next.as_ref().map(|it| href("after", it)),
            onwards: "Older",
            backwards: "Newer",
        }
    }

    /// A request as its caller may see it.
    fn row(&self, it: StoredRequest) -> RequestRow {
        let revealed = reveal(self.document(), &it.record);
        let row = requests::row(it);
        RequestRow {
            href: format!("{PATH}/requests/{}", row.id),
            target: if revealed.target { row.target } else { String::new() },
            untold: !revealed.cost,
            node: String::new(),
            region: String::new(),
            ..row
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let (caller, token, now_ms) = (self.caller(), &self.reader.session.token, self.now_ms);
        let text = |it: &str, missing| Shown::text(it, missing);
        vec![
            Fact::new("Project", text(caller.project.as_deref().unwrap_or_default(), "none")),
            Fact::new("User", text(&caller.user, "none")),
            Fact::new("Environment", text(&caller.environment, "none")),
            Fact::new("This token", Shown::Id(token.id.clone(), String::new())),
            Fact::new("Its name", text(&token.name, "none")),
            Fact::new(
                "It expires",
                token.expires_ms.map_or(Shown::Missing("never"), |at_ms| Shown::Moment(Moment { at_ms, now_ms })),
            ),
        ]
    }

    fn snippets(&self) -> Vec<web::Snippet> {
        let (caller, settings) = (self.caller(), &self.document().settings);
        let usual = caller.default_group.as_ref().or(settings.default_group.as_ref());
        let group = usual.filter(|it| caller.allow.contains(it)).or(caller.allow.first());
        group.map_or_else(Vec::new, |group| {
            SnippetFor { base_url: self.reader.router_address(), token: "$SMART_ROUTER_TOKEN", group }.all()
        })
    }

    /// Its first request as long as that is waited for, and as long as it is news.
    fn news(&self, oldest: Option<&StoredRequest>) -> Option<FirstRequest> {
        oldest.is_none_or(|it| news::is_news(it, self.now_ms)).then(|| self.waited(oldest))
    }

    fn waited(&self, first: Option<&StoredRequest>) -> FirstRequest {
        let arrived = first.map(|it| {
            let (arrived, revealed) = (news::arrived(&it.record), reveal(self.document(), &it.record));
            web::first::Arrived {
                href: format!("{PATH}/requests/{}", it.record.request_id),
                target: if revealed.target { arrived.target } else { String::new() },
                cost: arrived.cost.filter(|_| revealed.cost),
                ..arrived
            }
        });
        news::part("/me/first", PATH, arrived)
    }
}

/// The figures on top, beside those of the period before.
fn figures(totals: &Totals) -> Vec<OwnFigure> {
    let (now, before) = (&totals.now, &totals.before);
    let figure =
        |metric: Metric, name, value: String, wish| OwnFigure { name, value, delta: delta(metric, now, before, wish) };
    let sums = &now.measures;
    let failed = Percent(Metric::ErrorRate.value(now).unwrap_or_default());
    vec![
        figure(Metric::Spend, "Spend", Money(sums.cost_nanousd.into()).to_string(), Wish::Neither),
        figure(Metric::Requests, "Requests", Count(sums.requests).to_string(), Wish::Neither),
        figure(Metric::ErrorRate, "Not served", failed.to_string(), Wish::Less),
        figure(Metric::InputTokens, "Tokens in", Count(sums.input_tokens).to_string(), Wish::Neither),
        figure(Metric::OutputTokens, "Tokens out", Count(sums.output_tokens).to_string(), Wish::Neither),
    ]
}

fn delta(metric: Metric, now: &Amounts, before: &Amounts, wish: Wish) -> Option<Delta> {
    Some(Delta { now: metric.value(now)?, before: metric.value(before)?, wish })
}

/// Its limits, as they are configured. How much of them is used is known to each router alone.
fn limits(caller: &Caller) -> Vec<LimitLine> {
    let all = [
        ("Requests a minute", caller.limits.rpm),
        ("Tokens a minute", caller.limits.tpm),
        ("Requests at once", caller.limits.concurrency),
    ];
    let line =
        |(name, limit): (_, Option<u64>)| limit.map(|it| LimitLine { name, limit: Count(it), place: "on each router" });
    all.into_iter().filter_map(line).collect()
}

fn no_requests(ever: bool) -> Absent {
    let absent = Absent::new(Why::NotYet, "No requests in this period", "A request appears here when it has ended.");
    if ever { absent.go("The last 30 days", format!("{PATH}?since=30d")) } else { absent }
}
