#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use crate::config::Modality;
use crate::dialect::Dialect;
use crate::dialect::chat::tests::support::{calls, gives_back, messages, says, target, thinks, written};
use crate::dialect::neutral::{
    Arguments, CacheMark, Effort, File, GeneratedImage, Item, Part, PartKind, Place, ReasoningAsk, Request, Role,
    Source, Thinking, ToolCall, ToolChoice, ToolName, ToolResult,
};

fn text(text: &str) -> Vec<Part<'_>> {
    vec![Part::text(Place::default(), text)]
}

fn roles(messages: &Value) -> Vec<&str> {
    messages.as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap()).collect()
}

#[test]
fn what_a_model_did_in_one_turn_is_one_message() {
    let items = vec![
        says(Role::User, "go"),
        thinks("Hm", None),
        says(Role::Assistant, "First."),
        calls("a", "f"),
        says(Role::Assistant, "Second."),
        calls("b", "f"),
        gives_back("a", text("A")),
        gives_back("b", text("B")),
    ];
    let (written, _) = messages(items);
    assert_eq!(roles(&written), ["user", "assistant", "tool", "tool"]);
    assert_eq!(written[1]["content"][1]["text"], "Second.");
    assert_eq!(written[1]["tool_calls"].as_array().unwrap().len(), 2);
}

#[test]
fn results_move_right_behind_their_calls_in_the_order_of_the_calls() {
    let items = vec![
        calls("a", "f"),
        calls("b", "f"),
        says(Role::User, "meanwhile"),
        gives_back("b", text("B")),
        gives_back("a", text("A")),
        calls("c", "f"),
        gives_back("c", text("C")),
    ];
    let (written, warnings) = messages(items);
    assert_eq!(roles(&written), ["assistant", "tool", "tool", "user", "assistant", "tool"]);
    assert_eq!((&written[1]["content"], &written[2]["content"]), (&json!("A"), &json!("B")));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn the_same_id_twice_is_two_calls_with_a_result_each() {
    let items = vec![calls("a", "f"), gives_back("a", text("1")), calls("a", "f"), gives_back("a", text("2"))];
    let (written, _) = messages(items);
    assert_eq!(roles(&written), ["assistant", "tool", "assistant", "tool"]);
    assert_eq!((&written[1]["content"], &written[3]["content"]), (&json!("1"), &json!("2")));
}

#[test]
fn a_call_without_result_gets_an_empty_one_where_the_talk_went_on() {
    let (written, warnings) = messages(vec![calls("a", "f"), says(Role::User, "stop")]);
    assert_eq!(written[1], json!({"role": "tool", "tool_call_id": "call_x_a", "content": ""}));
    assert_eq!(warnings, ["approximated:messages[1]"]);
    let (written, warnings) = messages(vec![says(Role::User, "go"), calls("a", "f")]);
    assert_eq!((roles(&written), warnings), (vec!["user", "assistant"], Vec::new()));
    let (written, _) = messages(vec![calls("a", "f"), calls("b", "f"), gives_back("b", text("B"))]);
    assert_eq!(roles(&written), ["assistant", "tool", "tool"]);
}

#[test]
fn a_result_of_no_call_is_text_of_the_user() {
    let (written, warnings) = messages(vec![gives_back("a", text("A")), calls("a", "f")]);
    assert_eq!(written[0], json!({"role": "user", "content": "A"}));
    assert_eq!(warnings, ["approximated:messages[2]"]);
}

#[test]
fn what_only_messages_says_is_told_to_be_lost() {
    let mark = || Some(CacheMark { ttl: None });
    let call = ToolCall {
        place: Place::of("messages", 1).inside("content", 0),
        id: "toolu_1".into(),
        item_id: None,
        name: ToolName::function("f"),
        arguments: Arguments::Json(" ".into()),
        cache: mark(),
    };
    let result = ToolResult {
        place: Place::of("messages", 2).inside("content", 0),
        call_id: "toolu_1".into(),
        parts: text("it broke"),
        is_error: true,
        custom: false,
        cache: mark(),
    };
    let (written, warnings) = messages(vec![Item::ToolCall(call), Item::ToolResult(result)]);
    assert_eq!(written[0]["tool_calls"][0]["id"], written[1]["tool_call_id"]);
    assert_eq!(written[0]["tool_calls"][0]["function"]["arguments"], "{}");
    assert_eq!(written[1]["content"], "it broke");
    // The second mark counts with the first: it is the same field.
    let expected = ["dropped:messages[1].content[0].cache_control", "dropped:messages[2].content[0].is_error"];
    assert_eq!(warnings, expected);
}

#[test]
fn documents_travel_as_files_and_addresses_of_documents_as_words() {
    let file = |source, name: Option<&'static str>| {
        let kind = PartKind::File(File { source, name: name.map(Into::into) });
        let place = Place::of("messages", 0).inside("content", 0);
        Part { place, kind, cache: None }
    };
    let base64 = Source::Base64 { media_type: "application/pdf".into(), data: "cGRm".into() };
    let with = |part| match says(Role::User, "") {
        Item::Message(message) => Item::Message(crate::dialect::neutral::Message { parts: vec![part], ..message }),
        other => other,
    };
    let (written, warnings) = messages(vec![with(file(base64, None))]);
    let expected = json!({"filename": "document.pdf", "file_data": "data:application/pdf;base64,cGRm"});
    assert_eq!(written[0]["content"][0]["file"], expected);
    assert_eq!(warnings, Vec::<String>::new());
    for source in [Source::Url("https://a/b".into()), Source::Text("https://a/b".into())] {
        let (written, warnings) = messages(vec![with(file(source, Some("B")))]);
        assert_eq!(written[0]["content"], "B\n\nhttps://a/b");
        assert_eq!(warnings, ["approximated:messages[0].content[0]"]);
    }
    let items = vec![with(file(Source::FileId("file_1".into()), None))];
    let request = Request { items, ..Request::new(Dialect::AnthropicMessages) };
    assert_eq!(
        super::super::tests::support::written(&request, &target()).unwrap_err().path,
        "messages[0].content[0].file_id"
    );
}

