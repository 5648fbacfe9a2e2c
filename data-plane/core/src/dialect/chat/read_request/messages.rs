use std::collections::HashSet;

use super::{assistant, content, drop_rest};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Item, Message, Place, Request, Role, ToolResult};
use crate::json::{Fields, Raw, want};

/// Reads the conversation.
pub fn read<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let list = fields.take("messages").and_then(|it| it.elements());
    let list = list.ok_or_else(|| InvalidBody::field("messages", fields.offset, "a list of messages"))?;
    let mut calls = Calls::default();
    for (index, raw) in list.into_iter().enumerate() {
        message(&raw, Place::of("messages", index), &mut calls, request)?;
    }
    Ok(())
}

/// What later messages have to know of earlier calls.
#[derive(Default)]
pub struct Calls {
    /// The ids of calls of custom tools.
    pub custom: HashSet<String>,
    /// The id given to the last call in the old form, which has none.
    pub function: Option<String>,
}

fn message<'a>(raw: &Raw<'a>, place: Place, calls: &mut Calls, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let Some(mut fields) = raw.fields() else {
        return Err(InvalidBody::field(&place.to_string(), raw.offset, "an object"));
    };
    let role = want::string(&mut fields, place, "role")?.unwrap_or_default();
    match &*role {
        "system" => words(&mut fields, place, Role::System, request)?,
        "developer" => words(&mut fields, place, Role::Developer, request)?,
        "user" => words(&mut fields, place, Role::User, request)?,
        "assistant" => assistant::read(&mut fields, place, calls, request)?,
        "tool" => {
            let id = want::string(&mut fields, place, "tool_call_id")?;
            let custom = id.as_deref().is_some_and(|it| calls.custom.contains(it));
            let parts = content::read(&mut fields, place, request)?;
            // What the result is of is known from the call.
            fields.take("name");
            let call_id = id.unwrap_or_default();
            request.items.push(Item::ToolResult(ToolResult {
                place,
                call_id,
                parts,
                is_error: false,
                custom,
                cache: content::cache_mark(&mut fields),
            }));
        }
        "function" => {
            let parts = content::read(&mut fields, place, request)?;
            fields.take("name");
            let call_id = calls.function.clone().unwrap_or_default().into();
            request.items.push(Item::ToolResult(ToolResult {
                place,
                call_id,
                parts,
                is_error: false,
                custom: false,
                cache: None,
            }));
        }
        _ => {
            let expected = "`system`, `developer`, `user`, `assistant`, `tool` or `function`";
            return Err(InvalidBody::field(&place.field("role"), raw.offset, expected));
        }
    }
    drop_rest(fields, place, &mut request.warnings);
    Ok(())
}

/// A message of the operator or the user; without words it is none.
fn words<'a>(fields: &mut Fields<'a>, place: Place, role: Role, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let name = want::string(fields, place, "name")?;
    let parts = content::read(fields, place, request)?;
    if !parts.is_empty() {
        request.items.push(Item::Message(Message { place, id: None, role, name, parts }));
    }
    Ok(())
}
