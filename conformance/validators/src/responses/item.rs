use serde_json::Value;

use super::{Faults, list, text};

/// Checks an item that has ended.
pub fn check_ended(item: &Value, faults: &mut Faults) {
    check(item, faults);
    let ended = matches!(text(item, "status"), "completed" | "incomplete" | "failed");
    match text(item, "type") {
        "message" => {
            faults.unless(ended, "its `status` is not that of an item that is over");
            for (index, part) in list(item, "content").iter().enumerate() {
                faults.within(format!("content[{index}]"), |faults| check_part(part, faults));
            }
        }
        "function_call" => {
            faults.unless(ended, "its `status` is not that of an item that is over");
            // What a model makes of them is its own affair, but nothing is no JSON.
            faults.unless(!text(item, "arguments").is_empty(), "`arguments` are empty");
        }
        "reasoning" => {
            for part in list(item, "summary") {
                faults.unless(text(part, "type") == "summary_text", "a part of `summary` is no `summary_text`");
                faults.unless(part["text"].is_string(), "a part of `summary` has no `text`");
            }
        }
        "image_generation_call" => {
            let drawn = !text(item, "result").is_empty();
            faults.unless(drawn || text(item, "status") == "failed", "there is no `result`");
        }
        _ => {}
    }
}

/// Checks what an item has from its beginning on.
pub fn check(item: &Value, faults: &mut Faults) {
    let kind = text(item, "type");
    faults.unless(!text(item, "id").is_empty(), "the item has no `id`");
    faults.unless(!kind.is_empty(), "the item has no `type`");
    match kind {
        "message" => {
            faults.unless(text(item, "role") == "assistant", "`role` is not `assistant`");
            faults.unless(item["content"].is_array(), "`content` is no list");
        }
        "function_call" | "custom_tool_call" => {
            faults.unless(!text(item, "call_id").is_empty(), "there is no `call_id`");
            faults.unless(!text(item, "name").is_empty(), "there is no `name`");
            let field = if kind == "function_call" { "arguments" } else { "input" };
            faults.unless(item[field].is_string(), format!("`{field}` is no text"));
            let namespace = item.get("namespace").is_none_or(Value::is_string);
            faults.unless(namespace, "`namespace` is no text");
        }
        "reasoning" => faults.unless(item["summary"].is_array(), "`summary` is no list"),
        _ => {}
    }
    if matches!(kind, "message" | "function_call" | "custom_tool_call" | "image_generation_call") {
        faults.unless(!text(item, "status").is_empty(), "the item has no `status`");
    }
}

/// Checks a part of a message.
pub fn check_part(part: &Value, faults: &mut Faults) {
    match text(part, "type") {
        "output_text" => {
            faults.unless(part["text"].is_string(), "there is no `text`");
            faults.unless(part["annotations"].is_array(), "`annotations` is no list");
            faults.unless(part["logprobs"].is_array(), "`logprobs` is no list");
        }
        "refusal" => faults.unless(part["refusal"].is_string(), "there is no `refusal`"),
        "reasoning_text" => faults.unless(part["text"].is_string(), "there is no `text`"),
        _ => faults.add("a part is of no known type"),
    }
}
