//! How fast request bodies and streams are read: `cargo run --release -p data-plane-core --example read_speed -- FILE…`.
//! The operation is taken from the file's name (`chat…`, `responses…`, `messages…`); the best of many runs is printed.
#![expect(clippy::disallowed_methods, reason = "it measures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use data_plane_core::dialect::Operation;
use data_plane_core::dialect::scan;
use data_plane_core::dialect::stream::{StreamEdits, StreamReader};

const EVENTS: [(Operation, &str); 3] = [
    (
        Operation::ChatCompletions,
        "data: {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\",\"created\":1741570283,\
         \"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_fc9f1d7035\",\"choices\":\
         [{\"index\":0,\"delta\":{\"content\":\" Hello\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    ),
    (
        Operation::Responses,
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":4,\"item_id\":\
         \"msg_67c9fdcf37fc8190ba82116e33fb28c5\",\"output_index\":0,\"content_index\":0,\"delta\":\" Hello\",\"logprobs\":[]}\n\n",
    ),
    (
        Operation::Messages,
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\
         \"text\":\" Hello\"}}\n\n",
    ),
];

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let body = std::fs::read(&path)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        let operation = match name.split('_').next() {
            Some("responses") => Operation::Responses,
            Some("messages") => Operation::Messages,
            _ => Operation::ChatCompletions,
        };
        let best = best_of(|| {
            black_box(scan::read_facts(operation, black_box(&body))).ok();
        });
        let rate = body.len() as f64 / best.as_secs_f64() / 1e9;
        println!("{name}: {} bytes, {:.1} µs, {rate:.1} GB/s", body.len(), best.as_secs_f64() * 1e6);
    }
    for (operation, event) in EVENTS {
        let chunk = Bytes::from_static(event.as_bytes());
        let best = best_of(|| {
            let edits = StreamEdits { model: Some("group".to_owned()), withhold_usage: true, ..StreamEdits::default() };
            let mut reader = StreamReader::new(operation, edits);
            for _ in 0..100 {
                reader.push(chunk.clone(), black_box(&mut Vec::new()));
            }
        });
        println!("{} event: {} bytes, {:.0} ns", operation.as_str(), event.len(), best.as_secs_f64() * 1e7);
    }
    Ok(())
}

fn best_of(mut work: impl FnMut()) -> Duration {
    (0..2_000).fold(Duration::MAX, |best, _| {
        let start = Instant::now();
        work();
        best.min(start.elapsed())
    })
}
