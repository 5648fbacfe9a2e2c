use std::fmt;

use super::{Field, FlagField, NumberField, SearchError, TextField};
use crate::document::Duration;
use crate::suggest;

/// What a request must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// One of some texts, or none of them.
    Text {
        /// Of what.
        field: TextField,
        /// It must be none of them.
        negated: bool,
        /// At least one.
        values: Vec<String>,
    },
    /// Above or below a number.
    Number {
        /// Of what.
        field: NumberField,
        /// How it compares.
        comparison: Comparison,
        /// Microseconds, nano-dollars or a count.
        bound: u64,
    },
    /// So, or not so.
    Flag {
        /// What.
        field: FlagField,
        /// It must be so.
        is: bool,
    },
}

/// How a number compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// As it is written, in filters as in SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

/// The longer ones first: `>=` begins as `>` does.
const OPERATORS: [&str; 6] = ["!=", ">=", "<=", "=", ">", "<"];

const TEXT: &str = "`=` or `!=`";
const NUMBER: &str = "`>`, `>=`, `<`, `<=` or `=`";
const FLAG: &str = "`=yes` or `=no`";
const TIME_VALUE: &str = "a length of time: `250ms`, `2s`, `1m`";
const COST_VALUE: &str = "US dollars: `0.05`";
const COUNT_VALUE: &str = "a whole number";
const STATUS_VALUE: &str = "a status, `429`, or all of a hundred, `5xx`";

impl Condition {
    /// Reads `<field><operator><value>`.
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        let at = text.find(['=', '!', '>', '<']);
        let split = at.and_then(|at| {
            let operator = OPERATORS.into_iter().find(|it| text[at..].starts_with(it))?;
            Some((text[..at].trim(), operator, text[at + operator.len()..].trim()))
        });
        let Some((name, operator, value)) = split else {
            return Err(SearchError::Filter { text: text.to_owned() });
        };
        match field(name)? {
            Field::Text(field) => text_condition(field, operator, value),
            Field::Number(field) => number_condition(field, operator, value),
            Field::Flag(field) => flag_condition(field, operator, value),
        }
    }
}

fn field(name: &str) -> Result<Field, SearchError> {
    let names = || Field::all().map(Field::as_str);
    Field::all().find(|it| it.as_str() == name).ok_or_else(|| SearchError::Field {
        name: name.to_owned(),
        hint: suggest::hint(name, names()),
        known: suggest::list(names()),
    })
}

fn text_condition(field: TextField, operator: &str, value: &str) -> Result<Condition, SearchError> {
    let negated = match operator {
        "=" => false,
        "!=" => true,
        _ => return Err(SearchError::Operator { name: field.as_str(), instead: TEXT }),
    };
    if field == TextField::Status && !is_status(value) {
        return Err(SearchError::Value { name: field.as_str(), value: value.to_owned(), instead: STATUS_VALUE });
    }
    Ok(Condition::Text { field, negated, values: vec![value.to_owned()] })
}

/// `429` or `4xx`.
fn is_status(value: &str) -> bool {
    let (class, rest) = value.split_at_checked(1).unwrap_or_default();
    class.bytes().all(|it| it.is_ascii_digit()) && (rest == "xx" || (value.len() <= 3 && value.parse::<u16>().is_ok()))
}

fn number_condition(field: NumberField, operator: &str, value: &str) -> Result<Condition, SearchError> {
    let comparison = match operator {
        "=" => Comparison::Equal,
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        _ => return Err(SearchError::Operator { name: field.as_str(), instead: NUMBER }),
    };
    let (bound, instead) = match field {
        it if it.is_time() => (Duration::parse(value).and_then(|it| it.millis().checked_mul(1000)), TIME_VALUE),
        NumberField::Cost => (nano_dollars(value), COST_VALUE),
        _ => (value.parse().ok(), COUNT_VALUE),
    };
    let bound = bound.filter(|it| i64::try_from(*it).is_ok());
    let bound = bound.ok_or_else(|| SearchError::Value { name: field.as_str(), value: value.to_owned(), instead })?;
    Ok(Condition::Number { field, comparison, bound })
}

/// Decimal dollars, to the billionth.
fn nano_dollars(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: u64 = format!("{fraction:0<9}").parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(fraction)
}

fn flag_condition(field: FlagField, operator: &str, value: &str) -> Result<Condition, SearchError> {
    let equal = match operator {
        "=" => true,
        "!=" => false,
        _ => return Err(SearchError::Operator { name: field.as_str(), instead: FLAG }),
    };
    let value = match value {
        "yes" | "true" | "1" => true,
        "no" | "false" | "0" => false,
        _ => return Err(SearchError::Value { name: field.as_str(), value: value.to_owned(), instead: FLAG }),
    };
    Ok(Condition::Flag { field, is: value == equal })
}

impl Condition {
    /// As filters that are read as the same: one for each value.
    pub fn filters(&self) -> Vec<String> {
        match self {
            Self::Text { field, negated, values } => {
                let operator = if *negated { "!=" } else { "=" };
                values.iter().map(|value| format!("{}{operator}{value}", field.as_str())).collect()
            }
            Self::Number { field, comparison, bound } => {
                vec![format!("{}{}{}", field.as_str(), comparison.as_str(), Bound(*field, *bound))]
            }
            Self::Flag { field, is } => vec![format!("{}={}", field.as_str(), if *is { "yes" } else { "no" })],
        }
    }
}

/// A number as it is read.
struct Bound(NumberField, u64);

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            it if it.is_time() => write!(formatter, "{}ms", self.1 / 1000),
            NumberField::Cost => {
                let text = format!("{}.{:09}", self.1 / 1_000_000_000, self.1 % 1_000_000_000);
                formatter.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => write!(formatter, "{}", self.1),
        }
    }
}
