use proptest::prelude::*;

use super::*;

#[test]
fn ids_get_the_prefix_that_the_other_side_uses() {
    for (id, prefix, expected) in [
        ("call_abc", "call_", "call_abc"),
        ("call_abc", "toolu_", "toolu_call_abc"),
        ("toolu_call_abc", "call_", "call_abc"),
        ("toolu_01A", "call_", "call_toolu_01A"),
        ("call_toolu_01A", "toolu_", "toolu_01A"),
        ("abc123DEF", "toolu_", "toolu_x_abc123DEF"),
        ("toolu_x_abc123DEF", "call_", "abc123DEF"),
        ("chatcmpl-tool-1", "call_", "call_x_chatcmpl-tool-1"),
        ("tooluse_1", "call_", "call_x_tooluse_1"),
        ("call_x_tooluse_1", "toolu_", "tooluse_1"),
        ("toolu_call_1", "toolu_", "toolu_call_1"),
        // OpenAI's own ids may look like anything behind their prefix.
        ("call_x_call_1", "call_", "call_x_call_1"),
    ] {
        assert_eq!(tool_call_id(id, prefix), expected, "{id} to {prefix}");
    }
}

#[test]
fn what_no_vendor_would_take_becomes_a_checksum() {
    for id in ["", "a b", "é", "functions.f:0", &"x".repeat(80), &format!("call_{}", "x".repeat(59))] {
        let there = tool_call_id(id, "toolu_");
        assert!(there.starts_with("toolu_") && fits(&there), "{id}: {there}");
        assert_eq!(there, tool_call_id(id, "toolu_"));
    }
    assert_ne!(tool_call_id("a b", "call_"), tool_call_id("a c", "call_"));
}

#[test]
fn minted_ids_tell_requests_and_numbers_apart() {
    assert_eq!(mint_id("msg_", "req", 0), "msg_req_0");
    assert_ne!(mint_id("msg_", "req", 1), mint_id("msg_", "req", 2));
}

proptest! {
    #[test]
    fn there_and_back_gives_the_same_id(
        vendor in prop::sample::select(vec!["call_", "toolu_", ""]),
        rest in "[0-9A-Za-z-]{1,40}",
        there in prop::sample::select(vec!["call_", "toolu_"]),
        back in prop::sample::select(vec!["call_", "toolu_"]),
    ) {
        let id = format!("{vendor}{rest}");
        let seen = tool_call_id(&id, there).into_owned();
        prop_assert!(seen.starts_with(there), "{id} became {seen}");
        // Back to a target of the dialect that minted it.
        let crossed = (there, back) != (MESSAGES, MESSAGES);
        if crossed && (vendor.is_empty() || vendor == back) {
            prop_assert_eq!(&*tool_call_id(&seen, back), id, "{}", seen);
        }
    }

    #[test]
    fn any_id_is_taken(id: String) {
        for prefix in PREFIXES {
            let seen = tool_call_id(&id, prefix);
            prop_assert!(fits(&seen), "{}", seen);
        }
    }
}
