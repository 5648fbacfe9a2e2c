//! Failures in groups: what fails where, since when, for how many callers, and what can be done about it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    insight::{Metric, Totals, TotalsRequest},
    permission::Action,
    search::{Search, SearchQuery},
};
use data_plane_core::error::Code;
use web::{
    Screen,
    chart::{Kind, Line, Series, Spark, Unit},
    error_groups::{ErrorGroupRow, ErrorGroups},
    parts::{Absent, Exports, Why},
    show::{Count, Delta, Moment, Percent, Wish},
};

use super::{
    address::{Address, parts},
    charts::DRAWN,
    command_line::CommandLine,
    filters,
    reader::Reader,
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::{App, moment::rfc3339},
    manage::insight,
    store::failure::{self, FailureGroup, FailureGroups},
};

const PATH: &str = Screen::Errors.path();

/// What errors can be filtered by: what both the failures and the figures above them know.
const FIELDS: [&str; 7] = ["code", "status", "group", "model", "caller", "project", "node"];

fn knows(name: &str) -> bool {
    filters::of_errors(name) && (filters::of_reports(name) || name == "failed")
}

/// What failed in a period.
pub async fn errors(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let visible = reader.admin.visible(Action::RequestRead);
    let asked = ErrorsAsked::new(&reader.address, now)?;
    let totals = insight::totals(&app.control.store, &visible, asked.totals.clone()).await?;
    // The same moment, as failures are told to the millisecond.
    let query = SearchQuery { since: rfc3339(asked.totals.period.since_ms()), ..asked.query.clone() };
    let search = Search::parse(visible, &query, now)?;
    let mut tx = app.control.store.read_consistent().await?;
    let found = failure::groups(&mut tx, &search).await?;
    drop(tx);
    let view = asked.view(&found, &totals, now);
    Ok(reader.shows(Screen::Errors, &view).into_response())
}

struct ErrorsAsked {
    /// With the usual period where none is asked for.
    address: Address,
    query: SearchQuery,
    totals: TotalsRequest,
    /// Some codes alone are looked at: shares of all requests say nothing.
    of_codes: bool,
}

impl ErrorsAsked {
    fn new(address: &Address, now_ms: i64) -> Result<Self, Wrong> {
        let since = address.since_or_usual().to_owned();
        let address = Address { since, own: Vec::new(), ..address.clone() };
        let query = SearchQuery {
            since: address.since.clone(),
            until: address.until.clone(),
            filters: address.known(knows),
            ..SearchQuery::default()
        };
        let is_code = |it: &String| matches!(parts(it).0, "code" | "status");
        let of_codes = query.filters.iter().any(is_code);
        let further = address.known(|it| knows(it) && filters::of_reports(it) && it != "code" && it != "status");
        let totals = TotalsRequest::parse(&query.since, &query.until, &further, now_ms)?;
        Ok(Self { address, query, totals, of_codes })
    }

    fn view(&self, found: &FailureGroups, totals: &Totals, now_ms: i64) -> ErrorGroups {
        let mut range = self.address.range(Screen::Errors, &FIELDS, now_ms);
        range.compare = None;
        filters::rest(&mut range, knows);
        let (now, before) = (&totals.now, &totals.before);
        let rate = |of| Metric::ErrorRate.value(of);
        let rates = rate(now).zip(rate(before)).filter(|_| !self.of_codes);
        ErrorGroups {
            failed: Count(found.failures),
            share: rate(now).filter(|_| !self.of_codes).map(Percent),
            delta: rates.map(|(now, before)| Delta { now, before, wish: Wish::Less }),
            callers: Count(found.callers),
            saved: (!self.of_codes).then_some(Count(now.measures.fallbacks)),
            chart: self.chart(found),
            groups: found.groups.iter().map(|it| self.group(it, found.failures, now_ms)).collect(),
            left_out: left_out(found),
            exports: self.exports(),
            command: self.command(),
            nothing: found.groups.is_empty().then(|| self.nothing(now.measures.requests)),
            range,
        }
    }

