//! What is sent and answered in these tests is as the `OpenAPI` document says.

use std::sync::LazyLock;

use control_plane::http::openapi;
use serde_json::{Value, json};

use crate::plane::Answer;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(openapi()).unwrap());

/// Every operation with its method and path.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    let paths = DESCRIPTION["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, it)| (&**method, &**path, it))
    })
}

/// A schema, wherever a reference to it leads.
pub fn follow(schema: &Value) -> &Value {
    schema["$ref"].as_str().map_or(schema, |it| DESCRIPTION.pointer(it.trim_start_matches('#')).unwrap())
}

/// What a value breaks of a schema.
pub fn breaches(schema: &Value, value: &Value) -> Vec<String> {
    let mut whole = schema.clone();
    whole["components"] = DESCRIPTION["components"].clone();
    let validator = jsonschema::draft202012::new(&whole).unwrap();
    validator.iter_errors(value).map(|it| format!("{} {it}", it.instance_path())).collect()
}

/// Fails when an answer, or a body that was accepted, is not as its operation says.
pub fn assert_as_described(method: &str, path: &str, sent: Option<&Value>, answer: &Answer) {
    let asked = format!("{method} {path}");
    let path = path.split('?').next().unwrap();
    let Some((_, _, operation)) =
        operations().find(|(its, template, _)| its.eq_ignore_ascii_case(method) && is_of(path, template))
    else {
        return;
    };
    let responses = &operation["responses"];
    let response = responses.get(answer.status.to_string()).or_else(|| responses.get("default"));
    let response = response.unwrap_or_else(|| panic!("{asked}: {} is not described", answer.status));
    if let Some(contents) = response["content"].as_object() {
        let media_type = answer.headers["content-type"].split(';').next().unwrap();
        let content = contents.get(media_type).unwrap_or_else(|| panic!("{asked}: {media_type} is not described"));
        if media_type.ends_with("json") && media_type != "application/x-ndjson" && content["schema"].is_object() {
            let broken = breaches(&content["schema"], &answer.json());
            assert!(broken.is_empty(), "{asked}: {broken:?}\n{}", answer.text);
        }
    } else {
        assert_eq!(answer.text, "", "{asked}: nothing is described");
    }
    if let Some(sent) = sent.filter(|_| answer.status < 300) {
        let broken = breaches(&operation["requestBody"]["content"]["application/json"]["schema"], sent);
        assert!(broken.is_empty(), "{asked} was accepted: {broken:?}\n{sent}");
    }
}

fn is_of(path: &str, template: &str) -> bool {
    let (mut parts, mut named) = (path.split('/'), template.split('/'));
    loop {
        match (parts.next(), named.next()) {
            (None, None) | (Some(_), Some("{page}")) => return true,
            (Some(part), Some(name)) if part == name || name.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[test]
fn every_body_has_an_example_and_every_example_fits_its_schema() {
    for (method, path, operation) in operations() {
        let Some(body) = operation.get("requestBody") else { continue };
        let schema = &body["content"]["application/json"]["schema"];
        let example = &follow(schema)["example"];
        assert!(example.is_object(), "{method} {path} has no example");
        assert_eq!(breaches(schema, example), Vec::<String>::new(), "{method} {path}");
    }
    for (name, schema) in DESCRIPTION["components"]["schemas"].as_object().unwrap() {
        for (field, it) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(example) = it.get("example") {
                assert_eq!(breaches(it, example), Vec::<String>::new(), "{name}.{field}");
            }
        }
    }
}

/// The check itself would find something.
#[test]
fn what_does_not_fit_is_found() {
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    let told = json!({"type": "x", "title": "x", "status": "404", "code": "x", "detail": "x"});
    assert_eq!(breaches(&problem, &told).len(), 1, "a status is a number");
}
