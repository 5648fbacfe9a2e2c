use std::borrow::Cow;

use super::Context;
use crate::config::{Modality, OutputCapField};
use crate::dialect::neutral::{Effort, Field, Format, ReasoningAsk, Request, Thinking, label};
use crate::json::write::ObjectWriter;

/// `OpenAI` takes no more stop sequences.
const MOST_STOPS: usize = 4;

/// Writes everything that is neither the conversation nor tools.
pub fn write(request: &Request<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    if let Some(cap) = request.max_output_tokens {
        let field = context.target.output_cap.field.unwrap_or(OutputCapField::MaxCompletionTokens);
        out.plain(field.as_str(), cap);
    }
    sampling(request, context, out);
    if let Some(format) = &request.format {
        out.object("response_format", |out| response_format(format, out));
    }
    if let Some(ask) = &request.reasoning {
        reasoning(ask, request, context, out);
    }
    labels(request, context, out);
    if request.wants_image {
        if context.target.output_modalities.contains(&Modality::Image) {
            out.raw("modalities", r#"["text","image"]"#);
        } else {
            context.warnings.dropped(request.field_path(Field::WantsImage));
        }
    }
    if request.stream {
        out.plain("stream", true);
        out.raw("stream_options", r#"{"include_usage":true}"#);
    }
}

fn sampling(request: &Request<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    let sampling = &request.sampling;
    for (name, number) in [
        ("temperature", &sampling.temperature),
        ("top_p", &sampling.top_p),
        ("frequency_penalty", &sampling.frequency_penalty),
        ("presence_penalty", &sampling.presence_penalty),
        ("seed", &sampling.seed),
    ] {
        if let Some(number) = number {
            out.raw(name, number);
        }
    }
    if sampling.top_k.is_some() {
        context.warnings.dropped(request.field_path(Field::TopK));
    }
    if let Some(alternatives) = request.logprobs {
        out.plain("logprobs", true);
        if alternatives > 0 {
            out.plain("top_logprobs", alternatives);
        }
    }
    if !request.stop.is_empty() {
        if request.stop.len() > MOST_STOPS {
            context.warnings.approximated(request.field_path(Field::Stop));
        }
        out.array("stop", |out| request.stop.iter().take(MOST_STOPS).for_each(|it| out.string(it)));
    }
}

fn response_format(format: &Format<'_>, out: &mut ObjectWriter<'_>) {
    match format {
        Format::JsonObject => out.string("type", "json_object"),
        Format::JsonSchema { name, description, schema, strict } => {
            out.string("type", "json_schema");
            out.object("json_schema", |out| {
                out.string("name", name.as_deref().unwrap_or("response"));
                out.optional("description", description.as_deref());
                out.raw("schema", schema);
                if let Some(strict) = strict {
                    out.plain("strict", strict);
                }
            });
        }
    }
}

/// Chat knows efforts alone. Who asks for no more than that a model thinks as it finds right gets what it does anyway.
fn reasoning(ask: &ReasoningAsk<'_>, request: &Request<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    let off = ask.thinking == Thinking::Off || ask.effort == Some(Effort::None);
    if !context.target.reasoning {
        if !off {
            context.warnings.dropped(request.field_path(Field::Reasoning));
        }
        return;
    }
    if ask.display.as_deref().is_some_and(|it| it != "auto") {
        context.warnings.dropped(request.field_path(Field::ReasoningDisplay));
    }
    let (wanted, path) = match (ask.thinking, ask.effort) {
        // Not every server knows `none`, and whoever names no effort does not insist on it.
        (Thinking::Off, None) if context.target.reasoning_efforts.is_empty() => {
            return context.warnings.approximated(request.field_path(Field::Reasoning));
        }
        (Thinking::Off, _) => (Effort::None, Field::Reasoning),
        (Thinking::Budget(_), Some(effort)) => {
            context.warnings.dropped(request.field_path(Field::ThinkingBudget));
            (effort, Field::ReasoningEffort)
        }
        (_, Some(effort)) => (effort, Field::ReasoningEffort),
        (Thinking::Budget(tokens), None) => {
            context.warnings.approximated(request.field_path(Field::ThinkingBudget));
            (Effort::of_budget(tokens), Field::ThinkingBudget)
        }
        (Thinking::Unsaid | Thinking::Adaptive, None) => return,
    };
    let effort = nearest(wanted, &context.target.reasoning_efforts);
    if effort != wanted.as_str() && path != Field::ThinkingBudget {
        context.warnings.approximated(request.field_path(path));
    }
    out.string("reasoning_effort", effort);
}

/// The effort that a target knows: this one, else the nearest lower one, else the nearest.
fn nearest(wanted: Effort, known: &[String]) -> &str {
    let mut lower = None;
    let mut higher = None;
    for effort in Effort::ALL {
        // `max` is no word of this dialect.
        let known = if known.is_empty() { effort != Effort::Max } else { known.iter().any(|it| it == effort.as_str()) };
        if known && effort <= wanted {
            lower = Some(effort);
        } else if known {
            higher = higher.or(Some(effort));
        }
    }
    match lower.or(higher) {
        Some(effort) => effort.as_str(),
        // Words that nobody has heard of.
        None => known.first().map_or(wanted.as_str(), String::as_str),
    }
}

fn labels(request: &Request<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    // Unsaid it is `medium`, and servers that do not know the field may refuse it.
    out.optional("verbosity", request.verbosity.as_deref().filter(|it| *it != "medium"));
    if let Some(user) = &request.user {
        out.string("user", &short(user, Field::User, request, context));
    }
    // OpenAI takes it with answers alone that it is to store.
    if request.metadata.is_some() {
        context.warnings.dropped(request.field_path(Field::Metadata));
    }
    if let Some(key) = &request.prompt_cache_key {
        out.string("prompt_cache_key", &short(key, Field::PromptCacheKey, request, context));
    }
    let tier = match request.service_tier.as_deref() {
        Some("auto") => None,
        // Messages: no more than what was paid for.
        Some("standard_only") => Some("default"),
        tier => tier,
    };
    out.optional("service_tier", tier);
}

/// A name that `OpenAI` takes.
fn short<'l>(name: &'l str, field: Field, request: &Request<'_>, context: &mut Context<'_>) -> Cow<'l, str> {
    let (name, exact) = label(name);
    if !exact {
        context.warnings.approximated(request.field_path(field));
    }
    name
}
