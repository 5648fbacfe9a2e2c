//! `POST /v1/responses/compact` on targets that do not offer it: the model is asked for a summary, and the answer is put
//! into the form that callers expect. The summary travels in `encrypted_content`, sealed as any artefact is, and the reader
//! of Responses requests turns it into a developer message again.

use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Artefact, Reply, mint_id};
use crate::json::write::{self, ArrayWriter};
use crate::json::{Fields, Kind, Raw};

/// What the model is asked for, as the last message of the user.
const INSTRUCTION: &str = "Summarise this conversation for the model that continues it and sees nothing else of it than \
    this summary and the user's messages. Write down: what the user wants, with every constraint; what was done and found, \
    with the names, paths, values and commands that matter; what failed and why; what is left to do next. Be exact and \
    brief, write plain text, and call no tools.";

/// What a warning calls it.
pub const APPROXIMATED: &str = "compaction";

/// The request for a summary, as `POST /v1/responses` takes it: the caller's fields, the instruction behind its input, no
/// stream, no call of a tool.
pub fn summary_request(body: &[u8]) -> Result<Vec<u8>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    let input = fields.take("input");
    let tools = fields.get("tools").is_some();
    for replaced in ["stream", "stream_options", "tool_choice", "text"] {
        let _caller = fields.take(replaced);
    }
    let mut out = Vec::with_capacity(body.len() + INSTRUCTION.len() + 256);
    write::object(&mut out, |object| {
        object.array("input", |items| {
            for item in input.iter().flat_map(items_of) {
                item.write(items);
            }
            message(items, None, INSTRUCTION);
        });
        if tools {
            object.string("tool_choice", "none");
        }
        for (name, value) in fields.rest() {
            object.raw(&name, value.as_str());
        }
    });
    Ok(out)
}

/// The compacted conversation. `asked` is the caller's body, `answer` the answer to [`summary_request`], whole and in the
/// Responses dialect. The error is an answer without a summary.
pub fn compaction(asked: &[u8], answer: &[u8], reply: &Reply) -> Result<Vec<u8>, InvalidBody> {
    let answer = Fields::document(answer)?;
    let summary = summary(&answer);
    if summary.is_empty() {
        return Err(InvalidBody::syntax(answer.offset, "it holds no summary"));
    }
    let asked = Fields::document(asked)?;
    let artefact = Artefact::of_summary(&summary, reply.realm);
    let mut out = Vec::new();
    write::object(&mut out, |object| {
        object.string("id", &mint_id("resp_", &reply.request_id, 0));
        object.string("object", "response.compaction");
        object.plain("created_at", reply.created);
        object.array("output", |items| {
            let input = asked.get("input");
            let kept = input.iter().flat_map(items_of).filter(Item::is_users);
            for (number, item) in kept.enumerate() {
                item.keep(items, &mint_id("msg_", &reply.request_id, number));
            }
            items.object(|item| {
                item.string("type", "compaction");
                item.string("id", &mint_id("cmp_", &reply.request_id, 0));
                item.string("encrypted_content", &artefact.seal(reply.realm));
            });
        });
        match answer.get("usage") {
            Some(usage) => object.raw("usage", usage.as_str()),
            None => object.null("usage"),
        }
    });
    Ok(out)
}

/// All text that the model wrote.
fn summary(answer: &Fields<'_>) -> String {
    let items = answer.get("output").and_then(|it| it.elements()).unwrap_or_default();
    let parts = items.into_iter().filter_map(|it| of_kind(&it, "message")?.get("content")?.elements()).flatten();
    parts.filter_map(|it| Some(of_kind(&it, "output_text")?.get("text")?.string()?.into_owned())).collect()
}

fn of_kind<'a>(raw: &Raw<'a>, kind: &str) -> Option<Fields<'a>> {
    let fields = raw.fields()?;
    (fields.get("type")?.string()? == kind).then_some(fields)
}

/// A piece of the caller's input.
enum Item<'a> {
    /// The whole input is one text of the user.
    Text(Raw<'a>),
    /// An item, as it is written.
    Written(Raw<'a>),
}

fn items_of<'a>(input: &Raw<'a>) -> Vec<Item<'a>> {
    match input.kind() {
        Kind::String => vec![Item::Text(input.clone())],
        _ => input.elements().unwrap_or_default().into_iter().map(Item::Written).collect(),
    }
}

