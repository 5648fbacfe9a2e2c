//! A YAML file as JSON: what Compose files need of it.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Without anchors, which the files do not have.
pub fn parse(text: &str) -> Value {
    let mut events: Vec<Event> = Parser::new_from_str(text).map(|it| it.unwrap().0).collect();
    events.reverse();
    while let Some(event) = events.pop() {
        if !matches!(event, Event::StreamStart | Event::DocumentStart(_) | Event::Nothing) {
            return value(event, &mut events);
        }
    }
    Value::Null
}

fn value(event: Event<'_>, rest: &mut Vec<Event<'_>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => match text.as_ref() {
            "" | "null" | "~" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            text => Value::String(text.to_owned()),
        },
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            while let Some(event) = rest.pop().filter(|it| *it != Event::SequenceEnd) {
                items.push(value(event, rest));
            }
            Value::Array(items)
        }
        Event::MappingStart(..) => {
            let mut fields = Map::new();
            while let Some(Event::Scalar(name, ..)) = rest.pop() {
                let event = rest.pop().expect("a key has a value");
                fields.insert(name.into_owned(), value(event, rest));
            }
            Value::Object(fields)
        }
        other => panic!("{other:?} is more than this reader knows"),
    }
}
