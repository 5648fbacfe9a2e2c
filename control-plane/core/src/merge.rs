//! Two changes of one document, brought together field by field. What both changed, each to something else, is a conflict.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::diff::{Change, is_weighted, list_name};
use crate::path::at_key;
use crate::schema;

/// A field that two changes of one document make different.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conflict {
    /// Where, as differences name it: `groups.fast.targets[openai/mini].weight`.
    pub path: String,
    /// What both started from; `None`: it was not there.
    pub base: Option<Value>,
    /// What one makes of it; `None`: it is gone.
    pub yours: Option<Value>,
    /// What the other makes of it; `None`: it is gone.
    pub theirs: Option<Value>,
}

/// What comes of two changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Both changes; in a conflict theirs, unless yours is to be kept.
    pub document: Value,
    /// The fields that both changed.
    pub conflicts: Vec<Conflict>,
}

/// Why an edit is not brought together with what others have changed since.
#[derive(Clone, Debug)]
pub struct EditConflict {
    /// The version that the editor had in hand.
    pub based_on: u64,
    /// The one in force.
    pub current: u64,
    /// What the editor changes.
    pub yours: Vec<Change>,
    /// What others have changed since.
    pub theirs: Vec<Change>,
    /// The fields that both change.
    pub both: Vec<Conflict>,
    /// The resource that was edited, if it was one.
    pub resource: Option<TwoVersions>,
}

/// A resource as it was and as it is.
#[derive(Clone, Debug)]
pub struct TwoVersions {
    /// Its name.
    pub name: String,
    /// As the editor had it in hand; `None`: it was not there.
    pub base: Option<Value>,
    /// As it is now; `None`: it is not there any more.
    pub current: Option<Value>,
}

/// Brings two changes of a document together. All three are in their canonical form. `keep`: the paths of conflicts in which yours
/// is kept.
pub fn merge(base: &Value, yours: &Value, theirs: &Value, keep: &BTreeSet<String>) -> Merged {
    let mut merge = Merge { conflicts: Vec::new(), keep };
    let sides = Sides { base: Some(base), yours: Some(yours), theirs: Some(theirs) };
    let document = merge.value(sides, schema::schema(), "", true).unwrap_or(Value::Null);
    Merged { document, conflicts: merge.conflicts }
}

#[derive(Clone, Copy)]
struct Sides<'a> {
    base: Option<&'a Value>,
    yours: Option<&'a Value>,
    theirs: Option<&'a Value>,
}

struct Merge<'a> {
    conflicts: Vec<Conflict>,
    keep: &'a BTreeSet<String>,
}

impl Merge<'_> {
    /// `rule` is what the schema says about the value; `ordered`: whether the order of targets in it has a meaning.
    fn value(&mut self, sides: Sides<'_>, rule: &Value, path: &str, ordered: bool) -> Option<Value> {
        let Sides { base, yours, theirs } = sides;
        if yours == base || yours == theirs {
            return theirs.cloned();
        }
        if theirs == base {
            return yours.cloned();
        }
        match (base, yours, theirs) {
            (Some(Value::Object(base)), Some(Value::Object(yours)), Some(Value::Object(theirs))) => {
                Some(Value::Object(self.members(base, yours, theirs, rule, path)))
            }
            // A mapping of which nothing must be said is there, though empty.
            (None, Some(Value::Object(yours)), Some(Value::Object(theirs))) if rule.get("required").is_none() => {
                Some(Value::Object(self.members(&Map::new(), yours, theirs, rule, path)))
            }
            (_, Some(Value::Array(yours)), Some(Value::Array(theirs))) if base.is_none_or(Value::is_array) => {
                let base = base.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                Some(Value::Array(self.entries([base, yours, theirs], rule, path, ordered)))
            }
            _ => {
                self.conflict(path, sides);
                if self.keep.contains(path) { yours.cloned() } else { theirs.cloned() }
            }
        }
    }

    fn members(
        &mut self,
        base: &Map<String, Value>,
        yours: &Map<String, Value>,
        theirs: &Map<String, Value>,
        rule: &Value,
        path: &str,
    ) -> Map<String, Value> {
        let ordered = !(is_weighted(yours) && is_weighted(theirs));
        let mut merged = Map::new();
        for key in theirs.keys().chain(yours.keys().filter(|it| !theirs.contains_key(*it))) {
            let sides = Sides { base: base.get(key), yours: yours.get(key), theirs: theirs.get(key) };
            let inner = schema::step(rule, Some(key));
            if let Some(value) = self.value(sides, inner, &at_key(path, key), ordered) {
                merged.insert(key.clone(), value);
            }
        }
        merged
    }

    /// Entries that have a name by it, others as a set. `sides`: base, yours, theirs.
    fn entries(&mut self, sides: [&[Value]; 3], rule: &Value, path: &str, ordered: bool) -> Vec<Value> {
        let inner = schema::step(rule, None);
        let [base, yours, theirs] = sides;
        let Some(name) = list_name(inner) else {
            let kept = theirs.iter().filter(|it| yours.contains(it) || !base.contains(it));
            let added = yours.iter().filter(|it| !base.contains(it) && !theirs.contains(it));
            return kept.chain(added).cloned().collect();
        };
        let label = |entry: &Value| entry[name].as_str().unwrap_or("always").to_owned();
        let places = sides.map(|side| side.iter().map(|it| (label(it), it)).collect::<HashMap<String, &Value>>());
        let order = self.order(sides.map(|side| side.iter().map(label).collect()), path, ordered);
        let mut merged = Vec::new();
        for label in order {
            let [base, yours, theirs] = places.each_ref().map(|it| it.get(&label).copied());
            let path = format!("{path}[{label}]");
            merged.extend(self.value(Sides { base, yours, theirs }, inner, &path, ordered));
        }
        merged
    }

    /// The names of all entries: in your order where only you changed it, else in theirs.
    fn order(&mut self, [base, yours, theirs]: [Vec<String>; 3], path: &str, ordered: bool) -> Vec<String> {
        let among = |names: &[String], others: &[String]| -> Vec<String> {
            names.iter().filter(|it| others.contains(it)).cloned().collect()
        };
        let moved = |side: &[String]| among(side, &base) != among(&base, side);
        let has_order = ordered && (path.ends_with(".targets") || path.ends_with(".baselines"));
        let name = format!("{path} (order)");
        let by_you = moved(&yours) && (!moved(&theirs) || self.keep.contains(&name));
        let (first, second) = if by_you { (&yours, &theirs) } else { (&theirs, &yours) };
        if has_order && moved(&yours) && moved(&theirs) && among(&yours, &theirs) != among(&theirs, &yours) {
            let [base, yours, theirs] = [&base, &yours, &theirs].map(|it| Value::from(it.clone()));
            let sides = Sides { base: Some(&base), yours: Some(&yours), theirs: Some(&theirs) };
            self.conflict(&name, sides);
        }
        let mut order = first.clone();
        // What the other side added stands behind what it stood behind there.
        for (at, name) in second.iter().enumerate().filter(|(_, it)| !first.contains(it)) {
            let before = second[..at].iter().rev().find_map(|it| order.iter().position(|there| there == it));
            order.insert(before.map_or(0, |it| it + 1), name.clone());
        }
        order
    }

    fn conflict(&mut self, path: &str, Sides { base, yours, theirs }: Sides<'_>) {
        let conflict =
            Conflict { path: path.to_owned(), base: base.cloned(), yours: yours.cloned(), theirs: theirs.cloned() };
        self.conflicts.push(conflict);
    }
}

#[cfg(test)]
mod tests;
