use vocabulary::Dialect;

use super::Dimension;
use super::subject::Subject;
use crate::document::Document;
use crate::moment;
use crate::suggest;

const DAY_MS: i64 = 86_400_000;
/// The longest period for which every request is looked at.
pub(crate) const LONGEST_BY_ROWS_MS: i64 = 31 * DAY_MS;

/// A report as it was asked for, in words: from the command line or a query string.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// From when on; empty: 7 days ago.
    pub since: String,
    /// Until when; empty: now.
    pub until: String,
    /// Names of dimensions; each may hold several, separated by commas.
    pub group_by: Vec<String>,
    /// `<dimension>=<value>`, or `<dimension>!=<value>` for what it must not be. Of several for one dimension any must hold, and one
    /// of every dimension.
    pub filters: Vec<String>,
    /// The baseline to measure savings against.
    pub baseline: Option<String>,
}

/// A report as it is to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Milliseconds since the Unix epoch; not included.
    pub until_ms: i64,
    /// The columns that rows are told apart by.
    pub group_by: Vec<Dimension>,
    /// What rows must be, sorted by dimension.
    pub filters: Vec<Filter>,
}

/// A dimension and the values of which a row must have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Never [`Dimension::Hour`].
    pub dimension: Dimension,
    /// At least one.
    pub values: Vec<String>,
    /// It must have none of them.
    pub negated: bool,
}

impl Filter {
    /// Whether a row with this value is asked for.
    pub fn accepts(&self, value: &str) -> bool {
        self.values.iter().any(|it| it == value) != self.negated
    }

    /// How it was asked: `model`, or `model!` for what it must not be.
    pub fn name(&self) -> String {
        format!("{}{}", self.dimension.as_str(), if self.negated { "!" } else { "" })
    }
}

/// Why a report cannot be made as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// A moment that cannot be read.
    #[error("`{text}` is no moment: write `24h` or `7d` (ago), `2026-01-31`, `2026-01-31T14:00:00Z` or `now`")]
    Moment {
        /// What was written.
        text: String,
    },
    /// A period that ends before it starts.
    #[error("the report would end ({until}) before it starts ({since}): swap --since and --until")]
    Period {
        /// Its start.
        since: String,
        /// Its end.
        until: String,
    },
    /// A dimension that is none.
    #[error("`{name}` is no dimension{hint}; there are {known}")]
    Dimension {
        /// What was written.
        name: String,
        /// `: did you mean …?`, or nothing.
        hint: String,
        /// All of them.
        known: String,
    },
    /// A period that is too long for what is asked.
    #[error("`{names}` is answered from single requests: ask for at most {days} days")]
    TooLong {
        /// What there are no roll-ups for.
        names: String,
        /// The longest period.
        days: i64,
    },
    /// A value that no row can have.
    #[error("no row has `{dimension}={value}`: {expected}")]
    NoSuchValue {
        /// What is filtered by.
        dimension: &'static str,
        /// What was written.
        value: String,
        /// What would be one.
        expected: String,
    },
    /// A filter without `=`.
    #[error("`{text}` is no filter: write <dimension>=<value> or <dimension>!=<value>, such as caller=ana")]
    Filter {
        /// What was written.
        text: String,
    },
    /// The hour is filtered by the period.
    #[error("hours cannot be filtered by: use --since and --until")]
    HourFilter,
    /// A baseline that the configuration does not have.
    #[error("`{name}` is no baseline{hint}; `settings.baselines` has {known}")]
    Baseline {
        /// What was written.
        name: String,
        /// `: did you mean …?`, or nothing.
        hint: String,
        /// All of them.
        known: String,
    },
}

impl Request {
    /// Reads what was asked. Fails with every mistake.
    pub fn parse(subject: Subject, query: &Query, now_ms: i64) -> Result<Self, Vec<ReportError>> {
        let mut errors = Vec::new();
        let mut moment_of = |text: &str, default: &str, parse: fn(&str, i64) -> Option<i64>| {
            let text = if text.is_empty() { default } else { text };
            parse(text, now_ms).unwrap_or_else(|| {
                errors.push(ReportError::Moment { text: text.to_owned() });
                now_ms
            })
        };
        let since_ms = moment_of(&query.since, "7d", moment::parse_since);
        let until_ms = moment_of(&query.until, "now", until);
        if errors.is_empty() && until_ms <= since_ms {
            errors.push(ReportError::Period { since: moment::minute(since_ms), until: moment::minute(until_ms) });
        }
        let names = query.group_by.iter().flat_map(|it| it.split(',')).map(str::trim).filter(|it| !it.is_empty());
        let mut group_by = Vec::new();
        for name in names {
            match dimension(subject, name) {
                Ok(it) if group_by.contains(&it) => {}
                Ok(it) => group_by.push(it),
                Err(error) => errors.push(error),
            }
        }
        let filters = filters(subject, &query.filters, &mut errors);
        let request = Self { since_ms, until_ms, group_by, filters };
        if errors.is_empty()
            && until_ms - since_ms > LONGEST_BY_ROWS_MS + DAY_MS
            && let Some(names) = request.rows_of(subject)
        {
            errors.push(ReportError::TooLong { names, days: LONGEST_BY_ROWS_MS / DAY_MS });
        }
        if errors.is_empty() { Ok(request) } else { Err(errors) }
    }
}

