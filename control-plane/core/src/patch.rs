//! JSON Patch (RFC 6902) over a document: what an editor changed, and nothing else. The order of members stays as it is.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How many operations one patch has at most.
const MAX_OPERATIONS: usize = 1000;
/// How many values a patch may copy in all: copies of copies would grow without a bound.
const MAX_COPIED: usize = 200_000;

/// One operation. A place is a JSON Pointer (RFC 6901) into the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// Sets a member, or puts an entry into a list (`/-`: at its end).
    Add {
        /// Where.
        path: String,
        /// What.
        value: Value,
    },
    /// Removes what is there.
    Remove {
        /// Where.
        path: String,
    },
    /// Sets what is there already.
    Replace {
        /// Where.
        path: String,
        /// To what.
        value: Value,
    },
    /// Removes what is there and adds it elsewhere.
    Move {
        /// From where.
        from: String,
        /// To where.
        path: String,
    },
    /// Adds what is there elsewhere, too.
    Copy {
        /// From where.
        from: String,
        /// To where.
        path: String,
    },
    /// Goes on only when this is there.
    Test {
        /// Where.
        path: String,
        /// What.
        value: Value,
    },
}

/// Misfit a patch cannot be applied to a document. Nothing of it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("operation {at} of the patch: `{pointer}`: {why}")]
pub struct PatchError {
    /// Which operation, counted from 0.
    pub at: usize,
    /// The place that it names.
    pub pointer: String,
    /// What is wrong with it.
    pub why: &'static str,
}

type Misfit = (String, &'static str);

/// The document with all operations applied, one after another.
pub fn apply(document: &Value, operations: &[Operation]) -> Result<Value, PatchError> {
    if operations.len() > MAX_OPERATIONS {
        let why = "a patch has at most a thousand operations";
        return Err(PatchError { at: MAX_OPERATIONS, pointer: String::new(), why });
    }
    let (mut changed, mut copied) = (document.clone(), 0);
    for (at, operation) in operations.iter().enumerate() {
        one(&mut changed, operation, &mut copied).map_err(|(pointer, why)| PatchError { at, pointer, why })?;
    }
    Ok(changed)
}

fn one(document: &mut Value, operation: &Operation, copied: &mut usize) -> Result<(), Misfit> {
    match operation {
        Operation::Add { path, value } => add(document, path, value.clone()),
        Operation::Remove { path } => remove(document, path).map(drop),
        Operation::Replace { path, value } => {
            *at_mut(document, path)? = value.clone();
            Ok(())
        }
        Operation::Move { from, path } => {
            if path.strip_prefix(from.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                return Err((path.clone(), "nothing can be moved into itself"));
            }
            let value = remove(document, from)?;
            add(document, path, value)
        }
        Operation::Copy { from, path } => {
            let value = at(document, from)?.clone();
            *copied += size(&value);
            if *copied > MAX_COPIED {
                return Err((from.clone(), "the patch copies too much"));
            }
            add(document, path, value)
        }
        Operation::Test { path, value } => {
            if at(document, path)? == value {
                Ok(())
            } else {
                Err((path.clone(), "it is not what the patch expects"))
            }
        }
    }
}

const NOTHING: &str = "there is nothing";

fn at<'a>(document: &'a Value, path: &str) -> Result<&'a Value, Misfit> {
    well_formed(path)?;
    document.pointer(path).ok_or_else(|| (path.to_owned(), NOTHING))
}

fn at_mut<'a>(document: &'a mut Value, path: &str) -> Result<&'a mut Value, Misfit> {
    well_formed(path)?;
    document.pointer_mut(path).ok_or_else(|| (path.to_owned(), NOTHING))
}

