use super::*;
use crate::dialect::neutral::ToolName;

fn of_events(from: Dialect, to: Dialect, events: &[AnswerEvent]) -> Vec<String> {
    let mut warnings = Warnings::default();
    let mut lost = Lost::new(from, to);
    for event in events {
        lost.of_event(event, &mut warnings);
    }
    warnings.list().iter().map(ToString::to_string).collect()
}

#[test]
fn what_only_one_side_can_say_is_named() {
    use Dialect::{AnthropicMessages, OpenaiChat, OpenaiResponses};
    let picture = BlockStart::Image { media_type: "image/png".to_owned(), data: String::new() };
    let events = [
        AnswerEvent::Open { block: 0, start: picture },
        AnswerEvent::Delta { block: 1, delta: Delta::Logprobs("[{}]".to_owned()) },
        AnswerEvent::End {
            finish: Finish::Pause,
            stop_sequence: Some("###".to_owned()),
            usage: None,
            service_tier: None,
        },
    ];
    assert_eq!(
        of_events(OpenaiChat, AnthropicMessages, &events),
        ["dropped:choices[0].message.images", "dropped:choices[0].logprobs"]
    );
    assert_eq!(
        of_events(OpenaiResponses, AnthropicMessages, &events),
        ["dropped:output/image_generation_call", "dropped:output/output_text.logprobs"]
    );
    assert_eq!(
        of_events(AnthropicMessages, OpenaiChat, &events),
        ["dropped:stop_sequence", "approximated:stop_reason"]
    );
}

#[test]
fn arguments_that_are_no_object_are_told_where_they_have_to_be_one() {
    use Dialect::{AnthropicMessages, OpenaiChat, OpenaiResponses};
    let call = |pieces: [&str; 2]| {
        let start = BlockStart::ToolCall { id: "c".to_owned(), name: ToolName::function("f") };
        let delta = |it: &str| AnswerEvent::Delta { block: 0, delta: Delta::Arguments(it.to_owned()) };
        [AnswerEvent::Open { block: 0, start }, delta(pieces[0]), delta(pieces[1]), AnswerEvent::Close { block: 0 }]
    };
    let cut_off = call([r#"{"a":"#, " 1"]);
    let told = ["approximated:choices[0].message.tool_calls.function.arguments"];
    assert_eq!(of_events(OpenaiChat, AnthropicMessages, &cut_off), told);
    assert_eq!(
        of_events(OpenaiResponses, AnthropicMessages, &cut_off),
        ["approximated:output/function_call.arguments"]
    );
    assert!(of_events(OpenaiChat, OpenaiResponses, &cut_off).is_empty(), "it is a text there, too");
    assert!(of_events(OpenaiChat, AnthropicMessages, &call([r#"{"a":"#, " 1}"])).is_empty());
    assert!(of_events(OpenaiChat, AnthropicMessages, &call(["", ""])).is_empty());
}
