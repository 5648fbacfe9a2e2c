//! What a schema's validator finds, in plain words and with a way out.

use std::sync::LazyLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::reserved;
use super::value::Positions;
use crate::path::{at_index, at_key};
use crate::{Problem, Severity, schema, suggest, yaml};

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema::schema())
        .expect("the schema of our own types is a schema")
});

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

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
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

/// Everything in a value that the schema does not allow. Of several things wrong with one value, only that its type is.
pub(super) fn faults(value: &Value) -> Vec<Fault> {
    let errors: Vec<ValidationError<'_>> = VALIDATOR.iter_errors(value).collect();
    let of_type = |it: &ValidationError<'_>| matches!(it.kind(), ValidationErrorKind::Type { .. });
    let mistyped: Vec<&str> = errors.iter().filter(|it| of_type(it)).map(|it| it.instance_path().as_str()).collect();
    let kept = errors.iter().filter(|it| of_type(it) || !mistyped.contains(&it.instance_path().as_str()));
    kept.flat_map(|error| explain(value, error)).collect()
}

fn explain(root: &Value, error: &ValidationError<'_>) -> Vec<Fault> {
    let steps = steps_of(root, error.instance_path().as_str());
    let rule = rule_at(&steps);
    if let ValidationErrorKind::AdditionalProperties { unexpected } = error.kind() {
        return unexpected.iter().map(|key| unknown_key(rule, &steps, key)).collect();
    }
    if let ValidationErrorKind::Required { property } = error.kind() {
        let key = property.as_str().unwrap_or_default().to_owned();
        let message = format!("`{key}` is missing");
        return vec![Fault { steps, kind: FaultKind::Missing { key }, message }];
    }
    let message = explain_value(rule, &steps, error);
    vec![Fault { steps, kind: FaultKind::Value { meant: meant(rule, error) }, message }]
}

/// The value that the author probably had in mind.
fn meant(rule: &Value, error: &ValidationError<'_>) -> Option<Value> {
    let found = error.instance().as_ref();
    match error.kind() {
        ValidationErrorKind::Enum { options } => {
            let known = options.as_array().into_iter().flatten().filter_map(Value::as_str);
            suggest::closest(found.as_str()?, known).map(Value::from)
        }
        ValidationErrorKind::Type { .. } => match (rule["type"].as_str()?, found) {
            ("array", Value::String(_)) => Some(Value::Array(vec![found.clone()])),
            ("string", Value::Number(_) | Value::Bool(_)) => Some(Value::String(found.to_string())),
            _ => None,
        },
        _ => None,
    }
}

fn unknown_key(rule: &Value, steps: &[Step], key: &str) -> Fault {
    let fault = |meant: Option<&str>, message| Fault {
        steps: steps.to_vec(),
        kind: FaultKind::UnknownKey { key: key.to_owned(), meant: meant.map(str::to_owned) },
        message,
    };
    if reserved::is_reserved_key(&place_of(steps), key) {
        return fault(None, format!("`{key}` is not available in this version"));
    }
    let names: Vec<&str> =
        rule["properties"].as_object().into_iter().flat_map(|it| it.keys()).map(String::as_str).collect();
    match suggest::closest(key, names.iter().copied()) {
        Some(meant) => fault(Some(meant), format!("unknown key `{key}`: did you mean `{meant}`?")),
        None => fault(None, format!("unknown key `{key}`; known here: {}", suggest::list(names))),
    }
}

fn explain_value(rule: &Value, steps: &[Step], error: &ValidationError<'_>) -> String {
    let found = error.instance().as_ref();
    if let Some(expected) = rule["x-expected"].as_str() {
        return format!("expected {expected}");
    }
    match error.kind() {
        ValidationErrorKind::Type { .. } => mistyped(rule, found),
        ValidationErrorKind::Enum { options } => unknown_value(steps, options, found),
        ValidationErrorKind::Minimum { limit } if *limit == rule["maximum"] => {
            format!("expected {limit}, the only value that this version reads")
        }
        ValidationErrorKind::Maximum { limit } if *limit == rule["minimum"] => {
            format!("expected {limit}, the only value that this version reads")
        }
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MinLength { .. } => "must not be empty".to_owned(),
        ValidationErrorKind::UniqueItems => repeated(found),
        ValidationErrorKind::MinProperties { .. } | ValidationErrorKind::MaxProperties { .. } => {
            let names = rule["properties"].as_object().into_iter().flat_map(|it| it.keys()).map(String::as_str);
            format!("expected exactly one of {}", suggest::list(names))
        }
        _ => error.to_string(),
    }
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

fn unknown_value(steps: &[Step], options: &Value, found: &Value) -> String {
    let found = found.as_str().unwrap_or_default();
    if reserved::is_reserved_value(&place_of(steps), found) {
        return format!("`{found}` is not available in this version");
    }
    let known = || options.as_array().into_iter().flatten().filter_map(Value::as_str);
    match suggest::closest(found, known()) {
        Some(meant) => format!("`{found}` is not known here: did you mean `{meant}`?"),
        None => format!("`{found}` is not known here; expected one of {}", suggest::list(known())),
    }
}

fn repeated(found: &Value) -> String {
    let items = found.as_array().map(Vec::as_slice).unwrap_or_default();
    let twice = items.iter().enumerate().find(|(at, item)| items[..*at].contains(item));
    twice.map_or_else(|| "has an entry twice".to_owned(), |(_, item)| format!("has {item} twice"))
}

/// What the schema says about the value at these steps.
pub(super) fn rule_at(steps: &[Step]) -> &'static Value {
    steps.iter().fold(schema::schema(), |rule, step| match step {
        Step::Key(key) => schema::step(rule, Some(key)),
        Step::Index(_) => schema::step(rule, None),
    })
}

/// The steps of a JSON pointer (RFC 6901); the value tells keys from indices.
fn steps_of(root: &Value, pointer: &str) -> Vec<Step> {
    let mut at = Some(root);
    let mut steps = Vec::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let index = at.filter(|it| it.is_array()).and_then(|_| part.parse::<usize>().ok());
        at = match index {
            Some(index) => at.and_then(|it| it.get(index)),
            None => at.and_then(|it| it.get(&part)),
        };
        steps.push(index.map_or(Step::Key(part), Step::Index));
    }
    steps
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
