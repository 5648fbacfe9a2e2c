use std::collections::HashMap;

use serde_json::{Map, Value};

use super::replaced::Replaced;
use crate::path::{at_index, at_key};
use crate::problem::MAX_PROBLEMS;
use crate::variables::Surroundings;
use crate::yaml::{Mark, YamlKind, YamlNode, resolve};
use crate::{Problem, Severity, schema};

/// How many bytes all paths of a document have together.
const MAX_PATHS: usize = 64 * 1024 * 1024;

/// How far up a place is looked for; a key may have dots of its own.
const MAX_STEPS: usize = 16;

/// Where every path of a document stands in its text.
#[derive(Default)]
pub(super) struct Positions(HashMap<String, Location>);

#[derive(Clone, Copy)]
struct Location {
    key: Option<Mark>,
    value: Mark,
    scalar: bool,
}

impl Positions {
    /// A problem with what stands at a path: shown at a scalar itself, or at the key of anything larger.
    pub fn problem(&self, severity: Severity, path: &str, message: String) -> Problem {
        let at = |it: &Location| if it.scalar { it.value } else { it.key.unwrap_or(it.value) };
        self.at(severity, path, message, at)
    }

    /// A problem with the key at a path.
    pub fn problem_of_key(&self, path: &str, message: String) -> Problem {
        self.at(Severity::Error, path, message, |it| it.key.unwrap_or(it.value))
    }

    fn at(&self, severity: Severity, path: &str, message: String, mark: impl Fn(&Location) -> Mark) -> Problem {
        // What was left out has no place of its own; what it was left out of has.
        let mut place = path;
        for _ in 0..MAX_STEPS {
            if self.0.contains_key(place) || place.is_empty() {
                break;
            }
            place = &place[..place.rfind(['.', '[']).unwrap_or(0)];
        }
        let Mark { line, column } = self.0.get(place).map_or(Mark { line: 1, column: 1 }, mark);
        Problem { severity, line, column, path: path.to_owned(), message }
    }
}

/// A YAML node as JSON, with its variables replaced.
pub(super) struct Converted {
    pub value: Value,
    /// Where everything stands.
    pub positions: Positions,
    /// The texts in which variables were replaced.
    pub replaced: Vec<Replaced>,
    /// The variables that could not be replaced.
    pub problems: Vec<Problem>,
}

/// Reads a node and replaces its variables.
pub(super) fn convert(root: &YamlNode, surroundings: &Surroundings<'_>) -> Converted {
    let mut conversion = Conversion {
        surroundings,
        positions: Positions::default(),
        paths: 0,
        replaced: Vec::new(),
        problems: Vec::new(),
    };
    let value = conversion.node(root, None, "", schema::schema());
    let Conversion { positions, replaced, problems, .. } = conversion;
    Converted { value, positions, replaced, problems }
}

struct Conversion<'a> {
    surroundings: &'a Surroundings<'a>,
    positions: Positions,
    /// The bytes of all paths.
    paths: usize,
    replaced: Vec<Replaced>,
    problems: Vec<Problem>,
}

impl Conversion<'_> {
    fn node(&mut self, node: &YamlNode, key: Option<Mark>, path: &str, rule: &Value) -> Value {
        let scalar = matches!(node.kind, YamlKind::Scalar { .. });
        let before = self.paths;
        self.paths = before.saturating_add(path.len());
        if self.paths > MAX_PATHS {
            if before <= MAX_PATHS {
                self.problems.push(self.positions.problem(
                    Severity::Error,
                    path,
                    "the file is too large from here on".into(),
                ));
            }
            return Value::Null;
        }
        self.positions.0.insert(path.to_owned(), Location { key, value: node.at, scalar });
        match &node.kind {
            YamlKind::Scalar { text, plain } => self.scalar(text, *plain, path, rule),
            YamlKind::Sequence(items) => {
                let rule = schema::step(rule, None);
                items.iter().enumerate().map(|(at, item)| self.node(item, None, &at_index(path, at), rule)).collect()
            }
            YamlKind::Mapping(entries) => {
                let mut object = Map::new();
                for (key, value) in entries {
                    let rule = schema::step(rule, Some(&key.text));
                    let value = self.node(value, Some(key.at), &at_key(path, &key.text), rule);
                    object.insert(key.text.clone(), value);
                }
                Value::Object(object)
            }
        }
    }

    fn scalar(&mut self, text: &str, plain: bool, path: &str, rule: &Value) -> Value {
        let value = if plain { resolve(text) } else { Value::String(text.to_owned()) };
        let Value::String(text) = value else { return value };
        let kept = schema::keeps_variables(rule);
        let replaced = if kept { self.surroundings.template(&text) } else { self.surroundings.text(&text) };
        match replaced {
            Ok(_) if kept => Value::String(text),
            Ok(value) => {
                if value != text && text.replace("$$", "").contains("${") {
                    self.replaced.push(Replaced { path: path.to_owned(), written: text, value: value.clone() });
                }
                Value::String(value)
            }
            Err(_) if self.problems.len() > MAX_PROBLEMS => Value::String(text),
            Err(message) => {
                self.problems.push(self.positions.problem(Severity::Error, path, message));
                Value::String(text)
            }
        }
    }
}
