use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Effort, Format, Place, Request, Thinking};
use crate::json::{Fields, Kind, Raw};

/// Reads `thinking`, `output_config`, and `output_format`, which was its name in a beta.
pub fn read<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    if let Some(thinking) = fields.take("thinking") {
        let mut fields =
            thinking.fields().ok_or_else(|| super::invalid("thinking", &thinking, "an object with its `type`"))?;
        let budget = super::count(&mut fields, "budget_tokens")?;
        let ask = request.reasoning.get_or_insert_default();
        ask.display = fields.take_string("display");
        ask.thinking = match (fields.take_string("type").as_deref(), budget) {
            (Some("disabled"), _) => Thinking::Off,
            (Some("enabled"), Some(budget)) => Thinking::Budget(budget),
            (Some("enabled" | "adaptive"), _) => Thinking::Adaptive,
            _ => {
                request.warnings.dropped("thinking.type");
                Thinking::Unsaid
            }
        };
        for (name, _) in fields.rest() {
            request.warnings.dropped(format!("thinking.{name}"));
        }
    }
    if let Some(mut config) = fields.take_fields("output_config") {
        read_effort(&mut config, request);
        if let Some(format) = config.take("format") {
            read_format(&format, "output_config.format", request)?;
        }
        for (name, _) in config.rest() {
            request.warnings.dropped(format!("output_config.{name}"));
        }
    }
    if let Some(format) = fields.take("output_format") {
        read_format(&format, "output_format", request)?;
    }
    Ok(())
}

/// A message can set the effort from there on. Others only know one for the whole request: the last one is it.
pub fn read_of_message(fields: &mut Fields<'_>, place: Place, request: &mut Request<'_>) {
    let Some(mut config) = fields.take_fields("output_config") else { return };
    let effort = config.take_string("effort").and_then(|it| Effort::parse(&it));
    let ask = request.reasoning.get_or_insert_default();
    if effort.is_some() && effort != ask.effort {
        ask.effort = effort;
        request.warnings.approximated(place.field("output_config.effort"));
    }
    for (name, _) in config.rest() {
        request.warnings.dropped(place.field(&format!("output_config.{name}")));
    }
}

fn read_effort(config: &mut Fields<'_>, request: &mut Request<'_>) {
    let Some(effort) = config.take("effort") else { return };
    let Some(known) = effort.string().and_then(|it| Effort::parse(&it)) else {
        return request.warnings.dropped("output_config.effort");
    };
    request.reasoning.get_or_insert_default().effort = Some(known);
}

fn read_format<'a>(format: &Raw<'a>, path: &str, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let mut fields = format.fields().unwrap_or_default();
    let kind = fields.take_string("type");
    match (kind.as_deref(), fields.take("schema")) {
        (Some("json_schema"), Some(schema)) if schema.kind() != Kind::Object => {
            return Err(super::invalid(&format!("{path}.schema"), &schema, "a JSON Schema"));
        }
        (Some("json_schema"), Some(schema)) => {
            request.format = Some(Format::JsonSchema {
                name: fields.take_string("name"),
                description: None,
                schema: schema.as_str().into(),
                strict: None,
            });
        }
        (Some("text"), _) => {}
        _ => request.warnings.dropped(path),
    }
    for (name, _) in fields.rest() {
        request.warnings.dropped(format!("{path}.{name}"));
    }
    Ok(())
}
