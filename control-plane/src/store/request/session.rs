//! Sessions of clients, as their requests tell them.

use std::fmt::Write;

use control_plane_core::{
    permission::Visible,
    search::{PagePlace, Search},
};
use sqlx::AssertSqlSafe;

use super::{
    StoredRequest,
    page::{Effort, RequestPage, last_of_sessions},
};
use crate::store::{ReadTx, StoreError, codec, places::Places};

/// Of a session's requests, so many are added up, the newest: clients may say what they like is a session.
pub const MOST_REQUESTS: u64 = 5_000;

/// A session within a period.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its last request.
    pub last: StoredRequest,
    /// How many requests it has; [`MOST_REQUESTS`]: that many or more, and the sums are those of the newest.
    pub requests: u64,
    /// How many of them failed.
    pub errors: u64,
    /// When the first of them started.
    pub first_ms: i64,
    /// All input tokens.
    pub input_tokens: u64,
    /// Of those, what was read from providers' caches.
    pub cached_input_tokens: u64,
    /// All output tokens.
    pub output_tokens: u64,
    /// Nano-dollars.
    pub cost_nanousd: u64,
    /// The targets that served, with how many requests.
    pub models: Vec<(String, u64)>,
    /// How many callers have used the same id.
    pub callers: u64,
}

/// A page of sessions, the one with the newest request first; places are those of their last requests.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPage {
    /// In their order.
    pub sessions: Vec<Session>,
    /// The page of their last requests.
    pub page: RequestPage,
}

/// The sessions of which the last request is what a search finds.
pub async fn page(
    tx: &mut ReadTx,
    search: &Search,
    place: Option<&PagePlace>,
    limit: u32,
    effort: Effort,
) -> Result<SessionPage, StoreError> {
    let mut page = last_of_sessions(tx, search, place, limit, effort).await?;
    let mut sessions = Vec::with_capacity(page.requests.len());
    let lasts = std::mem::take(&mut page.requests);
    let ids: Vec<String> = lasts.iter().map(|it| it.record.session.clone()).collect();
    let mut sums = sums(tx, search, &ids).await?;
    for last in lasts {
        let at = sums.iter().position(|it| it.0 == last.record.session);
        let (_, found) = at.map(|at| sums.swap_remove(at)).unwrap_or_default();
        let SessionSums {
            requests,
            errors,
            first_ms,
            input_tokens,
            cached_input_tokens,
            output_tokens,
            cost_nanousd,
            models,
            callers,
        } = found;
        sessions.push(Session {
            last,
            requests,
            errors,
            first_ms,
            input_tokens,
            cached_input_tokens,
            output_tokens,
            cost_nanousd,
            models,
            callers: callers.len() as u64,
        });
    }
    Ok(SessionPage { sessions, page })
}

#[derive(Default)]
struct SessionSums {
    requests: u64,
    errors: u64,
    first_ms: i64,
    input_tokens: u64,
    cached_input_tokens: u64,
    output_tokens: u64,
    cost_nanousd: u64,
    models: Vec<(String, u64)>,
    callers: Vec<String>,
}

/// What the requests of some sessions add up to, within the period and as far as they may be seen.
async fn sums(tx: &mut ReadTx, search: &Search, ids: &[String]) -> Result<Vec<(String, SessionSums)>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut places = Places::default();
    let (since, until) = (places.number(search.since_ms), places.number(search.until_ms));
    let mut demanded = format!("s.session <> '' and s.started_ms >= {since} and s.started_ms < {until}");
    if let Visible::Projects(projects) = &search.visible {
        let projects: Vec<String> = projects.iter().cloned().collect();
        write!(demanded, " and s.project in ({})", places.texts(&projects)).expect("writing to a String does not fail");
    }
    let newest = ids.iter().enumerate().map(|(at, id)| {
        format!(
            "select * from (select s.session, s.model, s.caller, s.code, s.started_ms, s.input_tokens, s.cached_input_tokens, s.output_tokens, \
             s.cost_total_nanousd from usage_requests s where s.session = {} and {demanded} \
             order by s.started_ms desc limit {MOST_REQUESTS}) b{at}",
            places.text(id)
        )
    });
    let sql = format!(
        "select session, model, caller, cast(count(*) as bigint) as requests, min(started_ms) as first_ms, \
         cast(sum(case when code <> 'ok' then 1 else 0 end) as bigint) as errors, \
         cast(sum(input_tokens) as bigint) as input_tokens, \
         cast(sum(cached_input_tokens) as bigint) as cached_input_tokens, cast(sum(output_tokens) as bigint) as output_tokens, \
         cast(sum(cost_total_nanousd) as bigint) as cost from ({}) r group by session, model, caller",
        newest.collect::<Vec<_>>().join(" union all ")
    );
    let query = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false);
    let mut all: Vec<(String, SessionSums)> = ids.iter().map(|id| (id.clone(), SessionSums::default())).collect();
    for row in query.fetch_all(tx.connection()).await? {
        let (id, model, caller) =
            (codec::text(&row, "session")?, codec::text(&row, "model")?, codec::text(&row, "caller")?);
        let Some((_, sums)) = all.iter_mut().find(|it| it.0 == id) else { continue };
        let (requests, first_ms) = (codec::unsigned(&row, "requests")?, codec::bigint(&row, "first_ms")?);
        sums.first_ms = if sums.requests == 0 { first_ms } else { sums.first_ms.min(first_ms) };
        sums.requests += requests;
        sums.errors += codec::unsigned(&row, "errors")?;
        sums.input_tokens += codec::unsigned(&row, "input_tokens")?;
        sums.cached_input_tokens += codec::unsigned(&row, "cached_input_tokens")?;
        sums.output_tokens += codec::unsigned(&row, "output_tokens")?;
        sums.cost_nanousd += codec::unsigned(&row, "cost")?;
        if !sums.callers.contains(&caller) {
            sums.callers.push(caller);
        }
        match sums.models.iter_mut().find(|it| it.0 == model) {
            Some((_, count)) => *count += requests,
            None => sums.models.push((model, requests)),
        }
    }
    for (_, sums) in &mut all {
        sums.models.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    Ok(all)
}
