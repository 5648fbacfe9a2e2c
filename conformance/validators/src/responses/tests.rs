#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;
use vocabulary::Dialect;

use super::validate_answer;
use crate::validate_stream;

/// The data of a flawless stream, one event after the other.
fn events() -> Vec<Value> {
    let stream = include_str!("flawless.txt");
    let data = stream.lines().filter_map(|it| it.strip_prefix("data: ")).filter(|it| *it != "[DONE]");
    data.map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn faults(events: &[Value]) -> Vec<String> {
    let mut stream = events.iter().fold(String::new(), |stream, event| format!("{stream}data: {event}\n\n"));
    stream += "data: [DONE]\n\n";
    validate_stream(Dialect::OpenaiResponses, stream.as_bytes())
}

/// Numbers them anew, so that nothing but the fault itself is found.
fn numbered(mut events: Vec<Value>) -> Vec<Value> {
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = number.into();
    }
    events
}

#[test]
fn a_flawless_stream_has_no_faults() {
    assert_eq!(faults(&events()), [""; 0]);
}

#[test]
fn every_event_is_needed_where_it_is() {
    let flawless = events();
    for (index, event) in flawless.iter().enumerate() {
        let mut less = flawless.clone();
        less.remove(index);
        assert!(!faults(&numbered(less)).is_empty(), "without {event}");
        let mut twice = flawless.clone();
        twice.insert(index, event.clone());
        let is_progress = event["type"] == "response.in_progress";
        assert!(is_progress || !faults(&numbered(twice)).is_empty(), "{event} twice");
    }
}

#[test]
fn every_field_is_looked_at() {
    let flawless = events();
    for (index, event) in flawless.iter().enumerate() {
        for field in event.as_object().unwrap().keys() {
            let mut without = flawless.clone();
            without[index].as_object_mut().unwrap().remove(field);
            assert!(!faults(&without).is_empty(), "{event} without {field}");
        }
    }
}

#[test]
fn fields_of_the_response_are_looked_at() {
    let response = events().last().unwrap()["response"].clone();
    let faults = |response: &Value| validate_answer(response.to_string().as_bytes());
    assert_eq!(faults(&response), [""; 0]);
    let fields = "id object created_at status error incomplete_details instructions metadata model output \
         parallel_tool_calls temperature tool_choice tools top_p usage";
    for field in fields.split_whitespace() {
        let mut without = response.clone();
        without.as_object_mut().unwrap().remove(field);
        assert!(!faults(&without).is_empty(), "without {field}");
    }
    for (item, fields) in [(1, "id status role content"), (2, "id status call_id name arguments"), (0, "id summary")] {
        for field in fields.split_whitespace() {
            let mut without = response.clone();
            without["output"][item].as_object_mut().unwrap().remove(field);
            assert!(!faults(&without).is_empty(), "item {item} without {field}");
        }
    }
}

#[test]
fn an_error_ends_a_stream_and_no_marker_follows() {
    let begun = &events()[..2];
    let stream = |more: &str| {
        let begun = begun.iter().fold(String::new(), |stream, event| format!("{stream}data: {event}\n\n"));
        validate_stream(Dialect::OpenaiResponses, format!("{begun}{more}").as_bytes())
    };
    let error = "data: {\"type\":\"error\",\"sequence_number\":2,\"message\":\"m\",\"code\":\"c\"}\n\n";
    assert_eq!(stream(error), [""; 0]);
    assert_eq!(stream(&format!("data: {{\"type\":\"keepalive\"}}\n\n{error}")), [""; 0]);
    let id = begun[0]["response"]["id"].as_str().unwrap();
    let failed = |error: &str| {
        format!(
            r#"data: {{"type":"response.failed","sequence_number":3,"response":{{"id":"{id}","status":"failed","error":{error}}}}}"#
        )
    };
    let named = failed(r#"{"code":"server_error","message":"m"}"#);
    assert_eq!(stream(&format!("{error}{named}\n\n")), [""; 0]);
    assert_eq!(stream(&format!("{error}{}\n\n", failed("null"))).len(), 2);
    assert_eq!(stream(&format!("{error}data: [DONE]\n\n")).len(), 1);
    assert_eq!(stream("").len(), 1);
}
