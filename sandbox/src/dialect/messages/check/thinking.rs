//! What thinking demands of the rest of a request.

use serde_json::Value;

use super::{Turn, kind};
use crate::{
    dialect::strict::{given, text},
    problem::Problem,
    provenance::accepts,
};

/// The thinking that a request gives back.
pub struct GivenBack {
    blocks: Vec<Signed>,
    /// What is wrong where none is given back, though it should be.
    missing: Option<Problem>,
}

/// A block that only who minted it accepts.
struct Signed {
    place: String,
    /// What was signed; nothing for redacted blocks.
    text: String,
    signature: String,
    kind: String,
}

const MIN_BUDGET: u64 = 1024;

/// Checks the thinking that is asked for.
pub fn check(body: &Value) -> Result<(), Problem> {
    let thinking = &body["thinking"];
    let kind = text(thinking, "type");
    match kind {
        "enabled" => budget(body)?,
        "adaptive" => {}
        "disabled" | "" => return Ok(()),
        other => {
            let message = format!(
                "thinking: Input tag '{other}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'"
            );
            return Err(Problem::invalid(message));
        }
    }
    if body["temperature"].as_f64().is_some_and(|value| (value - 1.0).abs() > f64::EPSILON) {
        return Err(Problem::invalid("`temperature` may only be set to 1 when thinking is enabled."));
    }
    if given(body, "top_k") {
        return Err(Problem::invalid("`top_k` must be unset when thinking is enabled."));
    }
    if body["top_p"].as_f64().is_some_and(|value| value < 0.95) {
        return Err(Problem::invalid(
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.",
        ));
    }
    if ["any", "tool"].contains(&text(&body["tool_choice"], "type")) {
        return Err(Problem::invalid("Thinking may not be enabled when tool_choice forces tool use."));
    }
    Ok(())
}

fn budget(body: &Value) -> Result<(), Problem> {
    let Some(budget) = body["thinking"]["budget_tokens"].as_u64() else {
        return Err(Problem::invalid("thinking.enabled.budget_tokens: Field required"));
    };
    if budget < MIN_BUDGET {
        let message = format!("thinking.enabled.budget_tokens: Input should be greater than or equal to {MIN_BUDGET}");
        return Err(Problem::invalid(message));
    }
    if body["max_tokens"].as_u64().is_some_and(|cap| cap <= budget) {
        return Err(Problem::invalid("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    Ok(())
}

/// Between a tool call and the next word of the user the assistant's turn must begin with its thinking.
fn open_loop(turns: &[Turn]) -> Option<Problem> {
    let open = turns.last().is_some_and(Turn::has_results);
    let (place, first) = turns.iter().rfind(|turn| turn.assistant)?.blocks.first()?;
    if !open || ["thinking", "redacted_thinking"].contains(&kind(first)) {
        return None;
    }
    Some(Problem::invalid(format!(
        "{place}.type: Expected `thinking` or `redacted_thinking`, but found `{}`. When `thinking` is enabled, a final \
         `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` \
         blocks). To avoid this requirement, disable `thinking`.",
        kind(first)
    )))
}

impl GivenBack {
    /// Of these turns.
    pub fn of(body: &Value, turns: &[Turn]) -> Self {
        let enabled = text(&body["thinking"], "type") == "enabled";
        let blocks = turns.iter().flat_map(|turn| &turn.blocks);
        let signed = blocks.filter_map(|(place, block)| {
            let (text_key, signature_key) = match kind(block) {
                "thinking" => ("thinking", "signature"),
                "redacted_thinking" => ("", "data"),
                _ => return None,
            };
            Some(Signed {
                place: place.clone(),
                text: text(block, text_key).to_owned(),
                signature: text(block, signature_key).to_owned(),
                kind: kind(block).to_owned(),
            })
        });
        Self { blocks: signed.collect(), missing: if enabled { open_loop(turns) } else { None } }
    }

    /// Refuses what that realm did not sign, and with a realm a loop of tools without its thinking.
    pub fn check(&self, realm: Option<&str>) -> Result<(), Problem> {
        let forged = self.blocks.iter().find(|block| !accepts(realm, &block.text, &block.signature));
        match (forged, &self.missing) {
            (Some(Signed { place, kind, .. }), _) => {
                let field = if kind == "thinking" { "signature" } else { "data" };
                Err(Problem::invalid(format!("{place}: Invalid `{field}` in `{kind}` block")))
            }
            (None, Some(problem)) if realm.is_some() => Err(problem.clone()),
            _ => Ok(()),
        }
    }
}
