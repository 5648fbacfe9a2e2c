//! Trying groups out: a question, the answer as it comes, why it went where, what it cost, and the code that does the same.

mod sample;

use crate::{
    PickOption, Snippet, Tag,
    parts::{Absent, Fact},
    show::{Count, Millis, Money},
};

/// What the playground shows.
#[derive(Clone, Debug)]
pub struct Playground {
    /// Where the form goes.
    pub action: String,
    /// Model groups that this person may ask.
    pub groups: Vec<PickOption>,
    /// The APIs.
    pub dialects: Vec<PickOption>,
    /// What the model is told beforehand; empty: nothing.
    pub instructions: String,
    /// What is asked.
    pub prompt: String,
    /// The most tokens of the answer.
    pub most_tokens: u64,
    /// The answer comes piece by piece.
    pub stream: bool,
    /// What is wrong with the question; empty: nothing.
    pub mistake: String,
    /// The stream that an answer comes by; empty: none is under way.
    pub source: String,
    /// What came; `None`: nothing was asked yet.
    pub answer: Option<PlayedAnswer>,
    /// The code that asks the same.
    pub snippets: Vec<Snippet>,
    /// Why nothing can be asked here: it is off, for instance.
    pub nothing: Option<Absent>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct PlayedAnswer {
    /// What the model said; empty: nothing.
    pub text: String,
    /// How it ended.
    pub outcome: Tag,
    /// Why it was not served; empty: it was.
    pub error: String,
    /// Why it went where it went, in a sentence.
    pub decision: String,
    /// The request's page.
    pub request_href: String,
    /// All of it.
    pub cost: Money,
    /// From beginning to end.
    pub latency: Millis,
    /// Until something came.
    pub first_byte: Millis,
    /// Read.
    pub input_tokens: Count,
    /// Written.
    pub output_tokens: Count,
    /// Target, policy, configuration.
    pub facts: Vec<Fact>,
}

view!(Playground, "playground.html");
