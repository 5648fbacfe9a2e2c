use serde_json::{Value, json};

use super::{Candidates, Rejection};
use crate::config::{Group, GroupTarget};
use crate::dialect::InvalidBody;
use crate::error::{Code, Refusal};
use crate::facts::provenance::{Kept, KeptId};

/// Upon which Anthropic's tool runners send the whole conversation.
const NO_THREAD: &str = "thread_unsupported_request";

/// What a caller is told when no target was kept.
///
/// What clients know another way for is told in the vendor's word (`details.error_code`), so that they take it; a target
/// that could do the work but is away makes it the router's fault (503); input that is merely too long is told
/// in the words by which coding agents know that they must compact; a request that would have to be translated and cannot
/// be read is the caller's to correct; everything else is `no-eligible-target`, with each
/// target's reasons. Targets are named only where the group reveals them.
pub fn refusal(group: &Group, candidates: &Candidates) -> Refusal {
    if let Some(word) = vendors_word(candidates) {
        let mut details = details(group, candidates);
        details["error_code"] = word.into();
        return Refusal::new(Code::NoEligibleTarget, told(group, candidates)).with_details(details);
    }
    if let Some(kept) = not_owned(candidates) {
        return not_the_callers(kept);
    }
    if let Some(code) = away(candidates) {
        let message = format!("every target of `{}` that can do what the request asks is unavailable", group.id);
        return Refusal::new(code, message).with_details(details(group, candidates));
    }
    if let Some((estimated, limit)) = too_long(candidates) {
        let message = format!("prompt is too long: {estimated} tokens > {limit} maximum (context_length_exceeded)");
        return Refusal::new(Code::ContextLengthExceeded, message);
    }
    if let Some(invalid) = unreadable(candidates) {
        return Refusal { param: invalid.param.clone(), ..Refusal::new(Code::InvalidRequest, invalid.to_string()) };
    }
    Refusal::new(Code::NoEligibleTarget, told(group, candidates)).with_details(details(group, candidates))
}

/// Each target's reasons, for people.
fn told(group: &Group, candidates: &Candidates) -> String {
    let reasons: Vec<_> = candidates.rejected.iter().map(|(member, why)| explain(group, member, why)).collect();
    match reasons.as_slice() {
        [] => format!("the group `{}` has no targets", group.id),
        _ => format!("no target of `{}` can do what the request asks: {}", group.id, reasons.join("; ")),
    }
}

/// The vendor's word for the reason, if some target is rejected for nothing else.
fn vendors_word(candidates: &Candidates) -> Option<&'static str> {
    candidates.rejected.iter().find_map(|(_, why)| match why.as_slice() {
        [Rejection::Translation(_, impossible)] => impossible.error_code,
        [Rejection::Kept(KeptId { what: Kept::Thread, .. })] => Some(NO_THREAD),
        _ => None,
    })
}

/// What the request uses of a provider's, if some target is rejected for nothing else.
fn not_owned<'a>(candidates: &'a Candidates<'_>) -> Option<&'a KeptId> {
    candidates.rejected.iter().find_map(|(_, why)| match why.as_slice() {
        [Rejection::Kept(kept)] => Some(kept),
        _ => None,
    })
}

/// Another's answer is as little there as one that never was: the vendor's words are the same for both.
fn not_the_callers(KeptId { what, param, .. }: &KeptId) -> Refusal {
    let (code, message) = match what {
        Kept::Response(id) => (Code::ResponseNotFound, format!("Previous response with id '{}' not found.", shown(id))),
        Kept::Item(id) => (Code::ResponseNotFound, format!("Item with id '{}' not found.", shown(id))),
        Kept::Thread | Kept::Other => {
            let message = "names what the provider keeps in an account that several tenants share, so it may be \
                           another's: send the content itself, or have the operator give the provider \
                           `tenancy: single` if its account is one tenant's";
            (Code::UnsupportedParameter, format!("`{param}` {message}"))
        }
    };
    Refusal::new(code, message).with_param(param.clone())
}

/// As much of an id as a message holds.
fn shown(id: &str) -> &str {
    &id[..id.floor_char_boundary(128)]
}

/// The code, if some target is rejected for nothing but its absence.
fn away(candidates: &Candidates) -> Option<Code> {
    let only = |wanted: fn(&Rejection) -> bool| candidates.rejected.iter().any(|(_, why)| why.iter().all(wanted));
    if only(|it| matches!(it, Rejection::Unavailable(_))) {
        Some(Code::UpstreamCapacityThrottled)
    } else if only(|it| matches!(it, Rejection::Unavailable(_) | Rejection::CredentialMissing)) {
        Some(Code::UpstreamAccessDenied)
    } else {
        None
    }
}

/// The estimate and the largest context, if some target is rejected for nothing but the input's length.
fn too_long(candidates: &Candidates) -> Option<(u64, u64)> {
    let lengths = candidates.rejected.iter().filter_map(|(_, why)| match why.as_slice() {
        [Rejection::Context { estimated, limit }] => Some((*estimated, *limit)),
        _ => None,
    });
    lengths.max_by_key(|(_, limit)| *limit)
}

/// What is wrong with the request itself, if some target is rejected for nothing else.
fn unreadable<'a>(candidates: &'a Candidates<'_>) -> Option<&'a InvalidBody> {
    candidates.rejected.iter().find_map(|(_, why)| match why.as_slice() {
        [Rejection::Unreadable(_, invalid)] => Some(invalid),
        _ => None,
    })
}

fn explain(group: &Group, member: &GroupTarget, why: &[Rejection]) -> String {
    let reasons: Vec<_> = why.iter().map(Rejection::to_string).collect();
    let reasons = reasons.join(", ");
    if group.reveal.target { format!("{}: {reasons}", member.target.id) } else { reasons }
}

fn details(group: &Group, candidates: &Candidates) -> Value {
    let targets: Vec<Value> = candidates
        .rejected
        .iter()
        .map(|(member, why)| {
            let reasons: Vec<_> = why.iter().map(|it| json!({"code": it.code(), "message": it.to_string()})).collect();
            let name = group.reveal.target.then_some(&member.target.id);
            json!({"target": name, "reasons": reasons})
        })
        .collect();
    json!({"targets": targets})
}
