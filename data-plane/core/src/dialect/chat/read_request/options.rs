use std::borrow::Cow;

use super::{drop_rest, impossible};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Format, Request, Sampling};
use crate::json::{Fields, Kind, Raw, want};

/// What only says how the answer travels, or what its provider keeps of it.
const TRANSPORT: [&str; 3] = ["stream_options", "store", "include_reasoning"];

/// Reads everything that is neither the conversation, nor tools, nor reasoning.
pub fn read<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    for name in TRANSPORT {
        fields.take(name);
    }
    request.stream = want::boolean(fields, "", "stream")?.unwrap_or_default();
    let cap = want::count(fields, "", "max_completion_tokens")?;
    let old_cap = want::count(fields, "", "max_tokens")?;
    request.max_output_tokens = cap.or(old_cap);
    if cap.is_some() && old_cap.is_some_and(|it| Some(it) != cap) {
        request.warnings.dropped("max_tokens");
    }
    request.sampling = Sampling {
        temperature: want::number(fields, "", "temperature")?,
        top_p: want::number(fields, "", "top_p")?,
        top_k: want::number(fields, "", "top_k")?,
        frequency_penalty: want::number(fields, "", "frequency_penalty")?,
        presence_penalty: want::number(fields, "", "presence_penalty")?,
        seed: want::number(fields, "", "seed")?,
    };
    stop(fields, request)?;
    logprobs(fields, request)?;
    request.format = match want::object(fields, "", "response_format")? {
        Some(format) => response_format(format, request)?,
        None => None,
    };
    labels(fields, request)?;
    modalities(fields, request)?;
    defaults(fields, request);
    Ok(())
}

fn stop<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let Some(raw) = fields.take("stop") else { return Ok(()) };
    let texts: Option<Vec<Cow<'a, str>>> = match raw.string() {
        Some(text) => Some(vec![text]),
        None => raw.elements().and_then(|list| list.iter().map(Raw::string).collect()),
    };
    request.stop = texts.ok_or_else(|| InvalidBody::field("stop", raw.offset, "a string or a list of strings"))?;
    request.stop.retain(|it| !it.is_empty());
    Ok(())
}

fn logprobs(fields: &mut Fields<'_>, request: &mut Request<'_>) -> Result<(), InvalidBody> {
    let wanted = want::boolean(fields, "", "logprobs")?.unwrap_or_default();
    let alternatives = want::count(fields, "", "top_logprobs")?.unwrap_or_default();
    if wanted {
        request.logprobs = Some(alternatives);
    } else if alternatives > 0 {
        request.warnings.dropped("top_logprobs");
    }
    Ok(())
}

fn response_format<'a>(mut format: Fields<'a>, request: &mut Request<'a>) -> Result<Option<Format<'a>>, InvalidBody> {
    let kind = want::string(&mut format, "response_format", "type")?.unwrap_or_default();
    let read = match &*kind {
        "text" => None,
        "json_object" => Some(match format.take("schema") {
            // llama.cpp, Together: a schema in the older form.
            Some(schema) if schema.kind() == Kind::Object => {
                Format::JsonSchema { name: None, description: None, schema: schema.as_str().into(), strict: None }
            }
            _ => Format::JsonObject,
        }),
        "json_schema" => {
            let path = "response_format.json_schema";
            let inner = want::object(&mut format, "response_format", "json_schema")?;
            let mut inner = inner.ok_or_else(|| InvalidBody::field(path, format.offset, "an object"))?;
            let schema = inner.take("schema");
            if let Some(raw) = schema.as_ref().filter(|it| it.kind() != Kind::Object) {
                return Err(InvalidBody::field("response_format.json_schema.schema", raw.offset, "an object"));
            }
            let read = Format::JsonSchema {
                name: want::string(&mut inner, "response_format.json_schema", "name")?,
                description: want::string(&mut inner, "response_format.json_schema", "description")?,
                schema: schema.map_or("{}", |it| it.as_str()).into(),
                strict: want::boolean(&mut inner, "response_format.json_schema", "strict")?,
            };
            drop_rest(inner, path, &mut request.warnings);
            Some(read)
        }
        _ => {
            request.warnings.dropped("response_format");
            return Ok(None);
        }
    };
    drop_rest(format, "response_format", &mut request.warnings);
    Ok(read)
}

fn labels<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    request.verbosity = want::string(fields, "", "verbosity")?;
    request.user = want::string(fields, "", "user")?;
    let safety = want::string(fields, "", "safety_identifier")?;
    if request.user.is_none() {
        request.user = safety;
    } else if safety.is_some() && safety != request.user {
        request.warnings.dropped("safety_identifier");
    }
    request.prompt_cache_key = want::string(fields, "", "prompt_cache_key")?;
    request.service_tier = want::string(fields, "", "service_tier")?;
    if let Some(raw) = fields.take("metadata") {
        if raw.kind() != Kind::Object {
            return Err(InvalidBody::field("metadata", raw.offset, "an object"));
        }
        request.metadata = Some(raw.as_str()).filter(|_| !is_empty(&raw)).map(Cow::Borrowed);
    }
    Ok(())
}

fn modalities(fields: &mut Fields<'_>, request: &mut Request<'_>) -> Result<(), InvalidBody> {
    for (index, raw) in want::elements(fields, "", "modalities")?.into_iter().enumerate() {
        match raw.string().as_deref() {
            Some("text") => {}
            Some("image") => request.wants_image = true,
            Some("audio") => impossible(request, "modalities", "spoken answers exist in this dialect alone"),
            _ => request.warnings.dropped(format!("modalities[{index}]")),
        }
    }
    Ok(())
}

/// Fields that are nothing, as long as they say what holds without them.
fn defaults(fields: &mut Fields<'_>, request: &mut Request<'_>) {
    if fields.take("n").is_some_and(|it| it.number() != Some(1.0)) {
        impossible(request, "n", "other dialects give one answer to a request");
    }
    for name in ["logit_bias", "prediction", "web_search_options", "audio"] {
        if fields.take(name).is_some_and(|it| name != "logit_bias" || !is_empty(&it)) {
            request.warnings.dropped(name);
        }
    }
    if fields.take_string("prompt_cache_retention").is_some_and(|it| it != "in_memory" && it != "in-memory") {
        request.warnings.dropped("prompt_cache_retention");
    }
}

fn is_empty(object: &Raw<'_>) -> bool {
    object.fields().is_some_and(|it| it.rest().next().is_none())
}
