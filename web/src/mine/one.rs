use crate::{
    Sample, Sampled, Shown, Tag, Tone,
    parts::Fact,
    show::{Count, Millis, Money, Stamp},
};

/// One of a caller's own requests.
#[derive(Clone, Debug)]
pub struct OwnRequest {
    /// The id that its router gave it.
    pub id: String,
    /// The page that it was on.
    pub back_href: String,
    /// What the caller saw.
    pub outcome: Tag,
    /// `ok`, or why not.
    pub code: String,
    /// When it began.
    pub at: Stamp,
    /// Why it was not served, and what can be done; `None`: it was.
    pub failure: Option<(String, String)>,
    /// What was lost or approximated.
    pub warnings: Vec<String>,
    /// All of it; `None`: the group does not reveal it.
    pub cost: Option<Money>,
    /// From beginning to end.
    pub latency: Millis,
    /// Until something came.
    pub first_byte: Millis,
    /// Read.
    pub input_tokens: Count,
    /// Of those, from the provider's cache.
    pub cached_tokens: Count,
    /// Written.
    pub output_tokens: Count,
    /// Of those, reasoning.
    pub reasoning_tokens: Count,
    /// What was asked for, by which token and client, and what served it as far as that is told.
    pub facts: Vec<Fact>,
}

view!(OwnRequest, "mine/request.html");

impl Sampled for OwnRequest {
    fn sample(of: Sample) -> Self {
        let failed = of == Sample::Hostile;
        let count = |usual| Count(of.count(usual));
        Self {
            id: "req_01jdc8k2f0m7q4w2x9s3".to_owned(),
            back_href: "/me".to_owned(),
            outcome: if failed { Tag::new(Tone::Bad, "503") } else { Tag::new(Tone::Good, "200") },
            code: if failed { of.name(&["upstream-unavailable"], 1) } else { "ok".to_owned() },
            at: Stamp(crate::sample::NOW_MS),
            failure: failed.then(|| (of.name(&["No target answered."], 2), of.name(&["Try again in a moment."], 3))),
            warnings: if of == Sample::Normal { Vec::new() } else { vec![of.name(&["stop was dropped"], 4)] },
            cost: (of != Sample::Empty).then(|| Money(i128::from(of.count(184_210)))),
            latency: Millis(Some(1_642.0)),
            first_byte: Millis((of != Sample::Empty).then_some(312.0)),
            input_tokens: count(2_140),
            cached_tokens: count(1_024),
            output_tokens: count(171),
            reasoning_tokens: count(64),
            facts: vec![
                Fact::new("Asked for", Shown::Text(of.name(&["auto"], 5))),
                Fact::new("Model group", Shown::Text(of.name(&["fast"], 6))),
                Fact::new("Served by", Shown::Missing("not told")),
                Fact::new("API", Shown::Text("openai-responses".to_owned())),
                Fact::new("Client", Shown::Text(of.name(&["codex"], 7))),
                Fact::new("Token", Shown::Id("k7f2m9".to_owned(), String::new())),
            ],
        }
    }
}
