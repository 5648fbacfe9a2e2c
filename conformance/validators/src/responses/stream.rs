use serde_json::Value;

use super::progress::ItemProgress;
use super::{Faults, list, response, text};
use crate::ValidateStream;
use crate::event::Event;

/// Checks a stream.
#[derive(Default)]
pub struct ResponsesStreamValidator {
    seen: usize,
    next_sequence: u64,
    phase: Phase,
    id: String,
    model: String,
    items: Vec<ItemProgress>,
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Before,
    Created,
    Running,
    // Completed or incomplete: `[DONE]` is all that may come.
    Over,
    // An error was told: `response.failed` may come.
    Erred,
    Failed,
    Done,
}

/// Events about hosted tools: of any kind, as long as they name their item.
const HOSTED: [&str; 8] = [
    "web_search_call.",
    "file_search_call.",
    "code_interpreter_call.",
    "code_interpreter_call_code.",
    "image_generation_call.",
    "mcp_call.",
    "mcp_call_arguments.",
    "mcp_list_tools.",
];

impl ValidateStream for ResponsesStreamValidator {
    fn event(&mut self, event: &Event, violations: &mut Vec<String>) {
        let mut faults = Faults::default();
        let number = self.seen;
        self.seen += 1;
        if *event.data == *b"[DONE]" {
            faults.unless(self.phase == Phase::Over, format!("event {number}: `[DONE]` comes where nothing is done"));
            self.phase = Phase::Done;
        } else {
            match serde_json::from_slice::<Value>(&event.data) {
                Ok(data) if data.is_object() => {
                    let kind = text(&data, "type");
                    faults.within(format!("event {number}, {kind}"), |faults| {
                        let name = event.name();
                        faults.unless(name.is_empty() || name == kind, "its `event` line names another type");
                        self.data(kind, &data, faults);
                    });
                }
                _ => faults.add(format!("event {number}: its data is no JSON object")),
            }
        }
        violations.append(&mut faults.list);
    }

    fn end(&mut self, violations: &mut Vec<String>) {
        match self.phase {
            Phase::Done | Phase::Erred | Phase::Failed => {}
            Phase::Over => violations.push("the stream ends without `[DONE]`".to_owned()),
            _ => violations.push("the stream ends before the response has ended".to_owned()),
        }
    }
}

impl ResponsesStreamValidator {
    fn data(&mut self, kind: &str, data: &Value, faults: &mut Faults) {
        if kind == "keepalive" {
            return;
        }
        let over = matches!(self.phase, Phase::Over | Phase::Failed | Phase::Done);
        faults.unless(!over, "it comes behind the end");
        faults.unless(self.phase != Phase::Erred || kind == "response.failed", "it comes behind an error");
        let sequence = data["sequence_number"].as_u64();
        faults.unless(sequence == Some(self.next_sequence), "`sequence_number` is not the next");
        self.next_sequence = sequence.unwrap_or(self.next_sequence).saturating_add(1);
        match kind {
            "response.created" => self.created(data, faults),
            "response.in_progress" | "response.queued" => {
                faults.unless(matches!(self.phase, Phase::Created | Phase::Running), "nothing was created");
                self.phase = Phase::Running;
                self.same_response(&data["response"], faults);
            }
            "error" => {
                faults.unless(data["message"].is_string() || data["error"].is_object(), "it tells no error");
                self.phase = Phase::Erred;
            }
            "response.failed" => self.failed(&data["response"], faults),
            "response.completed" | "response.incomplete" => self.over(kind, &data["response"], faults),
            "response.output_item.added" => self.added(data, faults),
            "response.output_item.done" => {
                faults.unless(data["item"].is_object(), "there is no `item`");
                let index = data["output_index"].as_u64().map(|it| it as usize);
                match index.and_then(|it| self.items.get_mut(it)) {
                    Some(item) => item.end(&data["item"], faults),
                    None => faults.add("`output_index` names no item"),
                }
            }
            _ => self.of_item(kind, data, faults),
        }
    }

    fn created(&mut self, data: &Value, faults: &mut Faults) {
        faults.unless(self.phase == Phase::Before, "the response was created already");
        self.phase = Phase::Created;
        let created = &data["response"];
        text(created, "id").clone_into(&mut self.id);
        text(created, "model").clone_into(&mut self.model);
        response::check(created, faults);
        faults.unless(list(created, "output").is_empty(), "the response is created with something in it");
        faults.unless(matches!(text(created, "status"), "in_progress" | "queued"), "`status` is not `in_progress`");
    }

