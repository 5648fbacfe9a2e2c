use super::Rejection;
use crate::config::{Group, Modality, Target, TargetState};
use crate::dialect::{Dialect, Operation};
use crate::facts::RequestFacts;

type Check = fn(&Group, &Target, &RequestFacts, &mut Vec<Rejection>);

/// Everything that is looked at, in the order in which reasons are told.
const CHECKS: [Check; 9] = [state, dialect, contract, operation, tools, modalities, structured_output, reasoning, size];

/// Adds every reason why the target cannot serve the request.
pub(super) fn all(group: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    for check in CHECKS {
        check(group, target, facts, reasons);
    }
}

fn state(_: &Group, target: &Target, _: &RequestFacts, reasons: &mut Vec<Rejection>) {
    if target.state != TargetState::Active {
        reasons.push(Rejection::State(target.state));
    }
}

/// Where a message may one day be translated; embeddings and token counts belong to one family and are judged by
/// [`operation`].
fn dialect(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    let spoken = target.provider.dialects.contains(&facts.dialect());
    if !spoken && !matches!(facts.operation, Operation::Embeddings | Operation::CountTokens) {
        reasons.push(Rejection::Dialect(facts.dialect()));
    }
}

fn contract(group: &Group, _: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    if !group.dialects.is_empty() && !group.dialects.contains(&facts.dialect()) {
        reasons.push(Rejection::GroupDialect(facts.dialect()));
    }
    if !group.modalities.is_empty() {
        let refused = facts.input_modalities.iter().filter(|it| !group.modalities.contains(it));
        reasons.extend(refused.map(|it| Rejection::GroupModality(*it)));
    }
}

fn operation(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    let speaks = |dialect| target.provider.dialects.contains(&dialect);
    let embeds = target.output_modalities.contains(&Modality::Embedding);
    let served = match facts.operation {
        Operation::Embeddings => embeds && (speaks(Dialect::OpenaiChat) || speaks(Dialect::OpenaiResponses)),
        Operation::CountTokens => speaks(Dialect::AnthropicMessages),
        Operation::ChatCompletions | Operation::Responses | Operation::Messages => {
            target.output_modalities != [Modality::Embedding]
        }
    };
    if !served {
        reasons.push(Rejection::Operation(facts.operation));
    }
}

/// A target without a list for the dialect takes every tool: the bytes pass as they are, and its provider knows best.
fn tools(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    let listed = target.tools.iter().find(|(dialect, _)| *dialect == facts.dialect());
    if let Some((_, types)) = listed {
        let unknown = facts.tools.iter().filter(|it| !types.contains(it));
        reasons.extend(unknown.map(|it| Rejection::Tools(it.clone())));
    }
}

fn modalities(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    let unread = facts.input_modalities.iter().filter(|it| !target.input_modalities.contains(it));
    reasons.extend(unread.map(|it| Rejection::InputModality(*it)));
    // What the other operations give back is fixed by the operation itself.
    let writes = matches!(facts.operation, Operation::ChatCompletions | Operation::Responses | Operation::Messages);
    if writes {
        let unwritten = facts.output_modalities.iter().filter(|it| !target.output_modalities.contains(it));
        reasons.extend(unwritten.map(|it| Rejection::OutputModality(*it)));
    }
}

fn structured_output(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    if facts.structured_output && !target.structured_outputs {
        reasons.push(Rejection::StructuredOutput);
    }
}

fn reasoning(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    let Some(asked) = &facts.reasoning else { return };
    if !target.reasoning {
        reasons.push(Rejection::Reasoning);
    } else if let Some(effort) = &asked.effort
        && !target.reasoning_efforts.is_empty()
        && !target.reasoning_efforts.contains(effort)
    {
        reasons.push(Rejection::ReasoningEffort(effort.clone()));
    }
}

/// The estimate of the input is rough, so a target is only rejected when the input alone does not fit; the cap is the
/// caller's own number and is taken at its word.
fn size(_: &Group, target: &Target, facts: &RequestFacts, reasons: &mut Vec<Rejection>) {
    let asked = facts.output_cap.as_ref().map_or(0, |cap| cap.value);
    if let Some(limit) = target.max_output_tokens.filter(|limit| asked > *limit) {
        reasons.push(Rejection::OutputCap { asked, limit });
    }
    let estimated = facts.estimated_input_tokens;
    if let Some(limit) = target.context_tokens.filter(|limit| estimated > *limit) {
        reasons.push(Rejection::Context { estimated, limit });
    }
}
