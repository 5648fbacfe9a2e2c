use std::time::{Duration, Instant};

use control_plane_core::{
    permission::Visible,
    search::{Cursor, Order, PagePlace, Search},
};
use sqlx::AnyConnection;

use super::{
    StoredRequest,
    path::{self, Chosen, choose},
    row::stored,
    statement::{Stretch, few},
};
use crate::store::{ReadTx, StoreError, codec};

/// No more rows are looked at in one step.
const LONGEST_STEP: u32 = 16_000;
/// See [`Effort::ranked`].
const RANKED: u32 = 20_000;
const QUICK: Duration = Duration::from_millis(10);

/// How long a page is looked for. What is found by then is shown, and the search can be continued from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// So many rows are looked at first; then four times as many at a time, as long as that is quick.
    pub step: u32,
    /// At most about so many rows are looked at.
    pub rows: u32,
    /// No further rows are looked at after this time.
    pub time: Duration,
    /// More rows than these are not ordered by rank as they are, but found in the indexes of their days.
    pub ranked: u32,
}

impl Effort {
    /// A file is written: nobody waits for a page of it.
    pub const FILE: Self = Self { step: 16_000, rows: 1_000_000, time: Duration::from_secs(5), ranked: RANKED };
    /// Somebody waits for a page.
    pub const PAGE: Self = Self { step: 500, rows: 60_000, time: Duration::from_millis(60), ranked: RANKED };
}

/// A page of requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestPage {
    /// In the order of the search, without their attempts, candidates and traces.
    pub requests: Vec<StoredRequest>,
    /// Where the next page begins; `None`: this is the last one.
    pub next: Option<Cursor>,
    /// Where the page before ends; `None`: this is the first one.
    pub previous: Option<Cursor>,
    /// The page is short because the search took too long, and goes on from the page's end.
    pub unfinished: bool,
}

/// A page of what a search finds.
pub async fn page(
    tx: &mut ReadTx,
    search: &Search,
    place: Option<&PagePlace>,
    limit: u32,
    effort: Effort,
) -> Result<RequestPage, StoreError> {
    listed(tx, search, false, place, limit, effort).await
}

/// The last request of each session of a period, of those that a search finds.
pub(super) async fn last_of_sessions(
    tx: &mut ReadTx,
    search: &Search,
    place: Option<&PagePlace>,
    limit: u32,
    effort: Effort,
) -> Result<RequestPage, StoreError> {
    listed(tx, search, true, place, limit, effort).await
}

async fn listed(
    tx: &mut ReadTx,
    search: &Search,
    last_of_sessions: bool,
    place: Option<&PagePlace>,
    limit: u32,
    effort: Effort,
) -> Result<RequestPage, StoreError> {
    if matches!(&search.visible, Visible::Projects(projects) if projects.is_empty()) {
        return Ok(RequestPage::default());
    }
    let chosen = choose(search, token_callers(tx.connection(), search).await?);
    let (ascending, cursor) = match place {
        Some(PagePlace::After(cursor)) => (false, Some(cursor.clone())),
        Some(PagePlace::Before(cursor)) => (true, Some(cursor.clone())),
        None => (false, None),
    };
    let mut stretch = Stretch { last_of_sessions, ascending, cursor, ..Stretch::new(search, &chosen) };
    if search.order != Order::Newest {
        let whole = Stretch { cursor: None, ascending: false, ..stretch.clone() };
        stretch.by_day = whole.nth(tx.connection(), few(&chosen.path, effort.ranked)).await?.is_some();
    }
    let (mut found, reached) = looked_for(tx.connection(), stretch, limit, effort).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let onward = if more { found.last().map(|it| place_of(it, search.order)) } else { reached.clone() };
    let unfinished = !more && reached.is_some();
    let back = place.is_some().then(|| found.first().map(|it| place_of(it, search.order))).flatten();
    Ok(if ascending {
        found.reverse();
        RequestPage { requests: found, next: back, previous: onward, unfinished }
    } else {
        RequestPage { requests: found, next: onward, previous: back, unfinished }
    })
}

/// One more row than the limit, where there are as many, and how far was looked; `None`: to the end.
async fn looked_for(
    db: &mut AnyConnection,
    mut stretch: Stretch<'_>,
    limit: u32,
    effort: Effort,
) -> Result<(Vec<StoredRequest>, Option<Cursor>), StoreError> {
    let Chosen { rest, check_visible, .. } = stretch.chosen;
    let by_day = stretch.by_day;
    let checks = *check_visible
        || !rest.is_empty()
        || stretch.last_of_sessions
        || (by_day && !stretch.search.conditions.is_empty());
    // Few rows are ordered by rank all at once.
    let at_once = !checks || (stretch.search.order != Order::Newest && !by_day);
    let (started, mut looked_at, mut step) = (Instant::now(), 0, effort.step);
    let mut found = Vec::new();
    loop {
        let began = Instant::now();
        let end = if at_once { None } else { stretch.nth(db, step).await? };
        match (end, stretch.ascending) {
            (Some(end), false) => stretch.low = Some(end),
            // That moment or rank is part of the step, whole.
            (Some(end), true) => stretch.high = Some(end + 1),
            (None, false) => stretch.low = None,
            (None, true) => stretch.high = None,
        }
        let want = limit + 1 - found.len() as u32;
        for row in stretch.rows(db, want).await? {
            found.push(stored(&row)?);
        }
        let Some(end) = end.filter(|_| found.len() as u32 <= limit) else { return Ok((found, None)) };
        looked_at += step;
        // What comes next is below or above it.
        let reached = if stretch.ascending { end + 1 } else { end };
        if looked_at >= effort.rows || started.elapsed() >= effort.time {
            return Ok((found, Some(edge(reached, by_day))));
        }
        if stretch.ascending {
            (stretch.low, stretch.high) = (Some(reached), None);
        } else {
            (stretch.low, stretch.high) = (None, Some(reached));
        }
        stretch.cursor = None;
        if began.elapsed() < QUICK {
            step = (step * 4).min(LONGEST_STEP);
        }
    }
}

/// The place before every row of a moment or rank.
fn edge(reached: i64, ranked: bool) -> Cursor {
    let (rank, started_ms) = if ranked { (Some(reached), 0) } else { (None, reached) };
    Cursor { rank, started_ms, epoch: 0, sequence: 0, node: String::new() }
}

/// The place of a row in an order.
pub fn place_of(row: &StoredRequest, order: Order) -> Cursor {
    let record = &row.record;
    let rank = match order {
        Order::Newest => None,
        Order::Cost => Some(codec::stored(record.cost.total)),
        Order::Latency => Some(codec::stored(record.latency_us)),
    };
    let (started_ms, sequence) = (record.started_ms, record.sequence);
    Cursor { rank, started_ms, epoch: row.epoch, sequence, node: row.node.clone() }
}

/// Whose the tokens are that a search names; `None`: it names none, or some that are nobody's.
pub(super) async fn token_callers(db: &mut AnyConnection, search: &Search) -> Result<Option<Vec<String>>, StoreError> {
    let named: Vec<&String> = match &search.id {
        Some(id) => vec![id],
        None => path::tokens(search).iter().collect(),
    };
    let mut callers = Vec::new();
    for token in named {
        let found = sqlx::query_scalar("select caller from tokens where id = $1").bind(token);
        let Some(caller): Option<String> = found.fetch_optional(&mut *db).await? else { return Ok(None) };
        if !callers.contains(&caller) {
            callers.push(caller);
        }
    }
    Ok((!callers.is_empty()).then_some(callers))
}