    fn same_response(&self, response: &Value, faults: &mut Faults) {
        response::check(response, faults);
        faults.unless(text(response, "id") == self.id, "the response has another `id` than when it was created");
        faults.unless(text(response, "model") == self.model, "the response has another `model` than before");
    }

    /// Clients look at the error, and at nothing else.
    fn failed(&mut self, response: &Value, faults: &mut Faults) {
        self.phase = Phase::Failed;
        faults.unless(text(response, "status") == "failed", "`status` is not `failed`");
        faults.unless(!text(&response["error"], "code").is_empty(), "the error has no `code`");
        faults.unless(response["error"]["message"].is_string(), "the error has no `message`");
        faults.unless(text(response, "id") == self.id, "the response has another `id` than when it was created");
        let same_model = response.get("model").is_none_or(|it| *it == *self.model);
        faults.unless(same_model, "the response has another `model` than before");
    }

    fn over(&mut self, kind: &str, response: &Value, faults: &mut Faults) {
        faults.unless(self.phase == Phase::Running, "the response was not in progress");
        self.phase = Phase::Over;
        self.same_response(response, faults);
        faults.unless(kind.strip_prefix("response.") == Some(text(response, "status")), "`status` is another");
        let output = list(response, "output");
        faults.unless(output.len() == self.items.len(), "`output` has other items than were told");
        for (index, (said, told)) in output.iter().zip(&self.items).enumerate() {
            match &told.ended {
                None => faults.add(format!("item {index} has not ended")),
                Some(told) => faults.unless(said == told, format!("output[{index}] is not the item that was told")),
            }
        }
    }

    fn added(&mut self, data: &Value, faults: &mut Faults) {
        faults.unless(self.phase == Phase::Running, "the response is not in progress");
        let next = Some(self.items.len() as u64);
        faults.unless(data["output_index"].as_u64() == next, "`output_index` is not the next");
        let item = ItemProgress::new(&data["item"], faults);
        faults.unless(self.items.iter().all(|it| it.id != item.id), "another item has this `id`");
        self.items.push(item);
    }

    fn of_item(&mut self, kind: &str, data: &Value, faults: &mut Faults) {
        let index = data["output_index"].as_u64().map(|it| it as usize);
        let Some(item) = index.and_then(|it| self.items.get_mut(it)) else {
            faults.add("`output_index` names no item");
            return;
        };
        faults.unless(text(data, "item_id") == item.id, "`item_id` is not that of the item");
        faults.unless(item.ended.is_none(), "the item has ended");
        match kind.strip_prefix("response.").unwrap_or_default() {
            "content_part.added" => item.add_part(false, data, faults),
            "reasoning_summary_part.added" => item.add_part(true, data, faults),
            "content_part.done" | "reasoning_summary_part.done" => item.end_part(data, faults),
            "output_text.delta" => item.text("output_text", "text", false, data, faults),
            "output_text.done" => item.text("output_text", "text", true, data, faults),
            "refusal.delta" => item.text("refusal", "refusal", false, data, faults),
            "refusal.done" => item.text("refusal", "refusal", true, data, faults),
            "reasoning_summary_text.delta" => item.text("summary_text", "text", false, data, faults),
            "reasoning_summary_text.done" => item.text("summary_text", "text", true, data, faults),
            "reasoning_text.delta" => item.text("reasoning_text", "text", false, data, faults),
            "reasoning_text.done" => item.text("reasoning_text", "text", true, data, faults),
            "function_call_arguments.delta" => item.text("arguments", "arguments", false, data, faults),
            "function_call_arguments.done" => {
                faults.unless(!text(data, "name").is_empty(), "there is no `name`");
                item.text("arguments", "arguments", true, data, faults);
            }
            "custom_tool_call_input.delta" => item.text("input", "input", false, data, faults),
            "custom_tool_call_input.done" => item.text("input", "input", true, data, faults),
            "output_text.annotation.added" => item.annotate(data, faults),
            other if HOSTED.iter().any(|it| other.starts_with(it)) => {}
            _ => faults.add("clients do not know such an event"),
        }
    }
}
