use axum::http::StatusCode;
use control_plane_core::search::{Cursor, PagePlace, SearchError, SearchQuery};

use crate::http::{input::PageSize, problem::Problem};

/// The parameters of a list of requests.
pub const OF_LIST: [&str; 8] = ["since", "until", "filter", "q", "sort", "limit", "after", "before"];

/// A list as it was asked for.
pub struct Listing {
    /// What is looked for, in words.
    pub query: SearchQuery,
    /// Where the page lies; `None`: it is the first one.
    pub place: Option<PagePlace>,
    /// How many at most.
    pub limit: PageSize,
}

/// Reads the parameters of a list, of which there are those `known`. Keys may repeat, which a plain struct cannot say.
pub fn listing(pairs: Vec<(String, String)>, known: &[&str]) -> Result<Listing, Problem> {
    let mut asked = Listing { query: SearchQuery::default(), place: None, limit: PageSize::default() };
    let cursor = |text: &str| {
        text.parse::<Cursor>().map_err(|()| refused(format!("`{text}` is no `next` or `previous` of a page")))
    };
    let mut said: Vec<String> = Vec::new();
    for (key, value) in pairs {
        let place = matches!(key.as_str(), "after" | "before");
        let name = if place { "after` or `before" } else { key.as_str() };
        if key != "filter" && said.iter().any(|it| it == name) {
            return Err(refused(format!("`{name}` is said twice")));
        }
        if !known.contains(&key.as_str()) {
            return Err(refused(format!("`{key}` is not asked for here; there are {}", known.join(", "))));
        }
        said.push(name.to_owned());
        match key.as_str() {
            "since" => asked.query.since = value,
            "until" => asked.query.until = value,
            "filter" => asked.query.filters.push(value),
            "q" => asked.query.text = value,
            "sort" => asked.query.sort = value,
            "limit" => asked.limit = value.parse().map_err(refused)?,
            "after" => asked.place = Some(PagePlace::After(cursor(&value)?)),
            "before" => asked.place = Some(PagePlace::Before(cursor(&value)?)),
            _ => unreachable!("all that are known are read"),
        }
    }
    let ranked = asked.place.as_ref().is_some_and(|it| it.cursor().rank.is_some());
    if ranked != matches!(asked.query.sort.as_str(), "cost" | "latency") && asked.place.is_some() {
        return Err(refused("a page goes on in the order that it was begun in: say the same `sort`".to_owned()));
    }
    Ok(asked)
}

pub fn refused(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
}

impl From<Vec<SearchError>> for Problem {
    fn from(errors: Vec<SearchError>) -> Self {
        refused(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
    }
}
