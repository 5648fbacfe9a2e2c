use std::borrow::Cow;

use super::{Reading, kind_name};
use crate::dialect::neutral::{
    Arguments, GeneratedImage, Item, Message, Part, Place, Role, ToolCall, ToolName, ToolResult,
};
use crate::dialect::{InvalidBody, responses::output};
use crate::json::{Fields, Kind, Raw, want};

/// What items carry for the client's own use.
const BOOKKEEPING: [&str; 2] = ["status", "internal_chat_message_metadata_passthrough"];

impl<'a> Reading<'a> {
    /// `input`: a text, or items.
    pub(super) fn input(&mut self, input: &Raw<'a>) -> Result<(), InvalidBody> {
        if let Some(text) = input.words() {
            let place = Place::of("input", 0);
            self.message(place, Role::User, vec![Part::text(place, text)]);
            return Ok(());
        }
        let items =
            input.elements().ok_or_else(|| InvalidBody::field("input", input.offset, "a text or a list of items"))?;
        for (index, item) in items.into_iter().enumerate() {
            self.item(Place::of("input", index), &item)?;
        }
        Ok(())
    }

    fn item(&mut self, place: Place, raw: &Raw<'a>) -> Result<(), InvalidBody> {
        let mut fields = raw.fields().ok_or_else(|| InvalidBody::field(&place.to_string(), raw.offset, "an object"))?;
        let kind = want::string(&mut fields, place, "type")?;
        for name in BOOKKEEPING {
            fields.take(name);
        }
        match kind.as_deref() {
            Some("message") => self.message_item(place, &mut fields)?,
            None if fields.get("role").is_some() => self.message_item(place, &mut fields)?,
            Some("function_call" | "custom_tool_call") => self.call(place, &mut fields, kind_name(kind.as_ref()))?,
            Some("function_call_output" | "custom_tool_call_output") => {
                self.result(place, &mut fields, kind_name(kind.as_ref()))?;
            }
            Some("reasoning") => self.reasoning_item(place, raw, &mut fields),
            Some("additional_tools") => {
                fields.take("role");
                fields.take("id");
                let tools = want::elements(&mut fields, place, "tools")?;
                self.tools(tools, Some(place))?;
            }
            Some("tool_search_output") => {
                let tools = want::elements(&mut fields, place, "tools")?;
                self.tools(tools, Some(place))?;
                self.unknown(place, "tool_search_output");
                return Ok(());
            }
            Some(kind @ ("compaction" | "compaction_summary")) => {
                self.compaction(place, &mut fields, kind);
                return Ok(());
            }
            Some("image_generation_call") if fields.get("result").is_some() => {
                self.generated_image(place, &mut fields)?;
            }
            None if fields.get("id").is_none() => {
                return Err(InvalidBody::field(&place.field("type"), raw.offset, "a text"));
            }
            Some("item_reference") | None => {
                self.impossible(
                    place.to_string(),
                    "the item that it refers to is kept by the provider that made it, if by any; send items whole (Vercel's \
                     AI SDK does with `store: false`), or have the operator turn `settings.responses_store` on",
                );
                return Ok(());
            }
            // Hosted tools' calls, and what is newer than this.
            Some(other) => {
                self.unknown(place, other);
                return Ok(());
            }
        }
        self.rest(place, fields);
        Ok(())
    }

    fn message_item(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let offset = fields.offset;
        let role = match &*want::required(fields, place, "role")? {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            "developer" => Role::Developer,
            _ => {
                let expected = "`user`, `assistant`, `system` or `developer`";
                return Err(InvalidBody::field(&place.field("role"), offset, expected));
            }
        };
        let id = want::string(fields, place, "id")?;
        let parts = match fields.take("content") {
            Some(content) => self.parts(place, "content", &content)?,
            None => Vec::new(),
        };
        self.request.items.push(Item::Message(Message { place, id, role, name: None, parts }));
        Ok(())
    }

    fn call(&mut self, place: Place, fields: &mut Fields<'a>, kind: &str) -> Result<(), InvalidBody> {
        let custom = kind == "custom_tool_call";
        let name = ToolName {
            namespace: want::string(fields, place, "namespace")?,
            name: want::required(fields, place, "name")?,
            custom,
        };
        let arguments = if custom {
            Arguments::Text(want::string(fields, place, "input")?.unwrap_or_default())
        } else {
            Arguments::Json(match fields.take("arguments") {
                // Some clients write the object itself.
                Some(raw) => raw.string().unwrap_or(Cow::Borrowed(raw.as_str())),
                None => Cow::Borrowed(""),
            })
        };
        let item_id = want::string(fields, place, "id")?;
        let id = want::required(fields, place, "call_id")?;
        self.request.items.push(Item::ToolCall(ToolCall { place, id, item_id, name, arguments, cache: None }));
        Ok(())
    }

    fn result(&mut self, place: Place, fields: &mut Fields<'a>, kind: &str) -> Result<(), InvalidBody> {
        fields.take("id");
        // Codex tells what its own tools did without a call of theirs: nothing is called by the empty id.
        let call_id = want::string(fields, place, "call_id")?.unwrap_or_default();
        if call_id.is_empty() {
            for name in ["name", "namespace"] {
                fields.take(name);
            }
        }
        let parts = match fields.take("output") {
            Some(output) if matches!(output.kind(), Kind::String | Kind::Array) => {
                self.parts(place, "output", &output)?
            }
            // Not as the API has it, but its meaning is clear.
            Some(output) => vec![Part::text(place.inside("output", 0), output.as_str())],
            None => Vec::new(),
        };
        let custom = kind == "custom_tool_call_output";
        let result = ToolResult { place, call_id, parts, is_error: false, custom, cache: None };
        self.request.items.push(Item::ToolResult(result));
        Ok(())
    }

    fn generated_image(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let id = want::string(fields, place, "id")?;
        let data = want::required(fields, place, "result")?;
        let format = want::string(fields, place, "output_format")?;
        let media_type = output::media_type(format.as_deref());
        self.request.items.push(Item::Image(GeneratedImage { place, id, media_type: media_type.into(), data }));
        Ok(())
    }
}
