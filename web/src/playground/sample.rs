use super::{PlayedAnswer, Playground};
use crate::{
    PickOption, Sample, Sampled, Shown, SnippetFor, Tag, Tone,
    parts::Fact,
    show::{Count, Millis, Money},
};

impl Sampled for Playground {
    fn sample(of: Sample) -> Self {
        let pick = |at: usize, value: &str| PickOption {
            value: value.to_owned(),
            label: of.name(&[value], at),
            current: at == 0,
        };
        let picks = |all: &[&str]| all.iter().enumerate().map(|(at, it)| pick(at, it)).collect();
        let some = of != Sample::Empty;
        Self {
            action: "/playground".to_owned(),
            groups: picks(&["fast", "smart", "agent"]),
            dialects: picks(&["openai-chat", "openai-responses", "anthropic-messages"]),
            instructions: String::new(),
            prompt: if some {
                of.name(&["What is the difference between a mutex and a semaphore? In three sentences."], 0)
            } else {
                String::new()
            },
            most_tokens: 500,
            stream: true,
            mistake: if of == Sample::Hostile { of.name(&["write a question"], 1) } else { String::new() },
            source: String::new(),
            answer: some.then(|| answer(of)),
            snippets: SnippetFor {
                base_url: "http://127.0.0.1:8801",
                token: "$SMART_ROUTER_TOKEN",
                group: &of.name(&["fast"], 0),
            }
            .all(),
            nothing: None,
        }
    }
}

fn answer(of: Sample) -> PlayedAnswer {
    let failed = of == Sample::Hostile;
    let text = "A mutex lets one thread at a time into a section, and only the thread that locked it may unlock it. A semaphore \
                counts: it lets up to n threads in, and any thread may raise it again. Use a mutex to protect data, a semaphore to \
                limit how many use something at once.\n\n";
    let count = |usual| Count(of.count(usual));
    PlayedAnswer {
        text: if of == Sample::Normal { text.to_owned() } else { of.name(&[text], 2).repeat(of.rows(1, 30)) },
        outcome: if failed { Tag::new(Tone::Bad, "503") } else { Tag::new(Tone::Good, "200") },
        error: if failed { of.name(&[""], 3) } else { String::new() },
        decision:
            "Three of four targets could serve this. The policy drew openai/mini first, by weight, and it served."
                .to_owned(),
        request_href: "/requests/req_01jdc8k2f0m7q4w2x9s3".to_owned(),
        cost: Money(i128::from(of.count(184_210))),
        latency: Millis(Some(1_642.0)),
        first_byte: Millis(Some(312.0)),
        input_tokens: count(24),
        output_tokens: count(71),
        facts: vec![
            Fact::new("Target", Shown::Text(of.name(&["openai/mini"], 4))),
            Fact::new("Policy", Shown::Text(of.name(&["weighted"], 5))),
            Fact::new("Configuration", Shown::Link("version 41".to_owned(), "/versions/41".to_owned())),
        ],
    }
}
