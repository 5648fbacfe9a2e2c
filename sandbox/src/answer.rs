//! What the sandbox answers: a pure function of the request and the behaviour.

use serde_json::json;

use crate::{
    ask::{Ask, CacheLife, Format},
    behaviour::Behaviour,
    schema,
    text::{filler, fitting, tokens},
    tool::{self, Call},
};

#[cfg(test)]
mod tests;

/// Bytes that the text has for each content event, when their number was chosen and the size not.
const BYTES_PER_CHUNK: usize = 8;

/// Inputs beyond this many tokens report half of them as read from a cache.
const CACHED_FROM: u64 = 1024;

/// A whole answer before any dialect writes it.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The reasoning that precedes the content.
    pub reasoning: Option<String>,
    /// What is said before tool calls.
    pub preamble: Option<&'static str>,
    /// Text or tool calls.
    pub content: Reply,
    /// Images beside the content.
    pub images: usize,
    /// Whether the text cites [`PAGE`].
    pub cites: bool,
    /// Why the answer ends.
    pub finish: Finish,
    /// What it counts as.
    pub usage: Usage,
}

/// The content of an answer.
#[derive(Debug, PartialEq)]
pub enum Reply {
    /// A text.
    Text(String),
    /// One or more tool calls.
    Calls(Vec<Call>),
    /// What a model that refuses says.
    Refusal(&'static str),
}

/// Why an answer ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// It is complete.
    Stop,
    /// It met this stop sequence.
    StopSequence(String),
    /// It met the output cap.
    Length,
    /// It waits for the results of its tool calls.
    ToolCalls,
    /// The model refuses.
    Refusal,
}

/// Token counts. `input` includes cached tokens and `output` includes reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The whole input.
    pub input: u64,
    /// Of the input, what was read from a cache.
    pub cached: u64,
    /// How long what is written to a cache stays there.
    pub cache_life: CacheLife,
    /// The whole output.
    pub output: u64,
    /// Of the output, reasoning.
    pub reasoning: u64,
}

/// The page that texts cite: its address and its title.
pub const PAGE: (&str, &str) = ("https://example.com/sandbox", "The sandbox");

/// One pixel, as base64 of a PNG file.
pub const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const REASONING: &str = "The request is plain, so a short answer will do";
const PREAMBLE: &str = "Let me call a tool.";
const REFUSAL: &str = "I cannot help with that.";

/// Decides the answer.
pub fn answer(ask: &Ask, behaviour: &Behaviour) -> Answer {
    let reasoning = ask.reasoning.then(|| reasoning(behaviour.realm.as_deref()));
    let thought = reasoning.as_ref().map_or(0, |text| tokens(text.len()));
    let cap = ask.max_output_tokens.unwrap_or(u64::MAX);
    let preamble = behaviour.preamble.then_some(PREAMBLE);
    let (content, finish, said) = match calls(ask, behaviour, preamble) {
        _ if behaviour.refuse => (Reply::Refusal(REFUSAL), Finish::Refusal, tokens(REFUSAL.len())),
        Some((calls, said)) if thought + said <= cap => (Reply::Calls(calls), Finish::ToolCalls, said),
        _ => {
            let text = text(ask, behaviour);
            let (text, finish) = limited(text, &ask.stop, cap.saturating_sub(thought));
            let said = tokens(text.len());
            (Reply::Text(text), finish, said)
        }
    };
    let images = behaviour.images.max(ask.images);
    let is_text = matches!(content, Reply::Text(_));
    Answer {
        reasoning,
        preamble: preamble.filter(|_| finish == Finish::ToolCalls),
        images: if is_text { images } else { 0 },
        cites: behaviour.citations && is_text,
        content,
        finish,
        usage: Usage {
            input: ask.input_tokens,
            cached: cached(ask.input_tokens),
            cache_life: ask.cache_life,
            output: thought.min(cap) + said,
            reasoning: thought.min(cap),
        },
    }
}

/// The reasoning names its realm, so that what is given back to another is noticed.
fn reasoning(realm: Option<&str>) -> String {
    match realm {
        Some(realm) => format!("{REASONING}, thinks {realm}."),
        None => format!("{REASONING}."),
    }
}

fn cached(input: u64) -> u64 {
    if input > CACHED_FROM { input / 2 } else { 0 }
}

fn calls(ask: &Ask, behaviour: &Behaviour, preamble: Option<&str>) -> Option<(Vec<Call>, u64)> {
    let count = if ask.parallel { behaviour.calls } else { 1 };
    let calls = tool::calls(&ask.tools, &ask.choice, behaviour.tool.as_deref(), count);
    let bytes = calls.iter().map(Call::size).sum::<usize>() + preamble.map_or(0, str::len);
    (!calls.is_empty()).then(|| (calls, tokens(bytes)))
}

fn text(ask: &Ask, behaviour: &Behaviour) -> String {
    match &ask.format {
        Some(Format::Schema(schema)) => return schema::instance(schema).to_string(),
        Some(Format::JsonObject) => return json!({"answer": "sandbox"}).to_string(),
        None => {}
    }
    if let Some(size) = behaviour.size {
        return filler(size);
    }
    let text = plain_text(ask);
    match behaviour.chunks {
        Some(chunks) if text.len() < chunks * BYTES_PER_CHUNK => filler(chunks * BYTES_PER_CHUNK),
        _ => text,
    }
}

fn plain_text(ask: &Ask) -> String {
    let seen = match ask.tail.images {
        0 => String::new(),
        1 => "I see 1 image, and ".to_owned(),
        n => format!("I see {n} images, and "),
    };
    let rest = match (ask.tail.tool_result, seen.is_empty()) {
        (true, true) => "The tool has answered, so the task is done.",
        (true, false) => "the tool has answered, so the task is done.",
        (false, true) => "Hello from the sandbox: the same request gets the same answer, every time.",
        (false, false) => "the same request gets the same answer, every time.",
    };
    seen + rest
}

/// Ends the text at its first stop sequence, or at the cap if that comes earlier.
fn limited(text: String, stop: &[String], cap: u64) -> (String, Finish) {
    let earliest = stop
        .iter()
        .filter(|sequence| !sequence.is_empty())
        .filter_map(|sequence| text.find(sequence.as_str()).map(|at| (at, sequence)))
        .min_by_key(|(at, _)| *at);
    let end = earliest.map_or(text.len(), |(at, _)| at);
    if tokens(end) > cap {
        return (fitting(&text, cap).to_owned(), Finish::Length);
    }
    match earliest {
        Some((at, sequence)) => (text[..at].to_owned(), Finish::StopSequence(sequence.clone())),
        None => (text, Finish::Stop),
    }
}
