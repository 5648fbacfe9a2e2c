use serde_json::Value;

/// Notes what is wrong, and where.
pub struct Check<'v> {
    place: String,
    violations: &'v mut Vec<String>,
}

const FINISH_REASONS: [&str; 5] = ["stop", "length", "tool_calls", "content_filter", "function_call"];

impl<'v> Check<'v> {
    /// A check of the thing of that name.
    pub fn new(place: String, violations: &'v mut Vec<String>) -> Self {
        Self { place, violations }
    }

    /// Something is wrong.
    pub fn fail(&mut self, what: &str) {
        self.violations.push(format!("{}: {what}", self.place));
    }

    /// A text that has to be there, and not be empty.
    pub fn text<'a>(&mut self, of: &'a Value, name: &str) -> Option<&'a str> {
        let text = of[name].as_str().filter(|it| !it.is_empty());
        if text.is_none() {
            self.fail(&format!("`{name}` is not a text, or is empty"));
        }
        text
    }

    /// A text that may be absent.
    pub fn optional_text<'a>(&mut self, of: &'a Value, name: &str) -> Option<&'a str> {
        let text = get(of, name)?.as_str();
        if text.is_none() {
            self.fail(&format!("`{name}` is not a text"));
        }
        text
    }

    /// A text that has to be one of these.
    pub fn word(&mut self, of: &Value, name: &str, words: &[&str]) {
        if !of[name].as_str().is_some_and(|it| words.contains(&it)) {
            self.fail(&format!("`{name}` is not one of {words:?}"));
        }
    }

    /// A whole number that has to be there.
    pub fn count(&mut self, of: &Value, name: &str) -> Option<u64> {
        let count = of[name].as_u64();
        if count.is_none() {
            self.fail(&format!("`{name}` is not a whole number"));
        }
        count
    }

    /// A `finish_reason`, if there is one.
    pub fn finish_reason<'a>(&mut self, choice: &'a Value) -> Option<&'a str> {
        let reason = self.optional_text(choice, "finish_reason")?;
        if !FINISH_REASONS.contains(&reason) {
            self.fail("`finish_reason` is a word that clients do not know");
        }
        Some(reason)
    }
}

/// A JSON object; the error says what it is instead.
pub fn document(text: &[u8]) -> Result<Value, &'static str> {
    match serde_json::from_slice(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err("it must be an object"),
        Err(_) => Err("it is not JSON"),
    }
}

/// A field; `null` counts as absent.
pub fn get<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    of.get(name).filter(|it| !it.is_null())
}

/// A field's elements; none if it is something else.
pub fn elements<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Checks an error object.
pub fn error(error: &Value, check: &mut Check<'_>) {
    if !error.is_object() {
        return check.fail("`error` is not an object");
    }
    check.text(error, "message");
    check.optional_text(error, "type");
    // A number there breaks clients that compare it with words.
    check.optional_text(error, "code");
}

/// Checks a `usage`.
pub fn usage(usage: &Value, check: &mut Check<'_>) {
    if !usage.is_object() {
        return check.fail("`usage` is not an object");
    }
    for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        check.count(usage, name);
    }
    for name in ["prompt_tokens_details", "completion_tokens_details"] {
        if get(usage, name).is_some_and(|it| !it.is_object()) {
            check.fail(&format!("`{name}` is not an object"));
        }
    }
}

/// Checks a choice's `logprobs`.
pub fn logprobs(logprobs: &Value, check: &mut Check<'_>) {
    if !logprobs.is_object() {
        return check.fail("`logprobs` is not an object");
    }
    if get(logprobs, "content").is_some_and(|it| !it.is_array()) {
        check.fail("`logprobs.content` is not a list");
    }
}

/// Checks what messages and deltas have in common.
pub fn words(message: &Value, check: &mut Check<'_>) {
    for name in ["content", "refusal", "reasoning_content", "reasoning"] {
        check.optional_text(message, name);
    }
    for annotation in elements(message, "annotations") {
        let citation = &annotation["url_citation"];
        if !citation.is_object() {
            check.fail("an annotation is not a `url_citation`");
            continue;
        }
        check.text(citation, "url");
        check.optional_text(citation, "title");
        check.count(citation, "start_index");
        check.count(citation, "end_index");
    }
    for image in elements(message, "images") {
        if image["image_url"].is_object() {
            check.text(&image["image_url"], "url");
        } else {
            check.fail("an image has no `image_url`");
        }
    }
    if get(message, "reasoning_details").is_some_and(|it| !it.is_array()) {
        check.fail("`reasoning_details` is not a list");
    }
}
