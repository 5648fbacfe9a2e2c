use super::*;

fn of_events(from: Dialect, to: Dialect, events: &[AnswerEvent]) -> Vec<String> {
    let mut warnings = Warnings::default();
    for event in events {
        Lost::new(from, to).of_event(event, &mut warnings);
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
