use super::*;

/// What Anthropic refuses with 400, as far as a conversation's form goes.
pub(super) fn refusals(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let turns = body["messages"].as_array().unwrap();
    let mut due: Vec<&str> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        if turn["role"] != role {
            wrong.push(format!("turn {index} is not the {role}'s"));
        }
        let blocks = turn["content"].as_array().unwrap();
        let of = |kind: &str| blocks.iter().take_while(|it| it["type"] == kind).count();
        let results = of("tool_result");
        let ids: Vec<_> = blocks[..results].iter().map(|it| it["tool_use_id"].as_str().unwrap()).collect();
        if ids != due || blocks[results..].iter().any(|it| it["type"] == "tool_result") {
            wrong.push(format!("turn {index} has results of {ids:?}, not of {due:?}"));
        }
        if blocks.is_empty() || blocks.iter().any(|it| it["text"].as_str().is_some_and(|it| it.trim().is_empty())) {
            wrong.push(format!("turn {index} holds nothing"));
        }
        due = blocks.iter().filter_map(|it| it["id"].as_str().filter(|_| it["type"] == "tool_use")).collect();
    }
    if !due.is_empty() {
        wrong.push("the last calls have no results".to_owned());
    }
    wrong
}

#[test]
fn every_recorded_request_is_written_in_a_form_that_is_accepted() {
    for (name, body) in captures() {
        let request = read_request(&body).unwrap();
        if request.impossible.is_some() {
            continue;
        }
        let (body, _) = written(&request, &target());
        assert_eq!(refusals(&body), Vec::<String>::new(), "{name}");
        assert_eq!(body["tools"].as_array().map_or(0, Vec::len), request.tools.len(), "{name}");
    }
}

#[test]
fn leading_system_messages_are_blocks_and_later_ones_reminders() {
    let items = vec![
        say(Role::System, "A", 0),
        say(Role::Developer, "B", 1),
        say(Role::User, "u", 2),
        say(Role::Developer, "C", 3),
        say(Role::Assistant, "a", 4),
        say(Role::User, "v", 5),
    ];
    let (body, warnings) = written(&request(items), &target());
    assert_eq!(body["system"], json!([text("A"), text("B")]));
    let reminder = text("<system-reminder>\nC\n</system-reminder>");
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("u"), reminder]},
            {"role": "assistant", "content": [text("a")]},
            {"role": "user", "content": [text("v")]},
        ])
    );
    assert_eq!(warnings, ["approximated:messages[3]"]);
}

#[test]
fn results_come_first_and_in_the_order_of_their_calls() {
    let (messages, warnings) = messages(vec![
        say(Role::User, "u", 0),
        say(Role::Assistant, "let me see", 1),
        call("call_a", 1),
        call("call_b", 1),
        say(Role::User, "hurry", 2),
        result("call_b", "2", 3),
        result("call_a", "1", 4),
    ]);
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": [text("u")]},
            {"role": "assistant", "content": [text("let me see"), used("toolu_call_a"), used("toolu_call_b")]},
            {"role": "user", "content": [answered("toolu_call_a", "1"), answered("toolu_call_b", "2"), text("hurry")]},
        ])
    );
    assert!(warnings.is_empty());
}

