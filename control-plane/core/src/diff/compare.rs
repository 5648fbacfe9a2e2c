use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::{Change, ChangeKind};
use crate::path::at_key;
use crate::schema;

/// The differences of two documents in their canonical form, which leaves defaults out: the schema tells them.
pub(super) fn compare(before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    changes.values(before, after, schema::schema(), "", true);
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    /// Compares what is there on both sides. `rule` is what the schema says about it.
    fn values(&mut self, before: &Value, after: &Value, rule: &Value, path: &str, ordered: bool) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.members(before, after, rule, path),
            (Value::Array(before), Value::Array(after)) => self.entries(before, after, rule, path, ordered),
            (before, after) if before != after => {
                self.push(path, ChangeKind::Changed, Some(before), Some(after));
            }
            _ => {}
        }
    }

    fn members(&mut self, before: &Map<String, Value>, after: &Map<String, Value>, rule: &Value, path: &str) {
        let ordered = !(is_weighted(before) && is_weighted(after));
        for key in before.keys().chain(after.keys().filter(|it| !before.contains_key(*it))) {
            let path = at_key(path, key);
            let inner = schema::step(rule, Some(key));
            let absent = absent(rule, key);
            match (before.get(key).or(absent.as_ref()), after.get(key).or(absent.as_ref())) {
                (Some(before), Some(after)) => self.values(before, after, inner, &path, ordered),
                (before, after) => self.one_sided(&path, before, after),
            }
        }
    }

    /// Compares lists: entries that have a name by it, others as a set.
    fn entries<'a>(&mut self, before: &'a [Value], after: &'a [Value], rule: &Value, path: &str, ordered: bool) {
        let inner = schema::step(rule, None);
        let Some(name) = list_name(inner) else {
            let (had, has): (HashSet<&Value>, HashSet<&Value>) = (before.iter().collect(), after.iter().collect());
            before.iter().filter(|it| !has.contains(it)).for_each(|it| self.one_sided(path, Some(it), None));
            after.iter().filter(|it| !had.contains(it)).for_each(|it| self.one_sided(path, None, Some(it)));
            return;
        };
        let label = |entry: &'a Value| entry[name].as_str().unwrap_or("always");
        let places = |entries: &'a [Value]| -> HashMap<&str, usize> {
            // Of two with one name, the first one counts.
            entries.iter().enumerate().rev().map(|(at, it)| (label(it), at)).collect()
        };
        let (had, has) = (places(before), places(after));
        for entry in before {
            let path = format!("{path}[{}]", label(entry));
            match has.get(label(entry)) {
                Some(at) => self.values(entry, &after[*at], inner, &path, ordered),
                None => self.one_sided(&path, Some(entry), None),
            }
        }
        for entry in after.iter().filter(|it| !had.contains_key(label(it))) {
            self.one_sided(&format!("{path}[{}]", label(entry)), None, Some(entry));
        }
        let has_order = ordered && (path.ends_with(".targets") || path.ends_with(".baselines"));
        let common = |entries: &'a [Value], others: &HashMap<&str, usize>| -> Vec<&str> {
            entries.iter().map(label).filter(|it| others.contains_key(it)).collect()
        };
        if has_order && common(before, &has) != common(after, &had) {
            let names = |entries: &'a [Value]| Value::from(entries.iter().map(label).collect::<Vec<_>>());
            let path = format!("{path} (order)");
            self.push(&path, ChangeKind::Changed, Some(&names(before)), Some(&names(after)));
        }
    }

    fn one_sided(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        let kind = if before.is_none() { ChangeKind::Added } else { ChangeKind::Removed };
        self.push(path, kind, before, after);
    }

    fn push(&mut self, path: &str, kind: ChangeKind, before: Option<&Value>, after: Option<&Value>) {
        self.0.push(Change { path: path.to_owned(), kind, before: before.cloned(), after: after.cloned() });
    }
}

/// What a member that was left out means: its default; nothing, for a list or for a mapping of which nothing must be
/// said. `None`: that it is not there.
fn absent(rule: &Value, key: &str) -> Option<Value> {
    let member = rule["properties"].get(key)?;
    if let Some(default) = member.get("default") {
        return Some(default.clone());
    }
    let inner = schema::follow(member);
    match inner["type"].as_str() {
        Some("array") => Some(Value::Array(Vec::new())),
        Some("object") if inner.get("required").is_none() && inner.get("minProperties").is_none() => {
            Some(Value::Object(Map::new()))
        }
        _ => None,
    }
}

/// The member that tells the entries of a list apart; `None`: they are a set.
pub(crate) fn list_name(entry: &Value) -> Option<&'static str> {
    ["id", "model", "from"].into_iter().find(|it| entry["properties"].get(it).is_some())
}

/// Whether these are the members of a group of which chance, not order, decides.
pub(crate) fn is_weighted(members: &Map<String, Value>) -> bool {
    members.get("policy").is_some_and(|it| it["kind"] == "weighted")
}
