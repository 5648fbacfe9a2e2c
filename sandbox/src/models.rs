//! `GET /v1/models`, in the shape of the family that asks.

use serde_json::{Value, json};

use crate::{identity::CREATED_S, problem::Problem};

/// Models by name, with who owns them. Every other name works too; these are what the list shows.
const MODELS: &[(&str, &str)] = &[
    ("sandbox", "sandbox"),
    ("sandbox-fast", "sandbox"),
    ("sandbox-smart", "sandbox"),
    ("gpt-5-mini", "openai"),
    ("gpt-5.1", "openai"),
    ("text-embedding-3-small", "openai"),
    ("claude-haiku-4-5", "anthropic"),
    ("claude-sonnet-4-5", "anthropic"),
    ("claude-opus-4-5", "anthropic"),
];

/// The list in OpenAI's shape.
pub fn openai_list() -> Value {
    let data: Vec<_> = MODELS.iter().map(|(id, owner)| openai_model(id, owner)).collect();
    json!({"object": "list", "data": data})
}

/// The list in Anthropic's shape, on one page.
pub fn anthropic_list() -> Value {
    let data: Vec<_> = MODELS.iter().map(|(id, _)| anthropic_model(id)).collect();
    let id = |model: Option<&Value>| model.map(|model| model["id"].clone());
    let (first, last) = (id(data.first()), id(data.last()));
    json!({"data": data, "has_more": false, "first_id": first, "last_id": last})
}

/// One model in either shape.
pub fn one(id: &str, anthropic: bool) -> Result<Value, Problem> {
    let known = MODELS.iter().find(|(known, _)| *known == id);
    let (id, owner) = known.ok_or(Problem::UnknownModel)?;
    Ok(if anthropic { anthropic_model(id) } else { openai_model(id, owner) })
}

fn openai_model(id: &str, owner: &str) -> Value {
    json!({"id": id, "object": "model", "created": CREATED_S, "owned_by": owner})
}

fn anthropic_model(id: &str) -> Value {
    json!({"type": "model", "id": id, "display_name": id, "created_at": "2026-01-01T00:00:00Z", "lifecycle": "active"})
}
