//! The statements of a page. Each is planned anew, with its values: what fits few rows and what fits many take different ways.

use std::fmt::Write;

use control_plane_core::{
    permission::Visible,
    search::{Cursor, Order, Search},
};
use sqlx::{AnyConnection, AssertSqlSafe, Row, any::AnyRow};

use super::{
    branch::{Branch, by_day, by_time},
    condition::holds,
    path::{Chosen, Path},
    row::COLUMNS,
};
use crate::store::{StoreError, codec, places::Places};

/// What is read of a search: a stretch of its order.
#[derive(Clone, Debug)]
pub(super) struct Stretch<'a> {
    /// What is looked for.
    pub search: &'a Search,
    /// How it is reached, and what is still to be checked.
    pub chosen: &'a Chosen,
    /// By the days of the period instead.
    pub by_day: bool,
    /// Of each session the last request alone.
    pub last_of_sessions: bool,
    /// The last ones first.
    pub ascending: bool,
    /// Behind this one, in the direction that is read.
    pub cursor: Option<Cursor>,
    /// From this moment or rank on.
    pub low: Option<i64>,
    /// Below this moment or rank.
    pub high: Option<i64>,
}

impl<'a> Stretch<'a> {
    /// All of a search.
    pub fn new(search: &'a Search, chosen: &'a Chosen) -> Self {
        Self {
            search,
            chosen,
            by_day: false,
            last_of_sessions: false,
            ascending: false,
            cursor: None,
            low: None,
            high: None,
        }
    }
}

