//! Marks on what only the upstream can use.

use proptest::prelude::*;

use super::{CHAT, MESSAGES, RESPONSES, run, text};
use crate::dialect::Operation::{self, ChatCompletions as Chat, Messages, Responses};
use crate::dialect::id_tag::{IdTag, IdTags};
use crate::dialect::neutral::{Realm, mark};
use crate::dialect::stream::StreamEdits;

const THINKING: &str = r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"signature"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"@EqQB"}}

event: content_block_start
data: {"type":"content_block_start","index":7,"content_block":{"type":"thinking","signature":"@whole","thinking":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"CkYI"}}

event: content_block_delta
data: {"type":"content_block_delta","index":7,"delta":{"type":"signature_delta","signature":"more"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"index":0,"content_block":{"data":"@abc","type":"redacted_thinking"},"type":"content_block_start"}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"thinking","thinking":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"signature":"@\\u0041B","type":"signature_delta"}}

"#;

const REASONING: &str = r#"data: {"type":"response.created","response":{"id":"resp_#68","model":"gpt-5","output":[]}}

data: {"type":"response.output_item.added","item":{"type":"reasoning","id":"rs_1","encrypted_content":"@gAdded"}}

data: {"type":"response.output_item.done","item":{"id":"rs_1","encrypted_content":"@gDone","type":"reasoning"}}

data: {"type":"response.output_item.done","item":{"id":"rs_2","encrypted_content":null,"type":"reasoning"}}

data: {"type":"response.completed","response":{"output":[{"type":"reasoning","encrypted_content":"@gDone"},
data: {"type":"message","content":[{"type":"output_text","text":"encrypted_content"}]}],"model":"gpt-5","id":"resp_#68"}}

"#;

/// The stream as the upstream sends it, and as the caller gets it: `@` stands for a mark, `#` for a tag.
fn both(stream: &str, tag_ids: bool) -> (String, String) {
    let realm = Realm::of("vendor");
    let tag = if tag_ids { format!("sr1_{realm}_") } else { String::new() };
    (stream.replace(['@', '#'], ""), stream.replace('@', &mark(realm)).replace('#', &tag))
}

fn edits(tag_ids: bool) -> StreamEdits {
    StreamEdits {
        realm: Some(Realm::of("vendor")),
        id_tags: IdTags { response: tag_ids.then(|| IdTag::Realm(Realm::of("vendor"))), item: None },
        ..StreamEdits::default()
    }
}

#[test]
fn a_signature_is_marked_once_however_many_pieces_it_has() {
    let (sent, expected) = both(THINKING, true);
    assert_eq!(text(run(Messages, edits(true), &[sent.as_bytes()]).0), expected);
}

#[test]
fn every_event_says_the_same() {
    for tag_ids in [false, true] {
        let (sent, expected) = both(REASONING, tag_ids);
        let (out, facts) = run(Responses, edits(tag_ids), &[sent.as_bytes()]);
        assert_eq!(text(out), expected);
        let id = if tag_ids { format!("resp_sr1_{}_68", Realm::of("vendor")) } else { "resp_68".to_owned() };
        assert_eq!(facts.response_id, Some(id), "as the caller knows it");
        // Other edits stand beside.
        let renamed =
            run(Responses, StreamEdits { model: Some("fast".to_owned()), ..edits(tag_ids) }, &[sent.as_bytes()]);
        assert_eq!(text(renamed.0), expected.replace("gpt-5", "fast"));
    }
}

#[test]
fn where_nothing_is_opaque_nothing_changes() {
    for (operation, stream) in [(Chat, CHAT), (Responses, RESPONSES), (Messages, MESSAGES)] {
        assert_eq!(text(run(operation, edits(true), &[stream.as_bytes()]).0), stream);
    }
    for (operation, stream) in [(Responses, REASONING), (Messages, THINKING)] {
        let (sent, _) = both(stream, true);
        assert_eq!(text(run(operation, StreamEdits::default(), &[sent.as_bytes()]).0), sent);
    }
}

#[test]
fn blocks_that_never_end_cost_nothing() {
    let start = |at: u32| {
        format!(
            "data: {{\"type\":\"content_block_start\",\"index\":{at},\"content_block\":{{\"type\":\"redacted_thinking\",\"data\":\"@x\"}}}}\n\n"
        )
    };
    let (sent, expected) = both(&(0..1000).map(start).collect::<String>(), false);
    assert_eq!(text(run(Messages, edits(false), &[sent.as_bytes()]).0), expected);
}

proptest! {
    #[test]
    fn any_cut_gives_the_same(which in 0..2_usize, cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let (operation, stream): (Operation, &str) = [(Messages, THINKING), (Responses, REASONING)][which];
        let (sent, expected) = both(stream, true);
        let mut cuts: Vec<usize> = cuts.iter().map(|it| it.index(sent.len())).collect();
        cuts.extend([0, sent.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &sent.as_bytes()[pair[0]..pair[1]]).collect();
        prop_assert_eq!(text(run(operation, edits(true), &chunks).0), expected);
    }
}