impl Request {
    /// What it asks for that roll-ups do not have.
    pub fn only_in_rows(&self) -> impl Iterator<Item = Dimension> {
        let asked = self.group_by.iter().copied().chain(self.filters.iter().map(|it| it.dimension));
        asked.filter(|it| !it.is_rolled_up())
    }

    /// For what every request must be looked at; `None`: roll-ups answer.
    fn rows_of(&self, subject: Subject) -> Option<String> {
        match subject {
            Subject::Requests => {
                let names: Vec<&str> = self.only_in_rows().map(Dimension::as_str).collect();
                (!names.is_empty()).then(|| names.join("`, `"))
            }
            Subject::Attempts => Some("attempts".to_owned()),
        }
    }

    /// The same question about some models alone; `None`: it asks about none of them.
    pub fn of_models(&self, models: &[String]) -> Option<Self> {
        let mut request = self.clone();
        let asked = request.filters.iter().position(|it| it.dimension == Dimension::Model && !it.negated);
        let asked = asked.map(|at| request.filters.remove(at).values);
        let values: Vec<String> =
            models.iter().filter(|it| asked.as_ref().is_none_or(|asked| asked.contains(it))).cloned().collect();
        let any = !values.is_empty();
        request.filters.push(Filter { dimension: Dimension::Model, values, negated: false });
        any.then_some(request)
    }
}

/// Until when: what lasts until now has the minute that has begun.
fn until(text: &str, now_ms: i64) -> Option<i64> {
    const MINUTE_MS: i64 = 60_000;
    let at_ms = moment::parse(text, now_ms)?;
    Some(if text == "now" { now_ms.div_euclid(MINUTE_MS) * MINUTE_MS + MINUTE_MS } else { at_ms })
}

impl Query {
    /// The prices of the baseline that was asked for.
    pub fn baseline<'a>(&self, document: &'a Document) -> Result<Option<&'a crate::document::Baseline>, ReportError> {
        let Some(name) = &self.baseline else { return Ok(None) };
        let all = &document.settings.baselines;
        let found = all.iter().find(|it| it.id == *name);
        found.map(Some).ok_or_else(|| ReportError::Baseline {
            name: name.clone(),
            hint: suggest::hint(name, all.iter().map(|it| it.id.as_str())),
            known: suggest::list(all.iter().map(|it| it.id.as_str())),
        })
    }
}

pub(crate) fn dimension(subject: Subject, name: &str) -> Result<Dimension, ReportError> {
    let all = || subject.dimensions().iter().map(|it| it.as_str());
    let found = subject.dimensions().iter().find(|it| it.as_str() == name).copied();
    found.ok_or_else(|| ReportError::Dimension {
        name: name.to_owned(),
        hint: suggest::hint(name, all()),
        known: suggest::list(all()),
    })
}

pub(crate) fn filters(subject: Subject, texts: &[String], errors: &mut Vec<ReportError>) -> Vec<Filter> {
    let mut filters: Vec<Filter> = Vec::new();
    for text in texts {
        let Some((name, value)) = text.split_once('=') else {
            errors.push(ReportError::Filter { text: text.clone() });
            continue;
        };
        let (name, negated) = name.strip_suffix('!').map_or((name, false), |name| (name, true));
        match dimension(subject, name.trim()) {
            Ok(Dimension::Hour) => errors.push(ReportError::HourFilter),
            Ok(dimension) if let Some(error) = impossible(dimension, value) => errors.push(error),
            Ok(dimension) => match filters.iter_mut().find(|it| (it.dimension, it.negated) == (dimension, negated)) {
                Some(filter) => filter.values.push(value.to_owned()),
                None => filters.push(Filter { dimension, values: vec![value.to_owned()], negated }),
            },
            Err(error) => errors.push(error),
        }
    }
    filters
}

/// Why no row can have that value, where what there is does not depend on any configuration.
fn impossible(dimension: Dimension, value: &str) -> Option<ReportError> {
    let expected = match dimension {
        Dimension::Status if value.parse::<u16>().is_err() => "write an HTTP status, such as 200 or 429".to_owned(),
        Dimension::Dialect if !value.is_empty() && Dialect::parse(value).is_none() => {
            format!("there are {}", suggest::list(Dialect::ALL.iter().map(|it| it.as_str())))
        }
        _ => return None,
    };
    Some(ReportError::NoSuchValue { dimension: dimension.as_str(), value: value.to_owned(), expected })
}
