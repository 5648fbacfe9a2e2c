use super::Rejection;
use crate::config::{Group, Modality, Target, TargetState, Tenancy};
use crate::decide::provenance::missing_realm;
use crate::dialect::scan::plain_tool;
use crate::dialect::{Dialect, Operation};
use crate::facts::RequestFacts;

type Check = fn(&Candidacy<'_>, &mut Vec<Rejection>);

/// What a check looks at.
struct Candidacy<'a> {
    group: &'a Group,
    target: &'a Target,
    /// The dialect in which the target would be asked.
    spoken: Option<Dialect>,
    facts: &'a RequestFacts,
}

/// Everything that is looked at, in the order in which reasons are told.
const CHECKS: [Check; 12] = [
    state,
    dialect,
    contract,
    provenance,
    kept,
    operation,
    tools,
    modalities,
    structured_output,
    reasoning,
    output_cap,
    size,
];

/// Adds every reason why the target cannot serve the request.
pub(super) fn all(
    group: &Group,
    target: &Target,
    spoken: Option<Dialect>,
    facts: &RequestFacts,
    reasons: &mut Vec<Rejection>,
) {
    let asked = Candidacy { group, target, spoken, facts };
    for check in CHECKS {
        check(&asked, reasons);
    }
}

impl Candidacy<'_> {
    /// The dialect that the request has to be translated to; `None`: it stays as it is.
    fn translated(&self) -> Option<Dialect> {
        self.spoken.filter(|spoken| *spoken != self.facts.dialect())
    }
}

fn state(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    if asked.target.state != TargetState::Active {
        reasons.push(Rejection::State(asked.target.state));
    }
}

/// Embeddings and token counts belong to one family and are judged by [`operation`].
fn dialect(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    if asked.spoken.is_none() && asked.facts.operation.generates() {
        reasons.push(Rejection::Dialect(asked.facts.dialect()));
    }
}

fn contract(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { group, facts, .. } = asked;
    if !group.dialects.is_empty() && !group.dialects.contains(&facts.dialect()) {
        reasons.push(Rejection::GroupDialect(facts.dialect()));
    }
    if !group.modalities.is_empty() {
        let refused = facts.input_modalities.iter().filter(|it| !group.modalities.contains(it));
        reasons.extend(refused.map(|it| Rejection::GroupModality(*it)));
    }
}

fn provenance(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { group, target, facts, .. } = asked;
    reasons.extend(missing_realm(group, target, &facts.provenance).map(|_| Rejection::Provenance));
}

/// What only its own dialect can say is told by the translation.
fn kept(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, .. } = asked;
    if asked.translated().is_none() && target.provider.tenancy == Tenancy::Shared {
        reasons.extend(facts.provenance.kept.first().map(|it| Rejection::Kept(it.clone())));
    }
}

fn operation(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, spoken, .. } = asked;
    let served = match facts.operation {
        Operation::Embeddings => spoken.is_some() && target.output_modalities.contains(&Modality::Embedding),
        Operation::CountTokens | Operation::InputTokens => spoken.is_some(),
        Operation::ChatCompletions | Operation::Responses | Operation::Compact | Operation::Messages => {
            target.output_modalities != [Modality::Embedding]
        }
    };
    if !served {
        reasons.push(Rejection::Operation(facts.operation));
    }
}

/// A target without a list for the dialect takes every tool: the bytes pass as they are, and its provider knows best.
fn tools(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, .. } = asked;
    let dialect = asked.translated().unwrap_or(facts.dialect());
    let Some((_, types)) = target.tools.iter().find(|(listed, _)| *listed == dialect) else { return };
    let takes = |kind: &String| match asked.translated() {
        None => types.contains(kind),
        Some(to) => takes_translated(types, kind, to),
    };
    reasons.extend(facts.tools.iter().filter(|it| !takes(it)).map(|it| Rejection::Tools(it.clone())));
}

/// A tool that the caller runs becomes the plain one of the other dialect, where it does not stay what it is; what a vendor
/// runs is left out, and that is not for this check to judge.
fn takes_translated(types: &[String], kind: &str, to: Dialect) -> bool {
    let listed = |name: &str| types.iter().any(|it| it == name);
    let plain = plain_tool(to);
    match kind {
        "custom" => listed(plain) || listed(kind),
        "function" | "client" | "namespace" => listed(plain),
        // Anthropic's own that the caller runs.
        _ if ["bash_2", "text_editor_2", "memory_2"].iter().any(|it| kind.starts_with(it)) => listed(plain),
        _ => true,
    }
}

fn modalities(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, .. } = asked;
    let unread = facts.input_modalities.iter().filter(|it| !target.input_modalities.contains(it));
    reasons.extend(unread.map(|it| Rejection::InputModality(*it)));
    // What the other operations give back is fixed by the operation itself.
    if facts.operation.generates() {
        let unwritten = facts.output_modalities.iter().filter(|it| !target.output_modalities.contains(it));
        reasons.extend(unwritten.map(|it| Rejection::OutputModality(*it)));
    }
}

fn structured_output(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    if asked.facts.structured_output && !asked.target.structured_outputs {
        reasons.push(Rejection::StructuredOutput);
    }
}

/// Whoever asks for reasoning gets a target that reasons. Which effort is meant can only be kept to in the caller's own
/// bytes: what is translated asks for the nearest that the target knows, and a warning says so.
fn reasoning(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, .. } = asked;
    let Some(wanted) = facts.reasoning.as_ref() else { return };
    if !target.reasoning {
        reasons.push(Rejection::Reasoning);
    } else if let Some(effort) = wanted.effort.as_ref().filter(|_| asked.translated().is_none())
        && !target.reasoning_efforts.is_empty()
        && !target.reasoning_efforts.contains(effort)
    {
        reasons.push(Rejection::ReasoningEffort(effort.clone()));
    }
}

/// A cap that the target ignores would cost the caller more than it allowed. What only counts tokens writes nothing.
fn output_cap(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, .. } = asked;
    if target.output_cap.ignored && facts.operation.generates() {
        reasons.extend(facts.output_cap.as_ref().map(|cap| Rejection::OutputCapIgnored(cap.value)));
    }
}

/// The estimate of the input is rough, so a target is only rejected when the input alone does not fit; the cap is the
/// caller's own number and is taken at its word.
fn size(asked: &Candidacy<'_>, reasons: &mut Vec<Rejection>) {
    let Candidacy { target, facts, .. } = asked;
    let wanted = facts.output_cap.as_ref().map_or(0, |cap| cap.value);
    if let Some(limit) = target.max_output_tokens.filter(|limit| wanted > *limit) {
        reasons.push(Rejection::OutputCap { asked: wanted, limit });
    }
    let estimated = facts.estimated_input_tokens;
    if let Some(limit) = target.context_tokens.filter(|limit| estimated > *limit) {
        reasons.push(Rejection::Context { estimated, limit });
    }
}
