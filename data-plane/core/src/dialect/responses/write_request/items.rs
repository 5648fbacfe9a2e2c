use std::borrow::Cow;
use std::collections::HashSet;

use super::Writing;
use crate::dialect::Dialect;
use crate::dialect::neutral::{
    Arguments, Artefact, CacheMark, Impossible, Item, Message, Part, PartKind, Place, Realm, ReasoningItem, Role,
    ToolCall, ToolResult, custom, tool_call_id,
};
use crate::json::Fields;
use crate::json::write::{ArrayWriter, ObjectWriter};

impl<'a> Writing<'_, 'a> {
    /// `input`: every item at its place.
    pub(super) fn input(&mut self, object: &mut ObjectWriter<'_>) -> Result<(), Impossible> {
        let request = self.request;
        let mut possible = Ok(());
        let mut custom_calls = HashSet::new();
        object.array("input", |input| {
            for item in &request.items {
                possible = match item {
                    Item::Message(message) => self.message(input, message),
                    Item::Reasoning(reasoning) => {
                        self.reasoning_item(input, reasoning);
                        Ok(())
                    }
                    Item::ToolCall(call) => {
                        if self.call(input, call) {
                            custom_calls.insert(&*call.id);
                        }
                        Ok(())
                    }
                    Item::ToolResult(result) => self.result(input, result, custom_calls.contains(&*result.call_id)),
                    Item::Image(image) => {
                        self.warnings.dropped(image.place.to_string());
                        Ok(())
                    }
                };
                if possible.is_err() {
                    return;
                }
            }
        });
        possible
    }

    fn message(&mut self, input: &mut ArrayWriter<'_>, message: &Message<'a>) -> Result<(), Impossible> {
        if message.name.is_some() {
            self.warnings.dropped(message.place.field("name"));
        }
        let role = match message.role {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let mut possible = Ok(());
        // An empty message says nothing, and the API refuses it.
        input.attempt(|item| {
            item.string("type", "message");
            item.string("role", role);
            let mut says = false;
            item.array("content", |content| {
                if message.role == Role::Assistant {
                    self.said(content, &message.parts);
                } else {
                    possible = self.asked(content, &message.parts);
                }
                says = !content.is_empty();
            });
            says
        });
        possible
    }

    /// What the target minted itself is given back as it was; everything else stays away: it is no text that anybody said.
    fn reasoning_item(&mut self, input: &mut ArrayWriter<'_>, reasoning: &ReasoningItem<'a>) {
        match &reasoning.artefact {
            Some(artefact) if is_at_home(artefact, self.realm) => input.raw(&artefact.block),
            _ => self.warnings.dropped(reasoning.place.to_string()),
        }
    }

    /// Writes a call; tells whether it is one of a custom tool.
    fn call(&mut self, input: &mut ArrayWriter<'_>, call: &ToolCall<'a>) -> bool {
        self.no_cache_mark(call.place, call.cache.as_ref());
        let keeps_custom = self.keeps_custom();
        let custom = call.name.custom && keeps_custom;
        let name = self.names.add(&call.name, keeps_custom);
        input.object(|item| {
            item.string("type", if custom { "custom_tool_call" } else { "function_call" });
            item.string("call_id", &tool_call_id(&call.id, "call_"));
            item.string("name", &name);
            match &call.arguments {
                Arguments::Json(text) | Arguments::Text(text) if custom => item.string("input", text),
                Arguments::Text(text) => item.string("arguments", &custom::wrap(text)),
                Arguments::Json(json) if json.trim().is_empty() => item.string("arguments", "{}"),
                Arguments::Json(json) => item.string("arguments", json),
            }
        });
        custom
    }

    fn result(
        &mut self,
        input: &mut ArrayWriter<'_>,
        result: &ToolResult<'a>,
        of_custom_call: bool,
    ) -> Result<(), Impossible> {
        self.no_cache_mark(result.place, result.cache.as_ref());
        if result.is_error {
            self.warnings.dropped(result.place.field("is_error"));
        }
        let custom = of_custom_call || result.custom && self.keeps_custom();
        let mut possible = Ok(());
        input.object(|item| {
            item.string("type", if custom { "custom_tool_call_output" } else { "function_call_output" });
            item.string("call_id", &tool_call_id(&result.call_id, "call_"));
            match result.parts.as_slice() {
                [] => item.string("output", ""),
                [Part { kind: PartKind::Text(text), place, cache }] => {
                    self.no_cache_mark(*place, cache.as_ref());
                    item.words("output", &text.text);
                }
                parts => item.array("output", |output| possible = self.asked(output, parts)),
            }
        });
        possible
    }

    /// OpenAI caches prompts by itself.
    pub(super) fn no_cache_mark(&mut self, place: Place, mark: Option<&CacheMark<'_>>) {
        if mark.is_some() {
            self.warnings.dropped(place.field("cache_control"));
        }
    }
}

/// The target minted it. Seals can be forged: only what is a reasoning item stands where one is written.
pub(super) fn is_at_home(artefact: &Artefact<'_>, realm: Realm) -> bool {
    let kind = || Fields::document(artefact.block.as_bytes()).ok()?.take_string("type").map(Cow::into_owned);
    artefact.is_at_home(realm, Dialect::OpenaiResponses) && kind().as_deref() == Some("reasoning")
}
