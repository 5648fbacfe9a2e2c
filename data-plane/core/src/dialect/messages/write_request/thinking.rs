use std::borrow::Cow;

use super::conversation::Conversation;
use crate::config::Target;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Effort, Field, ReasoningAsk, Request, Thinking, ToolChoice, Warnings};
use crate::json::write::ObjectWriter;

/// The smallest budget that is accepted.
const LEAST_BUDGET: u64 = 1_024;

/// The fields `thinking` and `output_config.effort`.
pub struct Plan<'r> {
    mode: Mode,
    effort: Option<&'static str>,
    display: Option<Cow<'r, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Nothing is said.
    Unsaid,
    Off,
    Adaptive,
    Budget(u64),
}

/// Decides how the target is asked to think.
pub fn plan<'r>(
    request: &'r Request<'_>,
    target: &Target,
    max_tokens: u64,
    conversation: &Conversation<'_>,
    warnings: &mut Warnings,
) -> Plan<'r> {
    let unsaid = Plan { mode: Mode::Unsaid, effort: None, display: None };
    let Some(ask) = &request.reasoning else { return unsaid };
    let path = request.field_path(Field::Reasoning);
    let off = ask.thinking == Thinking::Off || (ask.effort == Some(Effort::None) && !says_how_long(ask));
    if !target.reasoning {
        if !off {
            warnings.dropped(path);
        }
        return unsaid;
    }
    if off {
        return Plan { mode: Mode::Off, ..unsaid };
    }
    if forces_a_call(request) {
        warnings.dropped(path);
        return unsaid;
    }
    if !conversation.takes_thinking() {
        warnings.approximated(path);
        return unsaid;
    }
    if target.reasoning_efforts.is_empty() {
        let mode = budget(request, ask, max_tokens, warnings);
        let display = display(request, ask).filter(|_| matches!(mode, Mode::Budget(_)));
        return Plan { mode, effort: None, display };
    }
    let display = display(request, ask).or(Some(Cow::Borrowed("summarized")));
    Plan { mode: Mode::Adaptive, effort: effort(request, ask, target, warnings), display }
}

impl Plan<'_> {
    /// The target is asked to think.
    pub const fn is_on(&self) -> bool {
        matches!(self.mode, Mode::Adaptive | Mode::Budget(_))
    }

    /// Writes `thinking`, and `output_config` with the effort and the answer's schema.
    pub fn write(&self, out: &mut ObjectWriter<'_>, schema: Option<&str>) {
        let (kind, budget) = match self.mode {
            Mode::Unsaid => ("", None),
            Mode::Off => ("disabled", None),
            Mode::Adaptive => ("adaptive", None),
            Mode::Budget(tokens) => ("enabled", Some(tokens)),
        };
        if !kind.is_empty() {
            out.object("thinking", |out| {
                out.string("type", kind);
                if let Some(tokens) = budget {
                    out.plain("budget_tokens", tokens);
                }
                out.optional("display", self.display.as_deref());
            });
        }
        if self.effort.is_none() && schema.is_none() {
            return;
        }
        out.object("output_config", |out| {
            out.optional("effort", self.effort);
            if let Some(schema) = schema {
                out.object("format", |out| {
                    out.string("type", "json_schema");
                    out.raw("schema", schema);
                });
            }
        });
    }
}

const fn says_how_long(ask: &ReasoningAsk<'_>) -> bool {
    matches!(ask.thinking, Thinking::Adaptive | Thinking::Budget(_))
}

/// A model that thinks decides itself whether it calls a tool.
const fn forces_a_call(request: &Request<'_>) -> bool {
    matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Tool(_) | ToolChoice::Allowed { required: true, .. })
    )
}

/// Only this dialect's callers say more about it than whether they want to read it.
fn display<'r>(request: &Request<'_>, ask: &'r ReasoningAsk<'_>) -> Option<Cow<'r, str>> {
    ask.display.as_deref().filter(|_| request.dialect == Dialect::AnthropicMessages).map(Cow::Borrowed)
}

fn budget(request: &Request<'_>, ask: &ReasoningAsk<'_>, max_tokens: u64, warnings: &mut Warnings) -> Mode {
    if max_tokens <= LEAST_BUDGET {
        warnings.dropped(request.field_path(Field::Reasoning));
        return Mode::Unsaid;
    }
    let (wanted, path, exact) = match (ask.thinking, ask.effort) {
        (Thinking::Budget(tokens), _) => (tokens, request.field_path(Field::ThinkingBudget), true),
        (_, Some(effort)) => (effort.budget(), request.field_path(Field::ReasoningEffort), false),
        (Thinking::Adaptive, None) => (Effort::High.budget(), request.field_path(Field::Reasoning), false),
        // How it is shown says nothing about whether it is done.
        (Thinking::Unsaid | Thinking::Off, None) => return Mode::Unsaid,
    };
    // What is thought counts as output: a quarter is kept for the words.
    let most = if wanted < max_tokens { wanted } else { max_tokens - max_tokens / 4 };
    let tokens = most.max(LEAST_BUDGET);
    if tokens != wanted || !exact {
        warnings.approximated(path);
    }
    Mode::Budget(tokens)
}

/// The effort that the target knows: the nearest lower one, else the lowest.
fn effort(
    request: &Request<'_>,
    ask: &ReasoningAsk<'_>,
    target: &Target,
    warnings: &mut Warnings,
) -> Option<&'static str> {
    let (wanted, exact) = match (ask.effort, ask.thinking) {
        (Some(effort), _) => (effort, true),
        (None, Thinking::Budget(tokens)) => (Effort::of_budget(tokens), false),
        (None, _) => return None,
    };
    let known = |it: &Effort| target.reasoning_efforts.iter().any(|name| name == it.as_str());
    let lower = Effort::ALL.into_iter().rev().filter(|it| *it <= wanted && *it != Effort::None).find(known);
    let nearest = lower.or_else(|| Effort::ALL.into_iter().filter(|it| *it != Effort::None).find(known))?;
    if !exact {
        warnings.approximated(request.field_path(Field::ThinkingBudget));
    } else if nearest != wanted {
        warnings.approximated(request.field_path(Field::ReasoningEffort));
    }
    Some(nearest.as_str())
}
