use std::borrow::Cow;

use super::messages::Calls;
use super::{content, drop_rest};
use crate::dialect::InvalidBody;
use crate::dialect::chat::{details, parts};
use crate::dialect::neutral::{
    Arguments, GeneratedImage, Item, Message, Part, PartKind, Place, Request, Role, ToolCall, ToolName,
};
use crate::json::{Fields, Kind, Raw, want};

/// Reads what a model said: its reasoning, its words, its pictures, its calls.
pub fn read<'a>(
    fields: &mut Fields<'a>,
    place: Place,
    calls: &mut Calls,
    request: &mut Request<'a>,
) -> Result<(), InvalidBody> {
    request.items.extend(details::read_history(fields, place).into_iter().map(Item::Reasoning));
    words(fields, place, request)?;
    for (index, raw) in fields.take_elements("images").into_iter().enumerate() {
        let place = place.inside("images", index);
        match parts::generated_image(&raw) {
            Some((media_type, data)) => {
                request.items.push(Item::Image(GeneratedImage { place, id: None, media_type, data }));
            }
            None => request.warnings.dropped(place.to_string()),
        }
    }
    let list = want::elements(fields, place, "tool_calls")?;
    for (index, raw) in list.into_iter().enumerate() {
        let call = tool_call(&raw, place.inside("tool_calls", index), request)?;
        if call.name.custom {
            calls.custom.insert(call.id.to_string());
        }
        request.items.push(Item::ToolCall(call));
    }
    if let Some(function) = want::object(fields, place, "function_call")? {
        let id = format!("call_{}", place.index);
        calls.function = Some(id.clone());
        let call = function_call(function, place, id.into(), request)?;
        request.items.push(Item::ToolCall(call));
    }
    Ok(())
}

fn words<'a>(fields: &mut Fields<'a>, place: Place, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let name = want::string(fields, place, "name")?;
    let mut words = content::read(fields, place, request)?;
    let annotations = parts::annotations(&fields.take_elements("annotations"));
    let text = words.iter_mut().find_map(|it| match &mut it.kind {
        PartKind::Text(text) => Some(text),
        _ => None,
    });
    if let Some(text) = text {
        text.annotations = annotations;
    }
    if let Some(refusal) = want::string(fields, place, "refusal")?.filter(|it| !it.is_empty()) {
        words.push(Part { place, kind: PartKind::Refusal(refusal), cache: None });
    }
    if !words.is_empty() {
        request.items.push(Item::Message(Message { place, id: None, role: Role::Assistant, name, parts: words }));
    }
    Ok(())
}

fn tool_call<'a>(raw: &Raw<'a>, place: Place, request: &mut Request<'a>) -> Result<ToolCall<'a>, InvalidBody> {
    let Some(mut fields) = raw.fields() else {
        return Err(InvalidBody::field(&place.to_string(), raw.offset, "an object"));
    };
    let id = want::string(&mut fields, place, "id")?.filter(|it| !it.is_empty());
    let id = id.unwrap_or_else(|| {
        let number = place.inner.map_or(0, |(_, it)| it);
        format!("call_{}_{number}", place.index).into()
    });
    // Clients that put streams together keep the fragment's number.
    fields.take("index");
    let kind = want::string(&mut fields, place, "type")?;
    let call = if let Some(mut custom) = want::object(&mut fields, place, "custom")? {
        let path = place.field("custom");
        let name = want::string(&mut custom, &path, "name")?.unwrap_or_default();
        let input = want::string(&mut custom, &path, "input")?.unwrap_or_default();
        drop_rest(custom, path, &mut request.warnings);
        let (name, arguments) = (ToolName::custom(name), Arguments::Text(input));
        ToolCall { place, id, item_id: None, name, arguments, cache: None }
    } else {
        let function = want::object(&mut fields, place, "function")?;
        let function = function.ok_or_else(|| {
            let missing = if kind.as_deref() == Some("custom") { "custom" } else { "function" };
            InvalidBody::field(&place.field(missing), raw.offset, "an object")
        })?;
        function_call(function, place, id, request)?
    };
    let call = ToolCall { cache: content::cache_mark(&mut fields), ..call };
    drop_rest(fields, place, &mut request.warnings);
    Ok(call)
}

fn function_call<'a>(
    mut function: Fields<'a>,
    place: Place,
    id: Cow<'a, str>,
    request: &mut Request<'a>,
) -> Result<ToolCall<'a>, InvalidBody> {
    let name = want::string(&mut function, place.field("function"), "name")?.unwrap_or_default();
    let arguments = match function.take("arguments") {
        None => Cow::default(),
        Some(raw) if raw.kind() == Kind::String => raw.string().unwrap_or_default(),
        Some(raw) => raw.as_str().into(),
    };
    drop_rest(function, place.field("function"), &mut request.warnings);
    let (name, arguments) = (ToolName::function(name), Arguments::Json(arguments));
    Ok(ToolCall { place, id, item_id: None, name, arguments, cache: None })
}