fn well_formed(path: &str) -> Result<(), Misfit> {
    if path.is_empty() || path.starts_with('/') {
        return Ok(());
    }
    Err((path.to_owned(), "a JSON Pointer begins with `/`"))
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), Misfit> {
    let why = |why| (path.to_owned(), why);
    let Some((parent, last)) = split(path)? else {
        *document = value;
        return Ok(());
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(last, value);
        }
        Some(Value::Array(entries)) => {
            let at = if last == "-" { Some(entries.len()) } else { index(&last) };
            let at = at.filter(|it| *it <= entries.len());
            entries.insert(at.ok_or_else(|| why("the list has no such place"))?, value);
        }
        Some(_) => return Err(why("what it is in is neither a mapping nor a list")),
        None => return Err(why("what it would be in is not there")),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Result<Value, Misfit> {
    let nothing = || (path.to_owned(), NOTHING);
    let Some((parent, last)) = split(path)? else {
        return Err((path.to_owned(), "the whole document cannot be removed"));
    };
    match document.pointer_mut(parent).ok_or_else(nothing)? {
        // The others keep their order.
        Value::Object(members) => members.shift_remove(&last).ok_or_else(nothing),
        Value::Array(entries) => {
            let at = index(&last).filter(|it| *it < entries.len()).ok_or_else(nothing)?;
            Ok(entries.remove(at))
        }
        _ => Err(nothing()),
    }
}

/// The pointer to what something is in, and its name there; `None`: the whole document.
fn split(path: &str) -> Result<Option<(&str, String)>, Misfit> {
    well_formed(path)?;
    Ok(path.rsplit_once('/').map(|(parent, last)| (parent, last.replace("~1", "/").replace("~0", "~"))))
}

/// The number of an entry: no sign, no zero in front.
fn index(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|it| it.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(entries) => entries.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(document: &Value, patch: &Value) -> Result<Value, PatchError> {
        apply(document, &serde_json::from_value::<Vec<Operation>>(patch.clone()).unwrap())
    }

    /// The examples of RFC 6902, appendix A.
    #[test]
    fn the_examples_of_the_standard_hold() {
        for (document, patch, expected) in [
            (
                json!({"foo": "bar"}),
                json!([{"op": "add", "path": "/baz", "value": "qux"}]),
                json!({"foo": "bar", "baz": "qux"}),
            ),
            (
                json!({"foo": ["bar", "baz"]}),
                json!([{"op": "add", "path": "/foo/1", "value": "qux"}]),
                json!({"foo": ["bar", "qux", "baz"]}),
            ),
            (json!({"baz": "qux", "foo": "bar"}), json!([{"op": "remove", "path": "/baz"}]), json!({"foo": "bar"})),
            (
                json!({"foo": ["bar", "qux", "baz"]}),
                json!([{"op": "remove", "path": "/foo/1"}]),
                json!({"foo": ["bar", "baz"]}),
            ),
            (json!({"baz": "qux"}), json!([{"op": "replace", "path": "/baz", "value": "boo"}]), json!({"baz": "boo"})),
            (
                json!({"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}),
                json!([{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}]),
                json!({"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}),
            ),
            (
                json!({"foo": ["all", "grass", "cows", "eat"]}),
                json!([{"op": "move", "from": "/foo/1", "path": "/foo/3"}]),
                json!({"foo": ["all", "cows", "eat", "grass"]}),
            ),
            (
                json!({"baz": "qux", "foo": ["a", 2, "c"]}),
                json!([{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}]),
                json!({"baz": "qux", "foo": ["a", 2, "c"]}),
            ),
            (
                json!({"foo": "bar"}),
                json!([{"op": "add", "path": "/child", "value": {"g": {}}, "xyz": 1}]),
                json!({"foo": "bar", "child": {"g": {}}}),
            ),
            (
                json!({"/": 9, "~1": 10}),
                json!([{"op": "test", "path": "/~01", "value": 10}]),
                json!({"/": 9, "~1": 10}),
            ),
            (
                json!({"foo": ["bar"]}),
                json!([{"op": "add", "path": "/foo/-", "value": ["abc"]}]),
                json!({"foo": ["bar", ["abc"]]}),
            ),
            (json!({"a": 1}), json!([{"op": "copy", "from": "/a", "path": "/b"}]), json!({"a": 1, "b": 1})),
            (json!({"a": 1}), json!([{"op": "replace", "path": "", "value": [1]}]), json!([1])),
        ] {
            assert_eq!(patched(&document, &patch), Ok(expected), "{patch}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_told_with_its_place() {
        let document = json!({"a": {"b": [1, 2]}, "c": 1});
        for (patch, why) in [
            (json!({"op": "remove", "path": "/x"}), NOTHING),
            (json!({"op": "replace", "path": "/a/x", "value": 1}), NOTHING),
            (json!({"op": "add", "path": "/x/y", "value": 1}), "what it would be in is not there"),
            (json!({"op": "add", "path": "/c/y", "value": 1}), "what it is in is neither a mapping nor a list"),
            (json!({"op": "add", "path": "/a/b/3", "value": 1}), "the list has no such place"),
            (json!({"op": "add", "path": "/a/b/01", "value": 1}), "the list has no such place"),
            (json!({"op": "add", "path": "c", "value": 1}), "a JSON Pointer begins with `/`"),
            (json!({"op": "test", "path": "/c", "value": "1"}), "it is not what the patch expects"),
            (json!({"op": "move", "from": "/a", "path": "/a/b/0"}), "nothing can be moved into itself"),
            (json!({"op": "remove", "path": ""}), "the whole document cannot be removed"),
        ] {
            let error = patched(&document, &json!([{"op": "test", "path": "/c", "value": 1}, patch])).unwrap_err();
            assert_eq!((error.at, error.why), (1, why), "{patch}");
        }
    }

    #[test]
    fn members_keep_their_order() {
        let changed = patched(&json!({"a": 1, "b": 2, "c": 3}), &json!([{"op": "remove", "path": "/a"}])).unwrap();
        assert_eq!(changed.to_string(), r#"{"b":2,"c":3}"#);
    }

    #[test]
    fn a_patch_cannot_grow_without_a_bound() {
        let double = |at: usize| json!({"op": "copy", "from": "", "path": format!("/{at}")});
        let error = patched(&json!({"x": [1, 2, 3]}), &(0..64).map(double).collect()).unwrap_err();
        assert_eq!(error.why, "the patch copies too much");
    }
}
