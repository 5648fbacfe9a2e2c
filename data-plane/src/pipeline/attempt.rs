use std::collections::VecDeque;

use data_plane_core::config::Fidelity;
use data_plane_core::decide::Stage;
use data_plane_core::decide::retry::{self, Next};
use data_plane_core::dialect::Operation;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::record::Source;
use http::HeaderMap;
use http::request::Parts;

use super::Authorised;
use super::answer::{Answer, Content};
use super::ask::{Unanswered, ask};
use super::call::Call;
use super::count;
use super::exchange::Exchange;
use super::failed::Failed;
use super::settle::Settlement;
use crate::memory::to_translate;
use crate::state::Router;

/// Tries the targets in order until one answers, or until a failure is final. Nothing is sent before the usage log has
/// it in writing.
pub(super) async fn attempt(
    router: &Router,
    request: &Authorised,
    mut calls: VecDeque<Call>,
    head: &Parts,
    settlement: &mut Settlement,
) -> Result<Answer, Refusal> {
    let request_id = settlement.id().to_owned();
    let no_fallback = forbids_fallback(&head.headers);
    let mut current = following(&mut calls, request, settlement);
    let mut attempts = 0;
    while let Some(call) = current.take() {
        attempts += 1;
        settlement.attempt(&call)?;
        let credential = call.target.provider.credential.as_ref();
        let secret = credential.and_then(|it| router.credentials.resolve(it));
        let exchange = Exchange {
            router,
            request,
            request_id: &request_id,
            call: &call,
            headers: &head.headers,
            query: head.uri.query(),
            reply: call.reply(request, &request_id),
            scrub: secret.as_ref().and_then(|it| router.credentials.scrub(it)),
            secret,
        };
        let Unanswered { failed, words } = match ask(&exchange, settlement).await {
            Ok(content) => return Ok(Answer { source: Source::Upstream, content }),
            Err(unanswered) => unanswered,
        };
        settlement.attempt_failed(failed.end());
        let name = call.target.id.clone();
        match instead(call, request, &failed) {
            Instead::Nothing => {}
            Instead::Estimate => break,
            Instead::Ask(other, why) => {
                settlement.trace(Stage::Fallback, format!("{name}: {why}"));
                current = Some(other);
                continue;
            }
        }
        let next = retry::next(&request.group.fallback, failed.class, attempts as u32, calls.len(), no_fallback);
        // What this router lacks it lacks for every target.
        let lacks = failed.code == Code::Overloaded || failed.never_fits.is_some();
        let next = if lacks { Next::Stop } else { next };
        current = (next == Next::Fallback).then(|| following(&mut calls, request, settlement)).flatten();
        let Some(next) = &current else {
            let words = words.map(|content| Answer { source: Source::Upstream, content });
            return words.ok_or_else(|| failed.refusal(attempts));
        };
        settlement.trace(Stage::Fallback, format!("{name}: {}, next {}", failed.class.as_str(), next.target.id));
    }
    // Only counts of tokens come here: nobody else counts them.
    Ok(Answer { source: Source::Router, content: Content::Whole(Box::new(count::estimate(&request.facts))) })
}

/// Whether the caller wants the first target or none.
pub(crate) fn forbids_fallback(headers: &HeaderMap) -> bool {
    headers.get("x-router-no-fallback").is_some_and(|it| it != "false" && it != "0")
}

/// The next target that can be asked at all.
fn following(calls: &mut VecDeque<Call>, request: &Authorised, settlement: &mut Settlement) -> Option<Call> {
    while let Some(mut call) = calls.pop_front() {
        let unwritten = call.written.is_none() && call.dialect != request.facts.dialect();
        let held = settlement.memory.held();
        if unwritten && let Err(refusal) = settlement.memory.at_least(held + to_translate(&request.body)) {
            settlement.trace(Stage::Fallback, format!("{}: {}", call.target.id, refusal.message));
            continue;
        }
        let prepared = call.prepare(request);
        settlement.memory.resize(held + call.written.as_ref().filter(|_| unwritten).map_or(0, |it| it.body.len()));
        match prepared {
            Ok(()) => return Some(call),
            Err(rejection) => settlement.rejected(&call.target, &rejection),
        }
    }
    None
}

/// What is done for an operation that a target turned out not to offer.
enum Instead {
    Nothing,
    /// The router counts.
    Estimate,
    /// The same target is asked in another way, for this reason.
    Ask(Call, &'static str),
}

fn instead(call: Call, request: &Authorised, failed: &Failed) -> Instead {
    let operation = request.facts.operation;
    match () {
        () if failed.refuses_reasoning => {
            let why = "refuses what earlier turns thought, asked without";
            call.with_no_reasoning(request).map_or(Instead::Nothing, |call| Instead::Ask(call, why))
        }
        () if !matches!(failed.status, 404 | 405 | 501) => Instead::Nothing,
        () if operation.counts() => Instead::Estimate,
        // A summary is no compaction.
        () if request.group.fidelity == Fidelity::Strict => Instead::Nothing,
        () if operation == Operation::Compact && call.written.is_none() => {
            let why = "does not offer to compact, asked for a summary";
            call.for_summary(request).map_or(Instead::Nothing, |call| Instead::Ask(call, why))
        }
        () => Instead::Nothing,
    }
}