impl Item<'_> {
    fn write(&self, items: &mut ArrayWriter<'_>) {
        match self {
            Self::Text(text) => message(items, None, &text.string().unwrap_or_default()),
            Self::Written(item) => items.raw(item.as_str()),
        }
    }

    /// It is a message of the user.
    fn is_users(&self) -> bool {
        let Self::Written(item) = self else { return true };
        let Some(fields) = item.fields() else { return false };
        let says =
            |name: &str, wanted: &str| fields.get(name).and_then(|it| it.string()).is_some_and(|it| it == wanted);
        says("role", "user") && (fields.get("type").is_none() || says("type", "message"))
    }

    /// Writes a user's message as answers have it.
    fn keep(&self, items: &mut ArrayWriter<'_>, id: &str) {
        let item = match self {
            Self::Text(text) => return message(items, Some(id), &text.string().unwrap_or_default()),
            Self::Written(item) => item,
        };
        let content = item.fields().and_then(|it| it.get("content"));
        match content.map(|it| (it.string(), it)) {
            Some((Some(text), _)) => message(items, Some(id), &text),
            Some((None, content)) => items.object(|object| {
                object.string("type", "message");
                object.string("id", id);
                object.string("status", "completed");
                object.string("role", "user");
                object.raw("content", content.as_str());
            }),
            None => {}
        }
    }
}

/// A message of the user that is one text.
fn message(items: &mut ArrayWriter<'_>, id: Option<&str>, text: &str) {
    items.object(|object| {
        object.string("type", "message");
        if let Some(id) = id {
            object.string("id", id);
            object.string("status", "completed");
        }
        object.string("role", "user");
        object.array("content", |parts| {
            parts.object(|part| {
                part.string("type", "input_text");
                part.string("text", text);
            });
        });
    });
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::{INSTRUCTION, compaction, summary_request};
    use crate::dialect::Dialect;
    use crate::dialect::neutral::{Realm, Reply, Sealed, ToolNames};

    fn reply() -> Reply {
        Reply {
            request_id: "7".to_owned(),
            model: "team".to_owned(),
            created: 9,
            estimated_input: 1,
            realm: Realm::of("openai"),
            include_usage: false,
            request: Bytes::new(),
            names: Arc::new(ToolNames::default()),
        }
    }

    fn parsed(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn the_summary_is_asked_for_behind_the_input() {
        let body = br#"{"model":"team","input":"hi","stream":true,"tools":[{"type":"function","name":"f"}],"tool_choice":"required","instructions":"be brief"}"#;
        let asked = parsed(&summary_request(body).unwrap());
        assert_eq!((asked["model"].as_str(), asked["instructions"].as_str()), (Some("team"), Some("be brief")));
        assert_eq!(asked["input"][0]["content"][0]["text"], "hi");
        assert_eq!(asked["input"][1]["content"][0]["text"], INSTRUCTION);
        assert_eq!((asked["tool_choice"].as_str(), asked.get("stream")), (Some("none"), None));
        let items = br#"{"model":"team","input":[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1"}]}"#;
        let asked = parsed(&summary_request(items).unwrap());
        assert_eq!(asked["model"], "team");
        assert_eq!(asked["input"][1], json!({"type": "reasoning", "id": "rs_1"}));
        assert_eq!((asked["input"].as_array().unwrap().len(), asked.get("tool_choice")), (3, None));
    }

    #[test]
    fn the_users_messages_are_kept_and_the_summary_is_sealed() {
        let asked = br#"{"model":"team","input":[{"role":"developer","content":"x"},{"role":"user","content":"a"},{"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:,"}]},{"type":"function_call","role":"user"}]}"#;
        let answer = br#"{"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"They "},{"type":"refusal"},{"type":"output_text","text":"spoke."}]}],"usage":{"input_tokens":3}}"#;
        let compacted = parsed(&compaction(asked, answer, &reply()).unwrap());
        assert_eq!(
            (compacted["object"].as_str(), compacted["created_at"].as_i64()),
            (Some("response.compaction"), Some(9))
        );
        assert_eq!(compacted["usage"]["input_tokens"], 3);
        let output = compacted["output"].as_array().unwrap();
        assert_eq!(output.len(), 3);
        assert_eq!(output[0]["content"], json!([{"type": "input_text", "text": "a"}]));
        assert_eq!(output[1]["content"][0]["type"], "input_image");
        assert_eq!(output[2]["type"], "compaction");
        let Sealed::Foreign(artefact) = Sealed::read(output[2]["encrypted_content"].as_str().unwrap()) else {
            panic!("it is sealed")
        };
        assert_eq!(artefact.dialect, Dialect::OpenaiResponses);
        assert_eq!(parsed(artefact.block.as_bytes()), json!({"summary": "They spoke."}));
    }

    #[test]
    fn an_answer_without_a_summary_is_none() {
        for answer in [&b"{}"[..], b"[]", br#"{"output":[{"type":"function_call"}]}"#] {
            assert!(compaction(br#"{"input":"a"}"#, answer, &reply()).is_err());
        }
    }
}
