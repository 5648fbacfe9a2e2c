//! OpenAI Responses: what SDKs, the AI SDK and Codex need to read an answer.

mod item;
mod progress;
mod response;
mod stream;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use stream::ResponsesStreamValidator;

/// Checks a whole answer.
pub fn validate_answer(body: &[u8]) -> Vec<String> {
    let mut faults = Faults::default();
    match serde_json::from_slice::<Value>(body) {
        Ok(body) => {
            response::check(&body, &mut faults);
            if !matches!(text(&body, "status"), "completed" | "incomplete" | "failed") {
                faults.add("`status` is not that of a response that is over");
            }
            for (index, output) in list(&body, "output").iter().enumerate() {
                faults.within(format!("output[{index}]"), |faults| item::check_ended(output, faults));
            }
        }
        Err(_) => faults.add("it is not JSON"),
    }
    faults.list
}

/// What is wrong, each with where it is.
#[derive(Default)]
struct Faults {
    list: Vec<String>,
    place: String,
}

impl Faults {
    fn add(&mut self, what: impl AsRef<str>) {
        let what = what.as_ref();
        self.list.push(if self.place.is_empty() { what.to_owned() } else { format!("{}: {what}", self.place) });
    }

    fn unless(&mut self, holds: bool, what: impl AsRef<str>) {
        if !holds {
            self.add(what);
        }
    }

    fn within(&mut self, place: String, check: impl FnOnce(&mut Self)) {
        let outer = self.place.clone();
        self.place = if outer.is_empty() { place } else { format!("{outer}: {place}") };
        check(self);
        self.place = outer;
    }
}

/// A field's text; empty if it is something else.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A field's elements; none if it is something else.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