#[test]
fn pictures_that_the_model_made_are_shown_to_it_by_the_user() {
    let place = Place::of("input", 1);
    let image = GeneratedImage { place, id: None, media_type: "image/png".into(), data: "aW1n".into() };
    let items = vec![Item::Image(image), says(Role::User, "make it blue")];
    let request = Request { items, ..Request::new(Dialect::OpenaiResponses) };
    let (body, warnings) = written(&request, &target()).unwrap();
    assert_eq!(roles(&body["messages"]), ["user", "user"]);
    assert_eq!(warnings, ["approximated:input[1]"]);
    let mut blind = target();
    blind.input_modalities = vec![Modality::Text];
    let (body, warnings) = written(&request, &blind).unwrap();
    assert_eq!((roles(&body["messages"]), warnings), (vec!["user"], vec!["dropped:input[1]".to_owned()]));
}

fn effort(thinking: Thinking, effort: Option<Effort>, known: &[&str]) -> (Value, Vec<String>) {
    let mut request = Request::new(Dialect::AnthropicMessages);
    request.reasoning = Some(ReasoningAsk { thinking, effort, display: None });
    let mut target = target();
    target.reasoning_efforts = known.iter().map(ToString::to_string).collect();
    let (body, warnings) = written(&request, &target).unwrap();
    (body["reasoning_effort"].clone(), warnings)
}

