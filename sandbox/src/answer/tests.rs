#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::{Answer, Finish, Reply, answer};
use crate::{
    ask::{Ask, Format, Tail},
    behaviour::Behaviour,
    tool::{Tool, ToolChoice, ToolKind},
};

fn user() -> Ask {
    Ask { tail: Tail { user: true, ..Tail::default() }, parallel: true, ..Ask::default() }
}

fn weather() -> Tool {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    Tool::function("get_weather", schema)
}

fn behaviour(pairs: &str) -> Behaviour {
    Behaviour::read("", Some(pairs)).unwrap()
}

fn text(answer: &Answer) -> &str {
    match &answer.content {
        Reply::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn names(answer: &Answer) -> Vec<&str> {
    match &answer.content {
        Reply::Text(_) | Reply::Refusal(_) => vec![],
        Reply::Calls(calls) => calls.iter().map(|call| call.name.as_str()).collect(),
    }
}

#[test]
fn a_tool_is_called_once_and_its_result_ends_the_talk() {
    let mut ask = user();
    ask.tools = vec![weather()];
    let called = answer(&ask, &Behaviour::default());
    assert_eq!(names(&called), ["get_weather"]);
    assert_eq!(called.finish, Finish::ToolCalls);

    ask.tools = vec![];
    ask.tail.tool_result = true;
    let done = answer(&ask, &Behaviour::default());
    assert_eq!(text(&done), "The tool has answered, so the task is done.");
    assert_eq!(done.finish, Finish::Stop);
}

#[test]
fn several_calls_only_where_they_are_allowed() {
    let mut ask = user();
    ask.tools = vec![weather(), Tool::function("get_time", json!({}))];
    assert_eq!(names(&answer(&ask, &behaviour("calls=2"))), ["get_weather", "get_time"]);
    ask.parallel = false;
    assert_eq!(names(&answer(&ask, &behaviour("calls=2"))), ["get_weather"]);
    ask.choice = ToolChoice::Named("get_time".to_owned());
    assert_eq!(names(&answer(&ask, &Behaviour::default())), ["get_time"]);
}

#[test]
fn free_text_tools_are_called_last() {
    let mut ask = user();
    ask.tools = vec![Tool { kind: ToolKind::FreeText, ..Tool::function("note", json!({})) }, weather()];
    assert_eq!(names(&answer(&ask, &Behaviour::default())), ["get_weather"]);
}

#[test]
fn the_cap_counts_reasoning_and_ends_with_length() {
    let mut ask = user();
    ask.max_output_tokens = Some(4);
    let short = answer(&ask, &Behaviour::default());
    assert_eq!(text(&short), "Hello from the s");
    assert_eq!(short.finish, Finish::Length);
    assert_eq!(short.usage.output, 4);

    ask.reasoning = true;
    let thought = answer(&ask, &Behaviour::default());
    assert_eq!(text(&thought), "");
    assert_eq!((thought.usage.output, thought.usage.reasoning), (4, 4));

    ask.tools = vec![weather()];
    assert_eq!(names(&answer(&ask, &Behaviour::default())), [""; 0]);
}

#[test]
fn the_earliest_stop_sequence_wins_unless_the_cap_comes_first() {
    let mut ask = user();
    ask.stop = vec!["same".to_owned(), "sandbox".to_owned(), String::new()];
    let stopped = answer(&ask, &Behaviour::default());
    assert_eq!(text(&stopped), "Hello from the ");
    assert_eq!(stopped.finish, Finish::StopSequence("sandbox".to_owned()));
    ask.max_output_tokens = Some(1);
    assert_eq!(answer(&ask, &Behaviour::default()).finish, Finish::Length);
}

#[test]
fn size_and_chunks_decide_the_text() {
    assert_eq!(text(&answer(&user(), &behaviour("size=5000"))).len(), 5000);
    assert_eq!(text(&answer(&user(), &behaviour("chunks=100"))).len(), 800);
    assert!(text(&answer(&user(), &behaviour("chunks=2"))).starts_with("Hello"));
}

#[test]
fn images_are_acknowledged_and_schemas_obeyed() {
    let mut ask = user();
    ask.tail.images = 2;
    assert!(text(&answer(&ask, &Behaviour::default())).starts_with("I see 2 images, "));
    ask.format = Some(Format::Schema(json!({"type": "integer", "minimum": 7})));
    assert_eq!(text(&answer(&ask, &Behaviour::default())), "7");
}

#[test]
fn long_inputs_report_half_as_cached() {
    for (input, cached) in [(1024, 0), (1025, 512), (9000, 4500)] {
        let ask = Ask { input_tokens: input, ..user() };
        assert_eq!(answer(&ask, &Behaviour::default()).usage.cached, cached);
    }
}
