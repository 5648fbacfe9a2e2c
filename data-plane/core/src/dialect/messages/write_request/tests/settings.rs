use super::*;

#[test]
fn at_most_four_cache_marks_are_written_and_the_last_ones_count() {
    let marked = |index| {
        let cache = Some(CacheMark { ttl: None });
        let part = Part { cache, ..Part::text(at(index), "t") };
        Item::Message(Message { place: at(index), id: None, role: Role::User, name: None, parts: vec![part] })
    };
    let (turns, warnings) = messages((0..6).map(marked).collect());
    let marks: Vec<_> =
        turns[0]["content"].as_array().unwrap().iter().map(|it| it.get("cache_control").is_some()).collect();
    assert_eq!(marks, [false, false, true, true, true, true]);
    assert_eq!(warnings, ["dropped:messages[0].cache_control"]);
}

#[test]
fn the_cap_is_always_there() {
    let cap = |caller: Option<u64>, target: &Target| {
        let request = Request { max_output_tokens: caller, ..request(vec![say(Role::User, "u", 0)]) };
        written(&request, target).0["max_tokens"].as_u64().unwrap()
    };
    let of = |most| Target { max_output_tokens: most, ..target() };
    assert_eq!(cap(Some(7), &of(None)), 7);
    assert_eq!(cap(None, &of(Some(64_000))), 32_000);
    assert_eq!(cap(None, &of(Some(8_192))), 8_192);
    assert_eq!(cap(None, &of(None)), 4_096);
}

#[test]
fn settings_that_have_no_place_are_named() {
    let mut asked = request(vec![say(Role::User, "u", 0)]);
    asked.sampling.temperature = Some("1.5".into());
    asked.sampling.top_p = Some("0.9".into());
    asked.sampling.seed = Some("1".into());
    asked.sampling.frequency_penalty = Some("0".into());
    asked.sampling.presence_penalty = Some("0.5".into());
    asked.logprobs = Some(2);
    asked.stop = vec!["END".into(), "\n".into()];
    asked.user = Some("u1".into());
    asked.service_tier = Some("flex".into());
    asked.verbosity = Some("low".into());
    asked.prompt_cache_key = Some("k".into());
    asked.stream = true;
    let (body, warnings) = written(&asked, &target());
    assert_eq!(
        body,
        json!({"model": "claude", "max_tokens": 32_000, "temperature": 1, "stop_sequences": ["END"], "stream": true,
            "metadata": {"user_id": "u1"}, "messages": [{"role": "user", "content": [text("u")]}]})
    );
    assert_eq!(
        warnings,
        [
            "approximated:temperature",
            "approximated:top_p",
            "dropped:presence_penalty",
            "dropped:seed",
            "dropped:logprobs",
            "dropped:verbosity",
            "dropped:prompt_cache_key",
            "dropped:stop",
            "dropped:service_tier",
        ]
    );
}

#[test]
fn forms_of_the_answer_are_asked_for() {
    let ask = |format: Format<'static>, target: &Target| {
        let request = Request { format: Some(format), ..request(vec![say(Role::User, "u", 0)]) };
        written(&request, target)
    };
    let schema = |schema: &'static str| Format::JsonSchema {
        name: Some("n".into()),
        description: None,
        schema: schema.into(),
        strict: Some(true),
    };
    let (body, warnings) = ask(schema(r#"{"type":"object","additionalProperties":false}"#), &target());
    let format = json!({"type": "json_schema", "schema": {"type": "object", "additionalProperties": false}});
    assert_eq!(body["output_config"], json!({"format": format}));
    assert!(warnings.is_empty());

    let (body, warnings) = ask(schema(r#"{"type":"object"}"#), &target());
    assert_eq!(body["output_config"], json!({"format": format}));
    assert_eq!(warnings, ["approximated:response_format"]);

    let (body, warnings) = ask(Format::JsonObject, &target());
    assert!(body["system"][0]["text"].as_str().unwrap().contains("JSON object"));
    assert_eq!(warnings, ["approximated:response_format"]);
}
