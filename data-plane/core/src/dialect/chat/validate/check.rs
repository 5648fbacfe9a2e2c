use std::borrow::Cow;

use crate::json::{Fields, Kind, Raw};

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
    pub fn text(&mut self, fields: &mut Fields<'_>, name: &str) -> Option<String> {
        let text = fields.take_string(name).filter(|it| !it.is_empty());
        if text.is_none() {
            self.fail(&format!("`{name}` is not a text, or is empty"));
        }
        text.map(Cow::into_owned)
    }

    /// A text that may be absent.
    pub fn optional_text(&mut self, fields: &mut Fields<'_>, name: &str) -> Option<String> {
        let raw = fields.take(name)?;
        if raw.kind() != Kind::String {
            self.fail(&format!("`{name}` is not a text"));
        }
        raw.string().map(Cow::into_owned)
    }

    /// A text that has to be one of these.
    pub fn word(&mut self, fields: &mut Fields<'_>, name: &str, words: &[&str]) {
        if !fields.take_string(name).is_some_and(|it| words.contains(&&*it)) {
            self.fail(&format!("`{name}` is not one of {words:?}"));
        }
    }

    /// A whole number that has to be there.
    pub fn count(&mut self, fields: &mut Fields<'_>, name: &str) -> Option<u64> {
        let count = fields.take_count(name);
        if count.is_none() {
            self.fail(&format!("`{name}` is not a whole number"));
        }
        count
    }

    /// A `finish_reason`, if there is one.
    pub fn finish_reason(&mut self, choice: &mut Fields<'_>) -> Option<String> {
        let reason = self.optional_text(choice, "finish_reason")?;
        if !FINISH_REASONS.contains(&&*reason) {
            self.fail("`finish_reason` is a word that clients do not know");
        }
        Some(reason)
    }
}

/// Checks an error object.
pub fn error(error: &Raw<'_>, check: &mut Check<'_>) {
    let Some(mut error) = error.fields() else { return check.fail("`error` is not an object") };
    check.text(&mut error, "message");
    check.optional_text(&mut error, "type");
    // A number there breaks clients that compare it with words.
    check.optional_text(&mut error, "code");
}

/// Checks a `usage`.
pub fn usage(usage: &Raw<'_>, check: &mut Check<'_>) {
    let Some(mut usage) = usage.fields() else { return check.fail("`usage` is not an object") };
    for name in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        check.count(&mut usage, name);
    }
    for name in ["prompt_tokens_details", "completion_tokens_details"] {
        if usage.take(name).is_some_and(|it| it.kind() != Kind::Object) {
            check.fail(&format!("`{name}` is not an object"));
        }
    }
}

/// Checks a choice's `logprobs`.
pub fn logprobs(logprobs: &Raw<'_>, check: &mut Check<'_>) {
    let content = logprobs.fields().map(|mut it| it.take("content"));
    match content {
        None => check.fail("`logprobs` is not an object"),
        Some(Some(content)) if content.kind() != Kind::Array => check.fail("`logprobs.content` is not a list"),
        Some(_) => {}
    }
}

/// Checks what messages and deltas have in common.
pub fn words(message: &mut Fields<'_>, check: &mut Check<'_>) {
    for name in ["content", "refusal", "reasoning_content", "reasoning"] {
        check.optional_text(message, name);
    }
    for annotation in message.take_elements("annotations") {
        let citation = annotation.fields().and_then(|mut it| it.take_fields("url_citation"));
        let Some(mut citation) = citation else {
            check.fail("an annotation is not a `url_citation`");
            continue;
        };
        check.text(&mut citation, "url");
        check.optional_text(&mut citation, "title");
        check.count(&mut citation, "start_index");
        check.count(&mut citation, "end_index");
    }
    for image in message.take_elements("images") {
        let url = image.fields().and_then(|mut it| it.take_fields("image_url"));
        match url {
            Some(mut url) => drop(check.text(&mut url, "url")),
            None => check.fail("an image has no `image_url`"),
        }
    }
    if message.take("reasoning_details").is_some_and(|it| it.kind() != Kind::Array) {
        check.fail("`reasoning_details` is not a list");
    }
}
