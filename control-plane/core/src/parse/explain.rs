//! What the schema does not allow, in plain words and with a way out.

use serde_json::Value;

use super::check::{Breach, BreachKind, Step, breaches};
use super::reserved;
use super::value::Positions;
use crate::path::{at_index, at_key};
use crate::{Problem, Severity, schema, suggest, yaml};

/// Something in a value that the schema does not allow.
pub(super) struct Fault {
    /// From the root to what is at fault, or to the mapping that has an unknown key.
    pub steps: Vec<Step>,
    pub kind: FaultKind,
    message: String,
}

pub(super) enum FaultKind {
    /// A key that nobody reads; `meant` is the one that it probably should be.
    UnknownKey { key: String, meant: Option<String> },
    /// A value that cannot be read; `meant` is the one that it probably should be.
    Value { meant: Option<Value> },
    /// A key that must be there is not.
    Missing { key: String },
}

impl Fault {
    pub fn problem(&self, positions: &Positions) -> Problem {
        let path = path_of(&self.steps);
        match &self.kind {
            FaultKind::UnknownKey { key, .. } => positions.problem_of_key(&at_key(&path, key), self.message.clone()),
            FaultKind::Value { .. } | FaultKind::Missing { .. } => {
                positions.problem(Severity::Error, &path, self.message.clone())
            }
        }
    }
}

/// What in a value the schema does not allow: so many of these at most, and how many there are more. Of several things wrong with
/// one value, only that its type is.
pub(super) fn faults(value: &Value, most: usize) -> (Vec<Fault>, usize) {
    let (found, more) = breaches(value, most);
    (found.into_iter().map(explain).collect(), more)
}

fn explain(breach: Breach<'_>) -> Fault {
    match breach.kind {
        BreachKind::UnknownKey(key) => unknown_key(breach.rule, breach.steps, key),
        BreachKind::Missing(key) => {
            let message = format!("`{key}` is missing");
            Fault { steps: breach.steps, kind: FaultKind::Missing { key: key.to_owned() }, message }
        }
        _ => {
            let message = explain_value(&breach);
            Fault { kind: FaultKind::Value { meant: meant(&breach) }, steps: breach.steps, message }
        }
    }
}

/// The value that the author probably had in mind.
fn meant(breach: &Breach<'_>) -> Option<Value> {
    let found = breach.value;
    match breach.kind {
        BreachKind::NotOneOf(options) => {
            suggest::closest(found.as_str()?, options.iter().filter_map(Value::as_str)).map(Value::from)
        }
        BreachKind::Type => match (breach.rule["type"].as_str()?, found) {
            ("array", Value::String(_)) => Some(Value::Array(vec![found.clone()])),
            ("string", Value::Number(_) | Value::Bool(_)) => Some(Value::String(found.to_string())),
            _ => None,
        },
        _ => None,
    }
}

fn unknown_key(rule: &Value, steps: Vec<Step>, key: &str) -> Fault {
    let place = place_of(&steps);
    let fault = |meant: Option<&str>, message| Fault {
        steps,
        kind: FaultKind::UnknownKey { key: key.to_owned(), meant: meant.map(str::to_owned) },
        message,
    };
    if reserved::is_reserved_key(&place, key) {
        return fault(None, format!("`{key}` is not available in this version"));
    }
    let names: Vec<&str> =
        rule["properties"].as_object().into_iter().flat_map(|it| it.keys()).map(String::as_str).collect();
    match suggest::closest(key, names.iter().copied()) {
        Some(meant) => fault(Some(meant), format!("unknown key `{key}`: did you mean `{meant}`?")),
        None => fault(None, format!("unknown key `{key}`; known here: {}", suggest::list(names))),
    }
}

fn explain_value(breach: &Breach<'_>) -> String {
    let Breach { rule, value: found, .. } = breach;
    if let Some(expected) = rule["x-expected"].as_str() {
        return format!("expected {expected}");
    }
    match breach.kind {
        BreachKind::NotOneOf(options) => unknown_value(&breach.steps, options, found),
        BreachKind::Below(limit) if *limit == rule["maximum"] => only(limit),
        BreachKind::Above(limit) if *limit == rule["minimum"] => only(limit),
        BreachKind::Below(limit) => format!("must be at least {limit}"),
        BreachKind::Above(limit) => format!("must be at most {limit}"),
        BreachKind::Empty => "must not be empty".to_owned(),
        BreachKind::Twice(entry) => format!("has {entry} twice"),
        BreachKind::KeyCount => {
            let names = rule["properties"].as_object().into_iter().flat_map(|it| it.keys()).map(String::as_str);
            format!("expected exactly one of {}", suggest::list(names))
        }
        BreachKind::Type | BreachKind::Form | BreachKind::UnknownKey(_) | BreachKind::Missing(_) => {
            mistyped(rule, found)
        }
    }
}

fn only(limit: &Value) -> String {
    format!("expected {limit}, the only value that this version reads")
}

fn mistyped(rule: &Value, found: &Value) -> String {
    let expected = match rule["type"].as_str() {
        Some("string") => "text",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "`true` or `false`",
        Some("array") => "a list",
        _ => "a mapping (`key: value`)",
    };
    let (found, advice) = match found {
        Value::Null => ("nothing", ": give it a value, or remove the key"),
        Value::Bool(_) if expected == "text" => ("a truth value", ": put it in quotes"),
        Value::Number(_) if expected == "text" => ("a number", ": put it in quotes"),
        Value::String(_) if expected == "a list" => ("text", ": write `[…]`"),
        Value::Bool(_) => ("a truth value", ""),
        Value::Number(_) => ("a number", ""),
        // What a variable holds is text, whatever it looks like.
        Value::String(text) if !yaml::resolve(text).is_string() => ("text", ": write it without quotes or variables"),
        Value::String(_) => ("text", ""),
        Value::Array(_) => ("a list", ""),
        Value::Object(_) => ("a mapping", ""),
    };
    format!("expected {expected}, found {found}{advice}")
}

fn unknown_value(steps: &[Step], options: &[Value], found: &Value) -> String {
    let found = found.as_str().unwrap_or_default();
    if reserved::is_reserved_value(&place_of(steps), found) {
        return format!("`{found}` is not available in this version");
    }
    let known = || options.iter().filter_map(Value::as_str);
    match suggest::closest(found, known()) {
        Some(meant) => format!("`{found}` is not known here: did you mean `{meant}`?"),
        None => format!("`{found}` is not known here; expected one of {}", suggest::list(known())),
    }
}

/// What the schema says about the value at these steps.
pub(super) fn rule_at(steps: &[Step]) -> &'static Value {
    steps.iter().fold(schema::schema(), |rule, step| match step {
        Step::Key(key) => schema::step(rule, Some(key)),
        Step::Index(_) => schema::step(rule, None),
    })
}

fn path_of(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |path, step| match step {
        Step::Key(key) => at_key(&path, key),
        Step::Index(index) => at_index(&path, *index),
    })
}

fn place_of(steps: &[Step]) -> Vec<String> {
    let name = |step: &Step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => index.to_string(),
    };
    steps.iter().map(name).collect()
}