    /// Failures by code over time: the parts of all groups that have it.
    fn chart(&self, found: &FailureGroups) -> Series {
        let parts = usize::try_from(failure::BUCKETS).unwrap_or_default();
        let mut lines: Vec<Line> = Vec::new();
        for group in &found.groups {
            let at = lines.iter().position(|it| it.name == group.code).unwrap_or_else(|| {
                lines.push(Line { name: group.code.clone(), values: vec![Some(0.0); parts], before: false });
                lines.len() - 1
            });
            add(&mut lines[at], group.trend.iter().map(|it| *it as f64));
        }
        let sum = |line: &Line| line.values.iter().flatten().sum::<f64>();
        lines.sort_by(|a, b| sum(b).total_cmp(&sum(a)));
        if lines.len() > DRAWN {
            let mut other = Line { name: "Other".to_owned(), values: vec![Some(0.0); parts], before: false };
            for line in lines.drain(DRAWN..) {
                add(&mut other, line.values.into_iter().flatten());
            }
            lines.push(other);
        }
        let mut drill = self.address.clone();
        "{since}".clone_into(&mut drill.since);
        "{until}".clone_into(&mut drill.until);
        drill.filters.push("failed=yes".to_owned());
        Series {
            id: "errors",
            caption: "Failed requests by code".to_owned(),
            kind: Kind::Bars,
            unit: Unit::Count,
            starts_ms: (0..failure::BUCKETS).map(|at| found.since_ms + at * found.bucket_ms).collect(),
            starts: Vec::new(),
            zone: String::new(),
            bucket_ms: found.bucket_ms,
            lines,
            failures: true,
            drill: drill.href(Screen::Requests.path()).replace("%7B", "{").replace("%7D", "}"),
        }
    }

    fn group(&self, it: &FailureGroup, all: u64, now_ms: i64) -> ErrorGroupRow {
        let entry = Code::parse(&it.code).map(Code::entry);
        let (status, meaning, advice) = match (entry, it.code.as_str()) {
            (Some(entry), _) => (entry.status.into(), entry.meaning, entry.advice),
            (None, "client-closed") => (499, "The caller went away before the answer was complete.", ""),
            (None, "interrupted") => (200, "The answer broke off after it had begun.", ""),
            (None, _) => (500, "A code that this version does not know.", ""),
        };
        let moment = |at_ms| Moment { at_ms, now_ms };
        ErrorGroupRow {
            code: it.code.clone(),
            status,
            group: it.group.clone(),
            class: it.class.clone(),
            target: it.target.clone(),
            meaning: meaning.to_owned(),
            advice: advice.to_owned(),
            count: Count(it.failures),
            share: Percent(it.failures as f64 / all.max(1) as f64),
            spark: Spark(it.trend.iter().map(|it| *it as f64).collect()),
            first: moment(it.first_ms),
            last: moment(it.last_ms),
            callers: Count(it.callers),
            href: self.requests(it),
            samples: it
                .request_ids
                .iter()
                .map(|id| (id.clone(), format!("{}/{id}", Screen::Requests.path())))
                .collect(),
            docs_href: "/docs/reference/errors".to_owned(),
        }
    }

    fn requests(&self, it: &FailureGroup) -> String {
        let mut address = self.address.and("code", &it.code).and("group", &it.group);
        if !it.target.is_empty() {
            address = address.and("target", &it.target);
        }
        address.href(Screen::Requests.path())
    }

    fn exports(&self) -> Exports {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("since", &self.query.since);
        if !self.query.until.is_empty() {
            query.append_pair("until", &self.query.until);
        }
        for filter in &self.query.filters {
            query.append_pair("filter", filter);
        }
        let query = query.finish();
        let of = |format: &str| format!("/api/v1/errors/export?{query}&format={format}");
        Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
    }

    fn command(&self) -> String {
        let mut line = CommandLine::new("smart-router report");
        line.option("since", &self.query.since).option("until", &self.query.until);
        line.option("group-by", "code,group,model").option("filter", "code!=ok");
        for filter in self.query.filters.iter().filter(|it| parts(it).0 != "failed") {
            line.option("filter", filter);
        }
        line.to_string()
    }

    fn nothing(&self, requests: u64) -> Absent {
        if !self.query.filters.is_empty() {
            let all = Address { filters: Vec::new(), ..self.address.clone() };
            return Absent::new(
                Why::FilteredOut,
                "No such errors",
                "Nothing that failed in this period fits the filters.",
            )
            .go("Clear all filters", all.href(PATH));
        }
        let text = match requests {
            0 => "There were no requests in this period.".to_owned(),
            1 => "The one request of this period was served.".to_owned(),
            some => format!("All {} requests of this period were served.", Count(some).exact()),
        };
        Absent::new(Why::AllWell, "No errors", text)
    }
}

fn add(line: &mut Line, values: impl Iterator<Item = f64>) {
    for (sum, value) in line.values.iter_mut().zip(values) {
        *sum = Some(sum.unwrap_or_default() + value);
    }
}

fn left_out(found: &FailureGroups) -> String {
    let told: u64 = found.groups.iter().map(|it| it.failures).sum();
    let mut text = String::new();
    if !found.whole {
        text = format!("The newest {} failures were looked at. ", Count(failure::NEWEST.into()).exact());
    }
    if told < found.failures {
        text.push_str(&format!(
            "{} of them are in smaller groups, which are not listed.",
            Count(found.failures - told).exact()
        ));
    }
    text.trim_end().to_owned()
}
