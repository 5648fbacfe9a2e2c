use proptest::prelude::{any, prop};
use proptest::strategy::Strategy;
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::turns::refusals;
use super::*;

/// Any step, in any order: answers to nothing, calls that nobody answers, nobody but the assistant speaking.
fn item() -> impl Strategy<Value = Item<'static>> {
    let words = prop::sample::select(vec!["", " \n", "words", "more words \n"]);
    let ids = prop::sample::select(vec!["call_a", "call_b", "toolu_c", "0", ""]);
    (0..8_u8, words, ids, 0..9_usize).prop_map(|(kind, words, id, index)| match kind {
        0 => say(Role::User, words, index),
        1 => say(Role::Assistant, words, index),
        2 => say(Role::System, words, index),
        3 => say(Role::Developer, words, index),
        4 => call(id, index),
        5 | 6 => result(id, words, index),
        _ => thought(index),
    })
}

/// The assistant's last turn begins with thinking while its tools are being run, and the last word is not its own.
fn may_think(body: &Value) -> bool {
    let turns = body["messages"].as_array().unwrap();
    if turns.len().is_multiple_of(2) {
        return false;
    }
    let Some(last) = turns.iter().rev().find(|it| it["role"] == "assistant") else { return true };
    let blocks = last["content"].as_array().unwrap();
    !blocks.iter().any(|it| it["type"] == "tool_use") || blocks[0]["type"] == "thinking"
}

proptest! {
    #[test]
    fn any_conversation_is_written_in_a_form_that_is_accepted(
        items in prop::collection::vec(item(), 0..24),
        thinks in any::<bool>(),
        adaptively in any::<bool>(),
    ) {
        let reasoning = thinks.then(|| ReasoningAsk { effort: Some(Effort::High), ..ReasoningAsk::default() });
        let request = Request { reasoning, ..request(items) };
        let target = if adaptively { adaptive() } else { target() };
        let written = write_request(&request, &target, &mut ToolNames::default(), &mut Warnings::default());
        let Ok(body) = written else { return Ok(()) };
        let body: Value = serde_json::from_slice(&body).unwrap();
        prop_assert_eq!(refusals(&body), Vec::<String>::new(), "{}", body);
        prop_assert!(body.get("thinking").is_none() || may_think(&body), "{}", body);
    }
}
