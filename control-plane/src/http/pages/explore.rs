//! Any figure by any dimension over time: the question stands in the address, and the answer leads to the requests behind it.

mod answer;
mod choices;
mod heat;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    insight::{InsightError, Metric, SeriesQuery, SeriesRequest},
    permission::{Action, visible},
    report::Subject,
};
use web::Screen;

use super::{address::Address, filters, overview, reader::Reader, wrong::Wrong};
use crate::{clock::now_ms, http::App, manage::insight, store::usage};

/// A question and its answer.
pub async fn explore(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let seen = visible(&reader.admin.grants, Action::ReportRead);
    let store = &app.control.store;
    let question = Question::read(&reader.address, now)?;
    let found = insight::series(store, &seen, question.request.clone()).await?;
    let map = match question.map(now) {
        Some(Ok(request)) => Some(Ok(insight::series(store, &seen, request).await?)),
        Some(Err(errors)) => Some(Err(errors)),
        None => None,
    };
    let known = found.now.total.total.measures.requests > 0 || usage::is_known(store.read()).await?;
    let view = answer::view(&question, &found, map, known, now);
    Ok(reader.shows(Screen::Explore, &view).into_response())
}

/// How the answer is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawn {
    Lines,
    Stack,
    Bars,
    Heat,
    Table,
}

impl Drawn {
    const ALL: [Self; 5] = [Self::Lines, Self::Stack, Self::Bars, Self::Heat, Self::Table];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Stack => "stack",
            Self::Bars => "bars",
            Self::Heat => "heat",
            Self::Table => "table",
        }
    }

    /// Only what adds up can stand on each other.
    const fn can_draw(self, metric: Metric) -> bool {
        metric.is_additive() || !matches!(self, Self::Stack | Self::Bars)
    }
}

/// What the address of the page asks for.
pub(super) struct Question<'a> {
    address: &'a Address,
    query: SeriesQuery,
    request: SeriesRequest,
    metric: Metric,
    drawn: Drawn,
}

impl<'a> Question<'a> {
    fn read(address: &'a Address, now_ms: i64) -> Result<Self, Vec<InsightError>> {
        let own = |name: &str| address.own(name).unwrap_or_default().to_owned();
        let query = SeriesQuery {
            since: address.since_or_usual().to_owned(),
            until: address.until.clone(),
            timezone: address.timezone.clone(),
            bucket: own("bucket"),
            metrics: vec![own("metric")],
            group_by: vec![own("group_by"), own("then_by")],
            filters: address.known(filters::of_reports),
            top: own("top").parse().ok(),
            cumulative: own("cumulative") == "yes",
            compare: address.compare,
        };
        let mut request = SeriesRequest::parse(&query, now_ms)?;
        let metric = request.metrics[0];
        let asked = own("kind");
        let usual = if metric.is_additive() && !request.group_by.is_empty() { Drawn::Stack } else { Drawn::Lines };
        let drawn = Drawn::ALL.into_iter().find(|it| it.as_str() == asked && it.can_draw(metric)).unwrap_or(usual);
        // Lines of a single point are none.
        let drawn = if request.buckets.count() < 2 && drawn != Drawn::Heat { Drawn::Table } else { drawn };
        if matches!(drawn, Drawn::Heat | Drawn::Table) {
            // The rows take nothing but the whole period.
            request = SeriesRequest::parse(&SeriesQuery { bucket: "none".to_owned(), ..query.clone() }, now_ms)?;
        }
        request.cumulative &= metric.is_additive();
        Ok(Self { address, query, request, metric, drawn })
    }

    /// What a map takes, where one is asked for.
    fn map(&self, now_ms: i64) -> Option<Result<SeriesRequest, Vec<InsightError>>> {
        (self.drawn == Drawn::Heat).then(|| SeriesRequest::for_heat(&self.query, now_ms))
    }

    fn is_grouped(&self) -> bool {
        !self.request.group_by.is_empty()
    }

    /// The period and the filters.
    fn range(&self, now_ms: i64) -> web::Range {
        let all: Vec<&str> = Subject::Requests.dimensions().iter().map(|it| it.as_str()).collect();
        let further = all.into_iter().filter(|it| !overview::DIMENSIONS.contains(it) && *it != "hour");
        let dimensions: Vec<&str> = overview::DIMENSIONS.into_iter().chain(further).collect();
        let mut range = self.address.range(Screen::Explore, &dimensions, now_ms);
        filters::rest(&mut range, filters::of_reports);
        range
    }
}
