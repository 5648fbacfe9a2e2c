#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::write_request;
use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::messages::fixtures::{adaptive, captures, paths, realm, target, written};
use crate::dialect::messages::read_request;
use crate::dialect::neutral::{
    Arguments, Artefact, CacheMark, Effort, File, Format, Image, Item, Message, Part, PartKind, Place, ReasoningAsk,
    ReasoningItem, Request, Role, Source, Thinking, Tool, ToolCall, ToolChoice, ToolKind, ToolName, ToolNames,
    ToolResult, Warnings,
};

mod property;
mod settings;
mod thinking;
mod tools;
mod turns;

fn at(index: usize) -> Place {
    Place::of("messages", index)
}

fn say(role: Role, text: &'static str, index: usize) -> Item<'static> {
    Item::Message(Message { place: at(index), id: None, role, name: None, parts: vec![Part::text(at(index), text)] })
}

fn call(id: &'static str, index: usize) -> Item<'static> {
    let arguments = Arguments::Json(r#"{"a":1}"#.into());
    let name = ToolName::function("f");
    Item::ToolCall(ToolCall { place: at(index), id: id.into(), item_id: None, name, arguments, cache: None })
}

fn result(id: &'static str, text: &'static str, index: usize) -> Item<'static> {
    let parts = vec![Part::text(at(index), text)];
    let (call_id, place) = (id.into(), at(index));
    Item::ToolResult(ToolResult { place, call_id, parts, is_error: false, custom: false, cache: None })
}

fn thought(index: usize) -> Item<'static> {
    let block = r#"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#.into();
    let artefact = Artefact { realm: Some(realm()), dialect: Dialect::AnthropicMessages, block };
    let text = vec!["hm".into()];
    Item::Reasoning(ReasoningItem { place: at(index), id: None, text, artefact: Some(artefact) })
}

fn request(items: Vec<Item<'static>>) -> Request<'static> {
    Request { items, ..Request::new(Dialect::OpenaiChat) }
}

fn tool(name: &'static str) -> Tool<'static> {
    Tool {
        place: Place::of("tools", 0),
        name: ToolName::function(name),
        description: None,
        kind: ToolKind::Function { schema: None },
        strict: None,
        cache: None,
    }
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn used(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "f", "input": {"a": 1}})
}

fn answered(id: &str, said: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": [text(said)]})
}

fn messages(items: Vec<Item<'static>>) -> (Value, Vec<String>) {
    let (mut body, warnings) = written(&request(items), &target());
    (body["messages"].take(), warnings)
}
