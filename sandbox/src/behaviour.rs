//! How an answer behaves, as the caller chose it.

use std::time::Duration;

use crate::fault::Fault;

#[cfg(test)]
mod tests;

/// The grammar of behaviours: what may follow the first `:` of a model name, or stand in the header
/// `x-sandbox-behaviour`. Pairs are separated by commas; the header wins over the name.
pub const BEHAVIOUR_KEYS: &[(&str, &str)] = &[
    ("latency", "milliseconds before the answer's headers"),
    ("first_byte", "milliseconds between the headers and the first byte of the body"),
    ("chunk_delay", "milliseconds between two content events of a stream"),
    ("chunks", "content events of a streamed text, 1 to 100000; the text grows to fit"),
    ("size", "bytes of the answer's text, 0 to 67108864"),
    ("tool", "the tool that is called, where it is on offer: its name, or the end of it"),
    ("calls", "tool calls in one answer, 1 to 16, where the request allows several"),
    (
        "fail",
        "400, 401, 402, 403, 404, 413, 429, 500, 503, 529 (each also with -retry-after:<seconds>), quota, context, \
         html-502, redirect, hang, disconnect-before, disconnect, stream-error, stream-error-plain, malformed, huge, \
         stream-as-json",
    ),
    (
        "after",
        "where a stream fails: after this many content events (default 1; 0 is after the prelude), or `start` for \
         before the first event",
    ),
    ("first", "fail only the first n requests with this model name, then work"),
    (
        "realm",
        "who signs reasoning: what anybody else signed or encrypted is refused with 400, and so are tool results without \
         the thinking that belongs to them; without a realm, only the sandbox's own values are checked",
    ),
    ("preamble", "1: a sentence stands before tool calls"),
    ("images", "images in one answer, 0 to 4; a Responses request that offers image_generation gets one anyway"),
    ("citations", "1: the text cites a page"),
    ("refuse", "1: the model refuses, in the dialect's own way"),
    ("extras", "0: count_tokens, input_tokens and compact answer 404, as where a provider lacks them"),
];

/// The longest wait that may be asked for.
const MAX_WAIT_MS: u64 = 3_600_000;
const MAX_CHUNKS: u64 = 100_000;
const MAX_SIZE: u64 = 64 * 1024 * 1024;
const MAX_CALLS: u64 = 16;
const MAX_IMAGES: u64 = 4;

/// How one answer behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Behaviour {
    /// Wait before the headers.
    pub latency: Duration,
    /// Wait between the headers and the body.
    pub first_byte: Duration,
    /// Wait between two content events.
    pub chunk_delay: Duration,
    /// Content events of a streamed text.
    pub chunks: Option<usize>,
    /// Bytes of the text.
    pub size: Option<usize>,
    /// The tool that is called before others: how its name ends.
    pub tool: Option<String>,
    /// Tool calls in one answer.
    pub calls: usize,
    /// The failure, if any.
    pub fail: Option<Fault>,
    /// Where in a stream the failure happens.
    pub after: After,
    /// How many requests fail before the rest works; all, if absent.
    pub first: Option<u64>,
    /// Who signs reasoning, and whose reasoning is taken back.
    pub realm: Option<String>,
    /// Whether a sentence stands before tool calls.
    pub preamble: bool,
    /// Images in one answer.
    pub images: usize,
    /// Whether the text cites a page.
    pub citations: bool,
    /// Whether the model refuses.
    pub refuse: bool,
    /// Whether the endpoints beside the generating ones are there.
    pub extras: bool,
}

/// The place of a failure in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Before the first event.
    Start,
    /// After this many content events; 0 is after the events that come before content.
    Content(usize),
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            first_byte: Duration::ZERO,
            chunk_delay: Duration::ZERO,
            chunks: None,
            size: None,
            tool: None,
            calls: 1,
            fail: None,
            after: After::Content(1),
            first: None,
            realm: None,
            preamble: false,
            images: 0,
            citations: false,
            refuse: false,
            extras: true,
        }
    }
}

impl Behaviour {
    /// Reads the behaviour out of a model name and the header. The error says which pair is wrong.
    pub fn read(model: &str, header: Option<&str>) -> Result<Self, String> {
        let mut behaviour = Self::default();
        // A name such as `llama3:8b` has a colon and no pairs: it is a plain name.
        if let Some((_, pairs)) = model.split_once(':')
            && pairs.contains('=')
        {
            behaviour.apply(pairs)?;
        }
        if let Some(pairs) = header {
            behaviour.apply(pairs)?;
        }
        Ok(behaviour)
    }

    fn apply(&mut self, pairs: &str) -> Result<(), String> {
        for pair in pairs.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` is not of the form key=value"))?;
            self.set(key.trim(), value.trim())?;
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let wait = || number(key, value, 0, MAX_WAIT_MS).map(Duration::from_millis);
        let switch = || number(key, value, 0, 1).map(|it| it == 1);
        match key {
            "latency" => self.latency = wait()?,
            "first_byte" => self.first_byte = wait()?,
            "chunk_delay" => self.chunk_delay = wait()?,
            "chunks" => self.chunks = Some(number(key, value, 1, MAX_CHUNKS)? as usize),
            "size" => self.size = Some(number(key, value, 0, MAX_SIZE)? as usize),
            "tool" => self.tool = Some(value.to_owned()),
            "calls" => self.calls = number(key, value, 1, MAX_CALLS)? as usize,
            "fail" => {
                let unknown = || format!("`fail={value}` is not a failure the sandbox knows");
                self.fail = Some(Fault::parse(value).ok_or_else(unknown)?);
            }
            "after" if value == "start" => self.after = After::Start,
            "after" => self.after = After::Content(number(key, value, 0, MAX_CHUNKS)? as usize),
            "first" => self.first = Some(number(key, value, 0, u64::MAX)?),
            "realm" => self.realm = Some(value.to_owned()),
            "preamble" => self.preamble = switch()?,
            "images" => self.images = number(key, value, 0, MAX_IMAGES)? as usize,
            "citations" => self.citations = switch()?,
            "refuse" => self.refuse = switch()?,
            "extras" => self.extras = switch()?,
            _ => return Err(unknown_key(key)),
        }
        Ok(())
    }
}

fn unknown_key(key: &str) -> String {
    let known: Vec<_> = BEHAVIOUR_KEYS.iter().map(|(key, _)| *key).collect();
    format!("`{key}` is not a behaviour; known are {}", known.join(", "))
}

fn number(key: &str, value: &str, min: u64, max: u64) -> Result<u64, String> {
    let number = value.parse().ok().filter(|n| (min..=max).contains(n));
    number.ok_or_else(|| format!("`{key}={value}` is not a whole number from {min} to {max}"))
}
