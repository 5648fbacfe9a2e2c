//! Fields of forms as a table: where each stands in a part of the configuration, and how it is filled in. What was typed is kept as it
//! was, also where it cannot be right: the check of the document says so, by the place.

use serde_json::{Map, Value};
use web::form::{Entry, FormField};

use super::Filled;

/// A field, and where it stands.
pub struct Spec {
    /// Its name in the form.
    pub name: &'static str,
    /// What people see.
    pub label: &'static str,
    /// What it means; empty: that is clear.
    pub help: &'static str,
    /// Its place in the part: keys, and numbers in lists.
    pub at: &'static [&'static str],
    /// How it is filled in.
    pub kind: SpecKind,
}

/// How a field is filled in.
pub enum SpecKind {
    /// A line that may be left empty; with an example.
    Line(&'static str),
    /// A line that must not.
    Needed(&'static str),
    /// A whole number, of what.
    Number(&'static str),
    /// Texts, one a line.
    Lines(u8),
    /// One of these: value and words. The first one is meant where nothing is said.
    One(&'static [(&'static str, &'static str)]),
    /// Any of these, and what is meant where nothing is said; `None`: it is always said.
    Any(&'static [&'static str], Option<&'static [&'static str]>),
    /// Yes or no: what yes means, and what is meant where nothing is said.
    Switch(&'static str, bool),
}

impl Spec {
    /// Fills it in with what stands at its place.
    pub fn fill(&self, filled: Filled, of: &Value) -> Filled {
        let value = look(of, self.at);
        match &self.kind {
            SpecKind::Line(_) | SpecKind::Needed(_) | SpecKind::Number(_) => {
                filled.with(self.name, value.map(as_text).unwrap_or_default())
            }
            SpecKind::Lines(_) => filled.with(self.name, texts(value).unwrap_or_default().join("\n")),
            SpecKind::One(options) => {
                let usual = options.first().map_or("", |it| it.0);
                filled.with(self.name, value.map_or_else(|| usual.to_owned(), as_text))
            }
            SpecKind::Any(_, usual) => {
                let usual = || usual.unwrap_or_default().iter().map(|&it| it.to_owned()).collect();
                filled.with_all(self.name, texts(value).unwrap_or_else(usual))
            }
            SpecKind::Switch(_, usual) => {
                let on = value.and_then(Value::as_bool).unwrap_or(*usual);
                if on { filled.with(self.name, "true") } else { filled }
            }
        }
    }

    /// As the form shows it.
    pub fn shown(&self, filled: &Filled) -> FormField {
        let value = filled.one(self.name).to_owned();
        let entry = match &self.kind {
            SpecKind::Line(example) | SpecKind::Needed(example) => Entry::Line { value, example },
            SpecKind::Number(unit) => Entry::Number { value, unit },
            SpecKind::Lines(rows) => Entry::Lines { value, rows: *rows },
            SpecKind::One(options) => {
                Entry::One { options: options.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect(), value }
            }
            SpecKind::Any(all, _) => Entry::Many(filled.choices(self.name, all.iter().copied())),
            SpecKind::Switch(means, _) => Entry::Switch { on: value == "true", means: (*means).to_owned() },
        };
        let field = FormField::new(self.name, self.label, entry).help(self.help);
        if matches!(self.kind, SpecKind::Needed(_)) { field.required() } else { field }
    }

    /// Puts what was filled in into its place.
    pub fn take(&self, filled: &Filled, of: &mut Value) {
        let text = filled.one(self.name);
        let value = match &self.kind {
            SpecKind::Line(_) => some(text),
            SpecKind::Needed(_) => Some(Value::from(text)),
            SpecKind::Number(_) => some(text).map(|it| text.parse::<u64>().map_or(it, Value::from)),
            SpecKind::Lines(_) => {
                let lines: Vec<&str> = text.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
                (!lines.is_empty()).then(|| Value::from(lines))
            }
            SpecKind::One(options) => some(text).filter(|_| options.first().is_none_or(|it| it.0 != text)),
            SpecKind::Any(_, usual) => {
                let chosen: Vec<&str> = filled.many(self.name).collect();
                let is_usual =
                    usual.is_some_and(|it| it.len() == chosen.len() && it.iter().all(|usual| chosen.contains(usual)));
                (!is_usual).then(|| Value::from(chosen))
            }
            SpecKind::Switch(_, usual) => Some(text == "true").filter(|it| it != usual).map(Value::from),
        };
        put(of, self.at, value);
    }
}

/// The field of a place, as a JSON pointer from the part on; empty: none.
pub fn field_at(specs: &[Spec], pointer: &str) -> String {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    let is_at = |it: &&Spec| steps.len() >= it.at.len() && it.at.iter().zip(&steps).all(|(own, step)| own == step);
    specs.iter().find(is_at).map_or_else(String::new, |it| it.name.to_owned())
}

fn some(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::from(text))
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    Some(value?.as_array()?.iter().map(as_text).collect())
}

fn look<'a>(mut of: &'a Value, at: &[&str]) -> Option<&'a Value> {
    for step in at {
        of = match of {
            Value::Array(all) => all.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    Some(of)
}

/// Puts something at a place, with what it is in; `None`: takes it out, and what it was in where that is empty then.
fn put(of: &mut Value, at: &[&str], value: Option<Value>) {
    let Some((step, rest)) = at.split_first() else {
        *of = value.unwrap_or_default();
        return;
    };
    let index = step.parse::<usize>().ok();
    if value.is_none() && look(of, &[*step]).is_none() {
        return;
    }
    match index {
        Some(_) if !of.is_array() => *of = Value::Array(Vec::new()),
        None if !of.is_object() => *of = Value::Object(Map::new()),
        _ => {}
    }
    let inner = match (of, index) {
        (Value::Array(all), Some(at)) => {
            if all.len() <= at {
                all.resize(at + 1, Value::Null);
            }
            &mut all[at]
        }
        (Value::Object(members), _) => members.entry((*step).to_owned()).or_insert(Value::Null),
        _ => return,
    };
    put(inner, rest, value);
}

/// Takes out what is empty: nothing is said there.
pub fn without_empty(of: &mut Value, keys: &[&str]) {
    let Some(members) = of.as_object_mut() else { return };
    for key in keys {
        if let Some(inner) = members.get_mut(*key) {
            match inner {
                Value::Object(inner) => inner.retain(|_, it| !it.is_null()),
                Value::Array(all) => {
                    for it in all.iter_mut().filter_map(Value::as_object_mut) {
                        it.retain(|_, it| !it.is_null());
                    }
                    all.retain(|it| it.as_object().is_none_or(|it| !it.is_empty()) && !it.is_null());
                }
                _ => {}
            }
            let is_empty = match inner {
                Value::Object(inner) => inner.is_empty(),
                Value::Array(all) => all.is_empty(),
                other => other.is_null(),
            };
            if is_empty {
                members.shift_remove(*key);
            }
        }
    }
    members.retain(|_, it| !it.is_null());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SPECS: [Spec; 4] = [
        Spec {
            name: "policy",
            label: "",
            help: "",
            at: &["policy", "kind"],
            kind: SpecKind::One(&[("failover", "in order"), ("weighted", "by weight")]),
        },
        Spec { name: "attempts", label: "", help: "", at: &["fallback", "max_attempts"], kind: SpecKind::Number("") },
        Spec { name: "input", label: "", help: "", at: &["prices", "0", "input"], kind: SpecKind::Line("") },
        Spec {
            name: "on",
            label: "",
            help: "",
            at: &["fallback", "on"],
            kind: SpecKind::Any(&["timeout", "quota"], Some(&["timeout"])),
        },
    ];

    fn taken(filled: &Filled, mut of: Value) -> Value {
        for it in &SPECS {
            it.take(filled, &mut of);
        }
        without_empty(&mut of, &["policy", "fallback", "prices"]);
        of
    }

    #[test]
    fn what_is_filled_in_stands_in_its_place_and_the_rest_stays() {
        let had = json!({"project": "search", "targets": [{"model": "a/b"}]});
        let filled = Filled::default().with("policy", "weighted").with("attempts", "5").with("input", "0.25");
        let has = taken(&filled.with("on", "timeout").with("on", "quota"), had.clone());
        let fallback = json!({"max_attempts": 5, "on": ["timeout", "quota"]});
        assert_eq!((&has["policy"]["kind"], &has["fallback"]), (&json!("weighted"), &fallback));
        assert_eq!((&has["prices"], &has["targets"]), (&json!([{"input": "0.25"}]), &had["targets"]));
        // What is as it is anyway is not said, and leaves nothing behind.
        assert_eq!(taken(&Filled::default().with("policy", "failover").with("on", "timeout"), has), had);
        let again = SPECS.iter().fold(Filled::default(), |filled, it| it.fill(filled, &had));
        assert_eq!((again.one("policy"), again.one("on")), ("failover", "timeout"));
    }

    #[test]
    fn what_cannot_be_right_is_left_to_the_check() {
        let filled = Filled::default().with("attempts", "many").with("on", "timeout");
        assert_eq!(taken(&filled, json!({})), json!({"fallback": {"max_attempts": "many"}}));
        assert_eq!(field_at(&SPECS, "/fallback/max_attempts"), "attempts");
        assert_eq!(field_at(&SPECS, "/prices/0/input"), "input");
        assert_eq!(field_at(&SPECS, "/nothing"), "");
    }
}
