//! How fast requests are translated: `cargo run --release -p data-plane-core --example translate_speed -- FILE…`. The
//! caller's dialect is taken from the file's name (`chat…`, `responses…`, `messages…`); the best of many runs is printed for
//! each target's dialect, beside what reading the request costs that any target gets. `--runs N` is for profilers.
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use data_plane_core::config::{Modality, OutputCap, Provider, ProviderKind, Target, TargetState, Timeouts};
use data_plane_core::dialect::request::request_edits;
use data_plane_core::dialect::translate::Neutral;
use data_plane_core::dialect::{Dialect, scan, splice};

fn main() -> std::io::Result<()> {
    let mut runs = 2_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--runs" {
            runs = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(runs);
            continue;
        }
        let body = Bytes::from(std::fs::read(&argument)?);
        let name = argument.rsplit('/').next().unwrap_or_default();
        let from = match name.split('_').next() {
            Some("responses") => Dialect::OpenaiResponses,
            Some("messages") => Dialect::AnthropicMessages,
            _ => Dialect::OpenaiChat,
        };
        for to in Dialect::ALL {
            let target = target(to);
            let best = best_of(runs, || work(from, to, &target, &body));
            println!("{name} to {}: {} bytes, {:.1} µs", to.as_str(), body.len(), best.as_secs_f64() * 1e6);
        }
    }
    Ok(())
}

/// What a router does with a request on its way to a target.
fn work(from: Dialect, to: Dialect, target: &Target, body: &Bytes) {
    let facts = scan::read_facts(from.operation(), black_box(body)).expect("the file is a request");
    if from == to {
        let edits = request_edits(&facts, target, false);
        black_box(splice::apply(body, &edits.splices));
    } else {
        let neutral = Neutral::read(from, body).expect("the file is a request");
        black_box(neutral.write(target, to).expect("it can be translated"));
    }
}

fn target(dialect: Dialect) -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: "provider".to_owned(),
        base_url: "https://provider.example".to_owned(),
        dialects: vec![dialect],
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: data_plane_core::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    };
    Target {
        id: "provider/model".to_owned(),
        provider: Arc::new(provider),
        model: "model".to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
        input_modalities: vec![Modality::Text, Modality::Image, Modality::File],
        output_modalities: vec![Modality::Text],
        tools: Vec::new(),
        structured_outputs: true,
        reasoning: true,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap::default(),
        prices: Vec::new(),
    }
}

fn best_of(runs: usize, mut work: impl FnMut()) -> Duration {
    (0..runs).fold(Duration::MAX, |best, _| {
        let start = Instant::now();
        work();
        best.min(start.elapsed())
    })
}