#[test]
fn efforts_are_the_nearest_that_the_target_knows() {
    let approximated = |path: &str| vec![format!("approximated:{path}")];
    let all = ["low", "medium", "high"];
    assert_eq!(effort(Thinking::Adaptive, Some(Effort::High), &all), (json!("high"), vec![]));
    assert_eq!(
        effort(Thinking::Unsaid, Some(Effort::Max), &[]),
        (json!("xhigh"), approximated("output_config.effort"))
    );
    assert_eq!(
        effort(Thinking::Unsaid, Some(Effort::Max), &all),
        (json!("high"), approximated("output_config.effort"))
    );
    assert_eq!(
        effort(Thinking::Unsaid, Some(Effort::Minimal), &all),
        (json!("low"), approximated("output_config.effort"))
    );
    assert_eq!(effort(Thinking::Budget(4_000), None, &all), (json!("medium"), approximated("thinking.budget_tokens")));
    assert_eq!(effort(Thinking::Off, None, &[]), (json!(null), approximated("thinking")));
    assert_eq!(effort(Thinking::Off, Some(Effort::None), &[]), (json!("none"), vec![]));
    assert_eq!(effort(Thinking::Off, None, &all), (json!("low"), approximated("thinking")));
    assert_eq!(effort(Thinking::Adaptive, None, &all), (json!(null), vec![]));
}

#[test]
fn a_target_that_does_not_reason_is_not_asked_to() {
    let mut request = Request::new(Dialect::OpenaiResponses);
    request.reasoning = Some(ReasoningAsk { effort: Some(Effort::High), ..ReasoningAsk::default() });
    let mut target = target();
    target.reasoning = false;
    let (body, warnings) = written(&request, &target).unwrap();
    assert_eq!((body.get("reasoning_effort"), warnings), (None, vec!["dropped:reasoning".to_owned()]));
}

#[test]
fn how_reasoning_is_shown_is_told_to_be_lost() {
    let mut request = Request::new(Dialect::AnthropicMessages);
    request.reasoning = Some(ReasoningAsk { display: Some("summarized".into()), ..ReasoningAsk::default() });
    assert_eq!(written(&request, &target()).unwrap().1, ["dropped:thinking.display"]);
}

#[test]
fn pictures_are_asked_for_where_the_target_makes_them() {
    let mut request = Request::new(Dialect::OpenaiResponses);
    request.wants_image = true;
    assert_eq!(written(&request, &target()).unwrap().1, ["dropped:tools/image_generation"]);
    let mut omni = target();
    omni.output_modalities.push(Modality::Image);
    let (body, warnings) = written(&request, &omni).unwrap();
    assert_eq!((&body["modalities"], warnings), (&json!(["text", "image"]), Vec::new()));
}

#[test]
fn without_tools_nothing_is_said_about_calling_them() {
    let mut request = Request::new(Dialect::AnthropicMessages);
    request.tool_choice = Some(ToolChoice::Auto);
    request.parallel_tool_calls = Some(false);
    let (body, warnings) = written(&request, &target()).unwrap();
    assert_eq!((body, warnings), (json!({"model": "upstream-model", "messages": []}), Vec::new()));
    request.tool_choice = Some(ToolChoice::Required);
    assert_eq!(written(&request, &target()).unwrap_err().path, "tool_choice");
}

#[test]
fn labels_that_are_too_long_become_checksums() {
    let mut request = Request::new(Dialect::AnthropicMessages);
    request.user = Some("u".repeat(65).into());
    request.prompt_cache_key = Some("k".repeat(64).into());
    let (body, warnings) = written(&request, &target()).unwrap();
    assert_eq!(
        (body["user"].as_str().unwrap().len(), warnings),
        (24, vec!["approximated:metadata.user_id".to_owned()])
    );
    assert_eq!(body["prompt_cache_key"], "k".repeat(64));
}

#[test]
fn metadata_stays_away_as_it_is_refused_without_a_stored_answer() {
    let mut request = Request::new(Dialect::OpenaiResponses);
    request.metadata = Some(r#"{"a":"b"}"#.into());
    let (body, warnings) = written(&request, &target()).unwrap();
    assert_eq!((body.get("metadata"), warnings), (None, vec!["dropped:metadata".to_owned()]));
}