impl Stretch<'_> {
    /// An expression of each row of it that is looked for, in no order, put together as one text: thousands of rows pass as one.
    pub async fn joined(
        &self,
        db: &mut AnyConnection,
        line: &str,
        between: char,
        limit: u32,
    ) -> Result<String, StoreError> {
        let mut places = Places::default();
        let branches = self.branches(&mut places);
        let demanded = format!("{}{}", self.bounds(&mut places), self.rest(&mut places));
        let of = |branch: &Branch| {
            format!(
                "select {line} as line from {} where {}{}{}{}",
                branch.table_of_rows(),
                branch.holds(),
                branch.joined(),
                self.period(branch),
                demanded.replace('@', branch.keys()),
            )
        };
        let lines = format!("{} limit {}", union(&branches, of, ""), places.number(limit.into()));
        let sql = format!("select coalesce(string_agg(line, '{between}'), '') as lines from ({lines}) l");
        let row = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false).fetch_one(db).await?;
        codec::text(&row, "lines")
    }

    /// The first rows of it that are looked for.
    pub async fn rows(&self, db: &mut AnyConnection, limit: u32) -> Result<Vec<AnyRow>, StoreError> {
        let mut places = Places::default();
        let branches = self.branches(&mut places);
        let demanded = format!("{}{}", self.bounds(&mut places), self.rest(&mut places));
        let cursor = self.cursor.as_ref().map(|it| Behind::of(it, &mut places));
        let limit = places.number(limit.into());
        let rank = self.rank().map_or_else(String::new, |it| format!(", {it} as rank"));
        // Of many days no more than the places are brought in order.
        let columns = if self.by_day { "s.started_ms, s.node, s.epoch, s.sequence" } else { COLUMNS };
        let of = |branch: &Branch| {
            let behind = cursor.as_ref().map_or_else(String::new, |it| self.behind(it, branch));
            format!(
                "select {columns}{rank} from {} where {}{}{}{}{behind} order by {} limit {limit}",
                branch.table_of_rows(),
                branch.holds(),
                branch.joined(),
                self.period(branch),
                demanded.replace('@', branch.keys()),
                self.order(branch.keys())
            )
        };
        let mut sql = union(&branches, of, &format!(" order by {} limit {limit}", self.order("")));
        if self.by_day {
            let direction = self.direction();
            let order = ["rank", "started_ms", "node", "epoch", "sequence"].map(|it| format!("k.{it} {direction}"));
            sql = format!(
                "select {COLUMNS}, k.rank from ({sql}) k cross join usage_requests s \
                 where s.node = k.node and s.epoch = k.epoch and s.sequence = k.sequence order by {}",
                order.join(", ")
            );
        }
        Ok(sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false).fetch_all(db).await?)
    }

    /// The moment or rank of the row with that number, from 1, looked for or not; `None`: there are fewer.
    pub async fn nth(&self, db: &mut AnyConnection, number: u32) -> Result<Option<i64>, StoreError> {
        let mut places = Places::default();
        let branches = self.branches(&mut places);
        let bounds = self.bounds(&mut places);
        let limit = places.number(number.into());
        let of = |branch: &Branch| {
            let key = self.key(branch.keys());
            format!(
                "select {key} as place from {} where {}{}{} order by {key} {} limit {limit}",
                branch.table_of_keys(),
                branch.holds(),
                self.period(branch),
                bounds.replace('@', branch.keys()),
                self.direction()
            )
        };
        let offset = number - 1;
        let tail = format!(" order by place {} limit 1 offset {offset}", self.direction());
        let sql = match branches.as_slice() {
            [one] => format!("select place from ({}) b{tail}", of(one)),
            _ => format!("select place from ({}) u{tail}", union(&branches, of, "")),
        };
        let row = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false).fetch_optional(db).await?;
        Ok(row.map(|it| it.try_get("place")).transpose()?)
    }

    fn branches(&self, places: &mut Places) -> Vec<Branch> {
        if let Some(rank) = self.rank().filter(|_| self.by_day) {
            return by_day(self.search.since_ms, self.search.until_ms, rank);
        }
        by_time(&self.chosen.path, places)
    }

    /// The stretch by rank, of rows `@`; one by time is part of [`Stretch::period`].
    fn bounds(&self, places: &mut Places) -> String {
        let mut text = String::new();
        if !self.by_day {
            return text;
        }
        let key = self.key("@");
        for (comparison, bound) in [(">=", self.low), ("<", self.high)] {
            if let Some(bound) = bound {
                write!(text, " and {key} {comparison} {}", places.number(bound))
                    .expect("writing to a String does not fail");
            }
        }
        if let Some(cursor) = &self.cursor {
            let at = cursor.rank.unwrap_or(cursor.started_ms);
            write!(text, " and {key} {} {}", self.reached(cursor), places.number(at))
                .expect("writing to a String does not fail");
        }
        text
    }

    /// The edge of a step is no row: all of its moment was read.
    fn reached(&self, cursor: &Cursor) -> &'static str {
        match (self.ascending, cursor.node.is_empty()) {
            (true, _) => ">=",
            (false, true) => "<",
            (false, false) => "<=",
        }
    }

    /// The period, as far as the stretch is in it: of two bounds on the same side SQLite follows its index from either. Its numbers
    /// are no texts of anybody's.
    fn period(&self, branch: &Branch) -> String {
        if branch.within_period {
            return String::new();
        }
        let (mut since, mut until) = (self.search.since_ms, self.search.until_ms);
        since = self.low.map_or(since, |low| since.max(low));
        until = self.high.map_or(until, |high| until.min(high));
        // By rank a cursor's moment bounds nothing.
        if let Some(cursor) = self.cursor.as_ref().filter(|_| self.rank().is_none()) {
            match self.reached(cursor) {
                ">=" => since = since.max(cursor.started_ms),
                "<" => until = until.min(cursor.started_ms),
                _ => until = until.min(cursor.started_ms + 1),
            }
        }
        format!(" and {0}.started_ms >= {since} and {0}.started_ms < {until}", branch.keys())
    }

    fn rest(&self, places: &mut Places) -> String {
        let mut text = String::new();
        let all = 0..self.search.conditions.len();
        let rest: Vec<usize> = if self.by_day { all.collect() } else { self.chosen.rest.clone() };
        for at in rest {
            text.push_str(" and ");
            text.push_str(&holds(&self.search.conditions[at], places));
        }
        if let Visible::Projects(projects) = &self.search.visible
            && (self.by_day || self.chosen.check_visible)
        {
            let projects: Vec<String> = projects.iter().cloned().collect();
            write!(text, " and s.project in ({})", places.texts(&projects)).expect("writing to a String does not fail");
        }
        if self.last_of_sessions {
            text.push_str(&self.last_of_session(places));
        }
        text
    }

    /// Nothing of the same session came later, as far as may be seen.
    fn last_of_session(&self, places: &mut Places) -> String {
        let seen = match &self.search.visible {
            Visible::All => String::new(),
            Visible::Projects(projects) => {
                let projects: Vec<String> = projects.iter().cloned().collect();
                format!(" and n.project in ({})", places.texts(&projects))
            }
        };
        format!(
            " and s.session <> '' and not exists (select 1 from usage_requests n where n.session = s.session \
             and n.session <> '' and n.started_ms >= s.started_ms and n.started_ms < {}{seen} \
             and (n.started_ms, n.node, n.epoch, n.sequence) > (s.started_ms, s.node, s.epoch, s.sequence))",
            self.search.until_ms
        )
    }

    fn behind(&self, place: &Behind, branch: &Branch) -> String {
        let comparison = if self.ascending { ">" } else { "<" };
        let keys = branch.keys();
        let Behind { rank, started, node, epoch, sequence } = place;
        let (named, bound) = match (self.rank(), rank) {
            (Some(named), Some(bound)) => (format!("{named}, "), format!("{bound}, ")),
            _ => (String::new(), String::new()),
        };
        format!(
            " and ({named}{keys}.started_ms, s.node, s.epoch, s.sequence) {comparison} \
             ({bound}{started}, {node}, {epoch}, {sequence})"
        )
    }

    /// The order of rows whose keys are there.
    fn order(&self, keys: &str) -> String {
        let direction = self.direction();
        let (of_key, of_row) = if keys.is_empty() { (String::new(), "") } else { (format!("{keys}."), "s.") };
        let rank = match self.rank() {
            Some(_) if keys.is_empty() => format!("rank {direction}, "),
            Some(rank) => format!("{rank} {direction}, "),
            None => String::new(),
        };
        format!(
            "{rank}{of_key}started_ms {direction}, {of_row}node {direction}, {of_row}epoch {direction}, {of_row}sequence {direction}"
        )
    }

    /// What a list is ordered by, of rows whose keys are there.
    fn key(&self, keys: &str) -> String {
        // By rank, the stretch is one of ranks only where the days have them in order.
        match self.rank() {
            Some(rank) if self.by_day => rank.to_owned(),
            _ => format!("{keys}.started_ms"),
        }
    }

    fn rank(&self) -> Option<&'static str> {
        match self.search.order {
            Order::Newest => None,
            Order::Cost => Some("s.cost_total_nanousd"),
            Order::Latency => Some("s.latency_us"),
        }
    }

    fn direction(&self) -> &'static str {
        if self.ascending { "asc" } else { "desc" }
    }
}

/// A cursor's values, bound.
struct Behind {
    rank: Option<String>,
    started: String,
    node: String,
    epoch: String,
    sequence: String,
}

impl Behind {
    fn of(cursor: &Cursor, places: &mut Places) -> Self {
        Self {
            rank: cursor.rank.map(|it| places.number(it)),
            started: places.number(cursor.started_ms),
            node: places.text(&cursor.node),
            epoch: places.number(codec::stored(cursor.epoch)),
            sequence: places.number(codec::stored(cursor.sequence)),
        }
    }
}

/// One statement, or several whose rows are brought in one order.
fn union(branches: &[Branch], of: impl Fn(&Branch) -> String, tail: &str) -> String {
    if let [one] = branches {
        return of(one);
    }
    let parts = branches.iter().enumerate().map(|(at, branch)| format!("select * from ({}) b{at}", of(branch)));
    format!("{}{tail}", parts.collect::<Vec<_>>().join(" union all "))
}

/// How many rows are few enough to be ordered by rank as they are, of so many by time: those of one caller lie far apart.
pub(super) fn few(path: &Path, by_time: u32) -> u32 {
    if matches!(path, Path::Time) { by_time } else { by_time.div_ceil(10) }
}
