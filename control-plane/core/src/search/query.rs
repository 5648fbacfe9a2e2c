use super::{Condition, SearchError};
use crate::moment;
use crate::permission::Visible;

const DAY_MS: i64 = 86_400_000;
/// The longest period that is ordered by anything but time: each day of it is looked at.
const LONGEST_RANKED_DAYS: i64 = 32;
/// More filters, or values of one, are nothing that somebody means.
const MOST_FILTERS: usize = 50;

/// Requests as they are asked for, in words: from the command line or a query string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// From when on; empty: 24 hours ago, or from the beginning where an id is looked for.
    pub since: String,
    /// Until when; empty: now.
    pub until: String,
    /// `<field><operator><value>`: see [`Condition::parse`].
    pub filters: Vec<String>,
    /// An id of the request, of its session or of its token; empty: any.
    pub text: String,
    /// `newest`, `cost` or `latency`; empty: the newest first.
    pub sort: String,
}

/// Requests as they are looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Whose.
    pub visible: Visible,
    /// Milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Milliseconds since the Unix epoch; not included.
    pub until_ms: i64,
    /// What they must be; one for each text field and negation.
    pub conditions: Vec<Condition>,
    /// The request's own id, the caller's id for it, its session or its token.
    pub id: Option<String>,
    /// The order that they are listed in.
    pub order: Order,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The dearest first.
    Cost,
    /// The slowest first.
    Latency,
}

impl Order {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Newest, Self::Cost, Self::Latency];

    /// Its name in query strings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Cost => "cost",
            Self::Latency => "latency",
        }
    }
}

impl Search {
    /// Reads what was asked. Fails with every mistake.
    pub fn parse(visible: Visible, query: &SearchQuery, now_ms: i64) -> Result<Self, Vec<SearchError>> {
        let mut errors = Vec::new();
        let id = Some(query.text.trim()).filter(|it| !it.is_empty()).map(str::to_owned);
        let (since_ms, until_ms) = period(query, id.is_some(), now_ms, &mut errors);
        let conditions = conditions(&query.filters, &mut errors);
        let order = if query.sort.is_empty() {
            Order::default()
        } else {
            Order::ALL.into_iter().find(|it| it.as_str() == query.sort).unwrap_or_else(|| {
                errors.push(SearchError::Order { name: query.sort.clone() });
                Order::default()
            })
        };
        if order != Order::Newest && errors.is_empty() && until_ms - since_ms > LONGEST_RANKED_DAYS * DAY_MS {
            errors.push(SearchError::TooLong { name: order.as_str(), days: LONGEST_RANKED_DAYS });
        }
        if errors.is_empty() { Ok(Self { visible, since_ms, until_ms, conditions, id, order }) } else { Err(errors) }
    }

    /// The filters that are read as its conditions.
    pub fn filters(&self) -> Vec<String> {
        self.conditions.iter().flat_map(Condition::filters).collect()
    }
}

fn period(query: &SearchQuery, by_id: bool, now_ms: i64, errors: &mut Vec<SearchError>) -> (i64, i64) {
    let mut moment = |text: &str| {
        moment::parse(text, now_ms).unwrap_or_else(|| {
            errors.push(SearchError::Moment { text: text.to_owned() });
            now_ms
        })
    };
    let since_ms = match query.since.as_str() {
        "" if by_id => 0,
        "" => now_ms - DAY_MS,
        text => moment(text),
    };
    // What comes in this very moment is new.
    let until_ms = if query.until.is_empty() { now_ms + 1 } else { moment(&query.until) };
    if errors.is_empty() && until_ms <= since_ms {
        errors.push(SearchError::Period { since: moment::minute(since_ms), until: moment::minute(until_ms) });
    }
    (since_ms, until_ms)
}

fn conditions(filters: &[String], errors: &mut Vec<SearchError>) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    for text in filters {
        match Condition::parse(text) {
            Ok(found) => {
                if !joined(&mut conditions, &found) {
                    conditions.push(found);
                }
            }
            Err(error) => errors.push(error),
        }
    }
    let many = |it: &Condition| matches!(it, Condition::Text { values, .. } if values.len() > MOST_FILTERS);
    if conditions.len() > MOST_FILTERS || conditions.iter().any(many) {
        errors.push(SearchError::TooMany { most: MOST_FILTERS });
    }
    conditions
}

/// Whether a condition is said by one of the others now: of several values for one field any must hold.
fn joined(conditions: &mut [Condition], new: &Condition) -> bool {
    let Condition::Text { field, negated, values } = new else { return conditions.contains(new) };
    for condition in conditions {
        if let Condition::Text { field: of, negated: not, values: known } = condition
            && (*of, *not) == (*field, *negated)
        {
            for value in values {
                if !known.contains(value) {
                    known.push(value.clone());
                }
            }
            return true;
        }
    }
    false
}
