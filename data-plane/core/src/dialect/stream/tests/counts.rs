//! What a stream counts of itself, forwarded or translated.

use std::sync::Arc;

use bytes::Bytes;

use super::super::{StreamEdits, StreamReader};
use crate::dialect::Dialect;
use crate::dialect::Operation::ChatCompletions;
use crate::dialect::neutral::Reply;
use crate::dialect::translate::StreamTranslator;
use crate::facts::Realm;

const DONE: &str = "data: [DONE]\n\n";
const FAILED: &str = "data: {\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}\n\n";

fn usage(input: &str, output: &str) -> String {
    format!("data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{input},\"completion_tokens\":{output}}}}}\n\n")
}

fn reply() -> Reply {
    Reply {
        request_id: "r".to_owned(),
        model: "m".to_owned(),
        created: 0,
        estimated_input: 1,
        realm: Realm::of("p"),
        include_usage: false,
        request: Bytes::from_static(b"{}"),
        names: Arc::default(),
    }
}

/// Counts only grow; what cannot be meant is not believed, and takes nothing from what can; what follows the end is not looked at.
#[test]
fn one_rule_whether_a_stream_is_forwarded_or_translated() {
    let good = usage("100", "50");
    let begun = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hey\"}}]}\n\n".to_owned();
    let cases = [
        (vec![good.clone(), good.clone(), DONE.to_owned()], Some((100, 50))),
        (vec![good.clone(), usage("10", "5"), DONE.into()], Some((100, 50))),
        (vec![usage("10", "5"), good.clone(), DONE.into()], Some((100, 50))),
        (vec![good.clone(), usage("-1", "5"), DONE.into()], Some((100, 50))),
        (vec![usage("\"x\"", "1"), good.clone(), DONE.into()], Some((100, 50))),
        (vec![good.clone(), "data: {\"choices\":[],\"usage\":null}\n\n".into(), DONE.into()], Some((100, 50))),
        (vec![good.clone(), "data: {\"choices\":[],\"usage\":{}}\n\n".into(), DONE.into()], Some((100, 50))),
        (vec![good.clone(), DONE.into(), usage("1000", "500")], Some((100, 50))),
        (vec![good, FAILED.into(), usage("1000", "500")], Some((100, 50))),
        (vec![usage("-1", "5"), DONE.into()], None),
    ];
    for (events, expected) in cases {
        let whole = Bytes::from(begun.clone() + &events.concat());
        for cut in [whole.len(), 7] {
            let mut forwarded = StreamReader::new(ChatCompletions, StreamEdits::default());
            let mut translated = StreamTranslator::new(Dialect::OpenaiChat, Dialect::AnthropicMessages, &reply());
            let mut out = Vec::new();
            for chunk in whole.chunks(cut) {
                forwarded.push(Bytes::copy_from_slice(chunk), &mut out);
                translated.push(Bytes::copy_from_slice(chunk), &mut out);
            }
            forwarded.finish(&mut out);
            translated.finish(&mut out);
            for (facts, how) in [(forwarded.facts(), "forwarded"), (translated.facts(), "translated")] {
                let counted = facts.usage.map(|it| (it.input, it.output));
                assert_eq!(counted, expected, "{how}, cut at {cut}: {events:?}");
            }
        }
    }
}
