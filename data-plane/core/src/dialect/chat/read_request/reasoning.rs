use super::drop_rest;
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Effort, ReasoningAsk, Request, Thinking};
use crate::json::{Fields, want};

/// Reads what is asked of reasoning: `reasoning_effort`; `reasoning` as at `OpenRouter`; `thinking` as at `DeepSeek`, Moonshot
/// and Z.ai.
pub fn read<'a>(fields: &mut Fields<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let mut ask = ReasoningAsk::default();
    if let Some(effort) = want::string(fields, "", "reasoning_effort")? {
        set_effort(&effort, "reasoning_effort", &mut ask, request);
    }
    if let Some(mut reasoning) = want::object(fields, "", "reasoning")? {
        if let Some(effort) = want::string(&mut reasoning, "reasoning", "effort")? {
            set_effort(&effort, "reasoning.effort", &mut ask, request);
        }
        match want::boolean(&mut reasoning, "reasoning", "enabled")? {
            Some(true) if ask.thinking == Thinking::Unsaid => ask.thinking = Thinking::Adaptive,
            Some(false) => ask.thinking = Thinking::Off,
            _ => {}
        }
        if let Some(budget) = want::count(&mut reasoning, "reasoning", "max_tokens")? {
            ask.thinking = Thinking::Budget(budget);
        }
        ask.display = want::string(&mut reasoning, "reasoning", "summary")?;
        if want::boolean(&mut reasoning, "reasoning", "exclude")? == Some(true) {
            ask.display = Some("omitted".into());
        }
        drop_rest(reasoning, "reasoning", &mut request.warnings);
    }
    if let Some(mut thinking) = want::object(fields, "", "thinking")? {
        let budget = want::count(&mut thinking, "thinking", "budget_tokens")?;
        match want::string(&mut thinking, "thinking", "type")?.as_deref() {
            Some("disabled") => ask.thinking = Thinking::Off,
            Some("enabled" | "adaptive" | "auto") => ask.thinking = budget.map_or(Thinking::Adaptive, Thinking::Budget),
            Some(_) => request.warnings.dropped("thinking.type"),
            None => {}
        }
        drop_rest(thinking, "thinking", &mut request.warnings);
    }
    request.reasoning = (ask != ReasoningAsk::default()).then_some(ask);
    Ok(())
}

fn set_effort(effort: &str, path: &str, ask: &mut ReasoningAsk<'_>, request: &mut Request<'_>) {
    match Effort::parse(effort) {
        Some(Effort::None) => (ask.effort, ask.thinking) = (Some(Effort::None), Thinking::Off),
        Some(effort) => ask.effort = Some(effort),
        None => request.warnings.dropped(path),
    }
}
