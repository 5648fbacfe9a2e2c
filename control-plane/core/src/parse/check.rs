//! Compares a value with the schema of the configuration. The schema is made of our own types and uses few of JSON Schema's
//! words; a validator that knows them all is much to build. Tests hold that one finds the same, and that no other word is used.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::{document, schema};

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Something in a value that the schema does not allow.
pub(super) struct Breach<'a> {
    /// From the root to the value.
    pub steps: Vec<Step>,
    /// What the schema says about it.
    pub rule: &'static Value,
    pub value: &'a Value,
    pub kind: BreachKind<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum BreachKind<'a> {
    Type,
    /// Its type has a form of its own, and cannot be read from it.
    Form,
    NotOneOf(&'static [Value]),
    Below(&'static Value),
    Above(&'static Value),
    Empty,
    /// This entry is there before.
    Twice(&'a Value),
    /// Another number of keys.
    KeyCount,
    UnknownKey(&'a str),
    Missing(&'static str),
}

/// What in a value the schema does not allow: so many of these at most, and how many there are more. Of several things wrong with
/// one value, only that its type is.
pub(super) fn breaches(value: &Value, most: usize) -> (Vec<Breach<'_>>, usize) {
    let mut check = Check { steps: Vec::new(), found: Vec::new(), most, more: 0 };
    check.value(schema::schema(), value);
    (check.found, check.more)
}

struct Check<'a> {
    steps: Vec<Step>,
    found: Vec<Breach<'a>>,
    most: usize,
    more: usize,
}

impl<'a> Check<'a> {
    fn value(&mut self, rule: &'static Value, value: &'a Value) {
        let kind = if !has_type(rule, value) {
            Some(BreachKind::Type)
        } else if !document::is_of_its_form(rule, value) {
            Some(BreachKind::Form)
        } else {
            scalar(rule, value)
        };
        self.tell(rule, value, kind);
        match value {
            _ if matches!(kind, Some(BreachKind::Type)) => {}
            Value::Array(entries) => self.entries(rule, value, entries),
            Value::Object(members) => self.members(rule, value, members),
            _ => {}
        }
    }

    fn entries(&mut self, rule: &'static Value, value: &'a Value, entries: &'a [Value]) {
        let too_few = rule["minItems"].as_u64().is_some_and(|least| (entries.len() as u64) < least);
        self.tell(rule, value, too_few.then_some(BreachKind::Empty));
        let mut seen = HashSet::new();
        let twice = (rule["uniqueItems"] == true).then(|| entries.iter().find(|it| !seen.insert(*it))).flatten();
        self.tell(rule, value, twice.map(BreachKind::Twice));
        for (at, entry) in entries.iter().enumerate() {
            self.below(Step::Index(at), schema::step(rule, None), entry);
        }
    }

    fn members(&mut self, rule: &'static Value, value: &'a Value, members: &'a Map<String, Value>) {
        let count = members.len() as u64;
        let other = rule["minProperties"].as_u64().is_some_and(|least| count < least)
            || rule["maxProperties"].as_u64().is_some_and(|most| count > most);
        self.tell(rule, value, other.then_some(BreachKind::KeyCount));
        for key in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.tell(rule, value, (!members.contains_key(key)).then_some(BreachKind::Missing(key)));
        }
        for (key, member) in members {
            match schema::step(rule, Some(key)) {
                Value::Bool(false) => self.tell(rule, value, Some(BreachKind::UnknownKey(key))),
                rule => self.below(Step::Key(key.clone()), rule, member),
            }
        }
    }

    fn below(&mut self, step: Step, rule: &'static Value, value: &'a Value) {
        self.steps.push(step);
        self.value(rule, value);
        self.steps.pop();
    }

    fn tell(&mut self, rule: &'static Value, value: &'a Value, kind: Option<BreachKind<'a>>) {
        let Some(kind) = kind else { return };
        if self.found.len() == self.most {
            self.more += 1;
        } else {
            self.found.push(Breach { steps: self.steps.clone(), rule, value, kind });
        }
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.as_f64().is_some_and(|it| it.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match &rule["type"] {
        Value::Null => true,
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

fn scalar(rule: &'static Value, value: &Value) -> Option<BreachKind<'static>> {
    if let Some(options) = rule["enum"].as_array()
        && !options.contains(value)
    {
        return Some(BreachKind::NotOneOf(options));
    }
    if let (Some(least), Some(text)) = (rule["minLength"].as_u64(), value.as_str())
        && (text.chars().count() as u64) < least
    {
        return Some(BreachKind::Empty);
    }
    let number = value.as_f64()?;
    let beyond = |limit: &Value, is: fn(&f64, &f64) -> bool| limit.as_f64().is_some_and(|limit| is(&number, &limit));
    if beyond(&rule["minimum"], f64::lt) {
        return Some(BreachKind::Below(&rule["minimum"]));
    }
    if beyond(&rule["maximum"], f64::gt) {
        return Some(BreachKind::Above(&rule["maximum"]));
    }
    // JSON Schema takes 1.0 for a whole number, and the type does not.
    (rule["type"] == "integer" && value.is_f64()).then_some(BreachKind::Type)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::{reference, yaml};

    /// What is checked above, and what says nothing about a value.
    const WORDS: [&str; 15] = [
        "$ref",
        "additionalProperties",
        "enum",
        "items",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "properties",
        "required",
        "type",
        "uniqueItems",
        "x-expected",
    ];
    const NOTES: [&str; 7] = ["$defs", "$schema", "default", "description", "enumDescriptions", "title", "x-variables"];
    /// Said for editors, where the type judges by itself.
    const OF_FORMS: [&str; 3] = ["exclusiveMaximum", "format", "pattern"];

    fn words(rule: &Value) {
        let Some(rule) = rule.as_object() else { return };
        for (word, says) in rule {
            let known = WORDS.contains(&word.as_str()) || NOTES.contains(&word.as_str());
            let of_form = OF_FORMS.contains(&word.as_str()) && rule.contains_key("x-expected");
            assert!(known || of_form, "{word} is not checked");
            match word.as_str() {
                "properties" | "$defs" => says.as_object().unwrap().values().for_each(words),
                "items" | "additionalProperties" => words(says),
                _ => {}
            }
        }
    }

    #[test]
    fn the_schema_uses_no_word_that_is_not_checked() {
        words(schema::schema());
    }

    fn paths(value: &Value, path: &str, all: &mut Vec<String>) {
        all.push(path.to_owned());
        match value {
            Value::Array(entries) => {
                entries.iter().enumerate().for_each(|(at, it)| paths(it, &format!("{path}/{at}"), all));
            }
            Value::Object(members) => {
                members.iter().for_each(|(key, it)| paths(it, &format!("{path}/{}", key.replace('/', "~1")), all));
            }
            _ => {}
        }
    }

    /// Every value of the example becomes each of these, one at a time.
    #[test]
    fn a_validator_of_all_of_json_schema_finds_the_same() {
        let validator = jsonschema::options().should_validate_formats(true).build(schema::schema()).unwrap();
        let text = reference::EXAMPLE;
        let root = yaml::read(text).unwrap().root.unwrap();
        let env = |_: &str| Some("set".to_owned());
        let example = super::super::value::convert(&root, &crate::variables::Surroundings::open(&env)).value;
        let others = [
            json!(null),
            json!(true),
            json!(-1),
            json!(0),
            json!(1),
            json!(99_999_999),
            json!(0.25),
            json!(""),
            json!("words"),
            json!("5s"),
            json!("0.5"),
            json!("2026-01-31"),
            json!("2026-02-31"),
            json!([]),
            json!(["text", "text"]),
            json!([{}]),
            json!({}),
            json!({"env": "A"}),
            json!({"env": "A", "file": "B"}),
        ];
        let mut all = Vec::new();
        paths(&example, "", &mut all);
        assert!(all.len() > 50, "{}", all.len());
        for path in all {
            for other in &others {
                let mut value = example.clone();
                *value.pointer_mut(&path).unwrap() = other.clone();
                let (ours, theirs) = (breaches(&value, usize::MAX).0, validator.iter_errors(&value).count());
                assert_eq!(ours.is_empty(), theirs == 0, "{other} at {path}");
            }
        }
    }
}
