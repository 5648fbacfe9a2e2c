mod conversation;
mod known_tool;
mod media;
mod place;
mod reasoning;
mod system;
mod tool_result;
mod tools;

use std::borrow::Cow;

use crate::dialect::neutral::{Impossible, Request};
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Fields, Kind, Raw};

/// By this word the vendor's clients know that they have to send the whole conversation each time.
const NO_THREAD: &str = "thread_unsupported_request";

/// Reads a caller's request.
pub fn read_request(body: &[u8]) -> Result<Request<'_>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    let mut request = Request::new(Dialect::AnthropicMessages);
    // How an answer travels is not the target's business.
    for transport in ["model", "betas"] {
        fields.take(transport);
    }
    request.stream = fields.take_boolean("stream").unwrap_or_default();
    request.max_output_tokens = count(&mut fields, "max_tokens")?;
    read_sampling(&mut fields, &mut request)?;
    if let Some(system) = fields.take("system") {
        system::read(&system, &mut request)?;
    }
    reasoning::read(&mut fields, &mut request)?;
    conversation::read(fields.take("messages"), &mut request)?;
    tools::read(&mut fields, &mut request)?;
    read_metadata(&mut fields, &mut request);
    read_state(&mut fields, &mut request);
    request.service_tier = fields.take_string("service_tier");
    for (name, _) in fields.rest() {
        request.warnings.dropped(name);
    }
    Ok(request)
}

fn read_sampling<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    request.sampling.temperature = number(fields, "temperature")?;
    request.sampling.top_p = number(fields, "top_p")?;
    request.sampling.top_k = number(fields, "top_k")?;
    if let Some(stop) = fields.take("stop_sequences") {
        let texts = stop.elements().map(|list| list.iter().map(Raw::string).collect::<Option<Vec<_>>>());
        request.stop = texts.flatten().ok_or_else(|| invalid("stop_sequences", &stop, "an array of texts"))?;
    }
    Ok(())
}

fn read_metadata<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) {
    let Some(mut metadata) = fields.take_fields("metadata") else { return };
    request.user = metadata.take_string("user_id");
    for (name, _) in metadata.rest() {
        request.warnings.dropped(format!("metadata.{name}"));
    }
}

/// What the vendor keeps between requests.
fn read_state(fields: &mut Fields<'_>, request: &mut Request<'_>) {
    if let Some(container) = fields.take("container") {
        let id = container.kind() == Kind::String || container.fields().is_some_and(|it| it.get("id").is_some());
        if id {
            impossible(request, "container", "a container belongs to the provider that made it");
        } else {
            request.warnings.dropped("container");
        }
    }
    if let Some(thread) = fields.take("thread") {
        let continues = thread.fields().is_some_and(|it| it.get("previous_message_id").is_some());
        let (path, why) = if continues {
            ("thread.previous_message_id", "only the provider that keeps the thread can continue it")
        } else {
            // An answer would make its client continue what nobody has kept.
            ("thread", "a thread is kept by the vendor of its dialect; send the whole conversation without one")
        };
        request.impossible.get_or_insert_with(|| Impossible::new(path, why).with_error_code(NO_THREAD));
    }
}

/// Keeps the first thing that stands against every target.
fn impossible(request: &mut Request<'_>, path: impl Into<String>, why: &str) {
    if request.impossible.is_none() {
        request.impossible = Some(Impossible::new(path, why));
    }
}

fn invalid(param: &str, raw: &Raw<'_>, expected: &str) -> InvalidBody {
    InvalidBody::field(param, raw.offset, expected)
}

fn count(fields: &mut Fields<'_>, name: &str) -> Result<Option<u64>, InvalidBody> {
    let Some(raw) = fields.take(name) else { return Ok(None) };
    raw.count().map(Some).ok_or_else(|| invalid(name, &raw, "a whole number that is not negative"))
}

/// A number as it was written.
fn number<'a>(fields: &mut Fields<'a>, name: &str) -> Result<Option<Cow<'a, str>>, InvalidBody> {
    match fields.take(name) {
        None => Ok(None),
        Some(raw) if raw.kind() == Kind::Number => Ok(Some(Cow::Borrowed(raw.as_str()))),
        Some(raw) => Err(invalid(name, &raw, "a number")),
    }
}

#[cfg(test)]
mod tests;