#[test]
fn results_that_are_missing_late_or_orphans_are_put_right() {
    let (messages, warnings) = messages(vec![
        say(Role::User, "u", 0),
        result("call_x", "nobody asked", 1),
        call("call_a", 2),
        call("call_b", 3),
        result("call_a", "1", 4),
        call("call_c", 5),
        result("call_b", "2", 6),
    ]);
    assert_eq!(
        messages,
        json!([
            {"role": "user", "content": [text("u"), text("nobody asked")]},
            {"role": "assistant", "content": [used("toolu_call_a"), used("toolu_call_b")]},
            {"role": "user", "content": [answered("toolu_call_a", "1"), answered("toolu_call_b", "2")]},
            {"role": "assistant", "content": [used("toolu_call_c")]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_call_c"}]},
        ])
    );
    assert_eq!(warnings, ["approximated:messages[5]"]);
}

#[test]
fn calls_that_share_an_id_are_told_apart() {
    let (messages, _) = messages(vec![
        say(Role::User, "u", 0),
        call("call_0", 1),
        result("call_0", "1", 2),
        call("call_0", 3),
        result("call_0", "2", 4),
    ]);
    assert_eq!(messages[2]["content"], json!([answered("toolu_call_0", "1")]));
    assert_eq!(messages[4]["content"], json!([answered("toolu_call_0_1", "2")]));
}

#[test]
fn the_user_speaks_first_and_somebody_always_speaks() {
    let (turns, warnings) = messages(vec![say(Role::Assistant, "a", 0), say(Role::User, "u", 1)]);
    assert_eq!(turns[0], json!({"role": "user", "content": [text(".")]}));
    assert_eq!(warnings, ["approximated:messages[0]"]);

    let (body, warnings) = written(&request(vec![say(Role::System, "s", 0)]), &target());
    assert_eq!(body.get("system"), None);
    assert_eq!(body["messages"], json!([{"role": "user", "content": [text("s")]}]));
    assert_eq!(warnings, ["approximated:messages[0]"]);

    let nothing = write_request(&request(Vec::new()), &target(), &mut ToolNames::default(), &mut Warnings::default());
    assert_eq!(nothing.unwrap_err().path, "messages");
}

#[test]
fn empty_texts_are_left_out_and_the_last_word_is_trimmed() {
    let (turns, warnings) = messages(vec![
        say(Role::User, "u", 0),
        say(Role::User, "", 1),
        say(Role::Assistant, "", 2),
        say(Role::Assistant, "The answer is: \n", 3),
    ]);
    assert_eq!(
        turns,
        json!([
            {"role": "user", "content": [text("u")]},
            {"role": "assistant", "content": [text("The answer is:")]},
        ])
    );
    assert_eq!(warnings, ["approximated:messages"]);
}

#[test]
fn pictures_and_documents_are_written_everywhere() {
    let part = |kind| Part { place: at(0).inside("content", 0), kind, cache: None };
    let image = |source| part(PartKind::Image(Image { source, detail: None }));
    let file = |source| part(PartKind::File(File { source, name: Some("n".into()) }));
    let base64 = |media_type: &'static str, data: &'static str| Source::Base64 {
        media_type: media_type.into(),
        data: data.into(),
    };
    let parts = vec![
        image(base64("image/png", "AAAA")),
        image(Source::Url("https://a.example/x.png".into())),
        image(Source::Url("data:image/jpg;base64,BBBB".into())),
        file(base64("application/pdf", "CCCC")),
        file(base64("text/markdown", "aGk=")),
        file(Source::Text("words".into())),
        part(PartKind::Audio { data: "D".into(), format: "wav".into() }),
    ];
    let items = vec![
        say(Role::User, "u", 0),
        call("call_1", 1),
        Item::ToolResult(ToolResult {
            place: at(2),
            call_id: "call_1".into(),
            parts,
            is_error: true,
            custom: false,
            cache: None,
        }),
    ];
    let (turns, warnings) = messages(items);
    let document = |source: Value| json!({"type": "document", "source": source, "title": "n"});
    let image = |source: Value| json!({"type": "image", "source": source});
    assert_eq!(
        turns[2]["content"][0],
        json!({"type": "tool_result", "tool_use_id": "toolu_call_1", "is_error": true, "content": [
            image(json!({"type": "base64", "media_type": "image/png", "data": "AAAA"})),
            image(json!({"type": "url", "url": "https://a.example/x.png"})),
            image(json!({"type": "base64", "media_type": "image/jpeg", "data": "BBBB"})),
            document(json!({"type": "base64", "media_type": "application/pdf", "data": "CCCC"})),
            document(json!({"type": "text", "media_type": "text/plain", "data": "hi"})),
            document(json!({"type": "text", "media_type": "text/plain", "data": "words"})),
        ]})
    );
    assert_eq!(warnings, ["dropped:messages[0].content[0]"]);
}
