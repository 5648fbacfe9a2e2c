use std::collections::BTreeMap;

use bytes::Bytes;
use data_plane_core::config::{Fidelity, Group, Scope, Target};
use data_plane_core::cost::{cost, price_at};
use data_plane_core::decide::limit::EXPECTED_OUTPUT;
use data_plane_core::decide::odds::odds;
use data_plane_core::decide::plan::{Considered, Plan};
use data_plane_core::decide::retry;
use data_plane_core::decide::statistics::Statistics;
use data_plane_core::decide::{AskedBody, Authorised, Decision, Head, decide};
use data_plane_core::dialect::{Dialect, Operation};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::facts::RequestFacts;
use data_plane_core::usage::TokenUsage;
use http::Response;
use http::request::Parts;
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::dry_run::DryRun;
use super::json::json as answer;
use crate::body::Body;
use crate::clock;
use crate::pipeline::{credentials, forbids_fallback, receive, warnings};
use crate::state::Router;

/// A request body with the operation that it is meant for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'a> {
    #[serde(default)]
    operation: Option<String>,
    #[serde(borrow)]
    request: &'a RawValue,
}

/// `POST /v1/route/explain`, for tokens with the scope `explain`: what would happen to a request. Nothing is sent
/// upstream, nothing is counted.
///
/// The body is `{"operation": "chat-completions", "request": {…}}`; or the request itself, with `?operation=…` in the
/// path. Without an operation it is told from the request's fields.
pub(crate) async fn explain(
    router: &Router,
    head: &Parts,
    body: &mut Incoming,
    seed: u64,
) -> Result<Response<Body>, Refusal> {
    let snapshot = receive(router)?;
    let asked = Head { credentials: credentials(&head.headers), scope: Scope::Explain, now_ms: clock::now_ms(), seed };
    let mut dry_run = DryRun { router, head, body, unwrap, memory: router.load.memory.charge(), refused: None };
    let decided = decide(&snapshot, asked, &mut dry_run).await;
    // The head stands before whatever refuses the request later.
    let decided = decided.map_err(|later| dry_run.refused.take().unwrap_or(later));
    let Decision { request: Authorised { who, group, facts, .. }, plan, .. } = decided?;
    let refusal = dry_run.refused.or_else(|| plan.refusal.clone());
    let most = retry::most(&group.fallback, forbids_fallback(&head.headers));
    let odds = odds(&group, &facts, &plan);
    let tried = |it: &&Considered| it.rank.is_some_and(|rank| rank <= most);
    Ok(answer(&json!({
        "object": "route.explanation",
        "caller": who.caller.id,
        "operation": facts.operation.as_str(),
        "dialect": facts.dialect().as_str(),
        "requested_model": facts.model,
        "group": group.id,
        "policy": group.policy.kind().as_str(),
        "config_version": who.snapshot.version,
        "request": summary(&facts),
        "candidates": plan.considered.iter().zip(odds).map(|(it, odds)| candidate(it, odds, most, &facts)).collect::<Vec<_>>(),
        "order": plan.order().into_iter().filter(tried).map(|it| it.target.id.as_str()).collect::<Vec<_>>(),
        "notes": notes(&group, &facts, &plan, most),
        "refusal": refusal.map(|it| json!({"code": it.code.as_str(), "message": it.message})),
    })))
}

/// `rank` is `null` for what is not tried, `dialect` for what cannot be asked at all, `odds` where nothing is drawn, `score`
/// where the policy does not score, `lately` for what cannot serve the request.
fn candidate(considered: &Considered, odds: Option<f64>, most: u32, facts: &RequestFacts) -> Value {
    let Considered { target, rank, score, statistics, verdict } = considered;
    let written = verdict.as_ref().ok().and_then(|it| it.written.as_ref());
    let reasons = verdict.as_ref().err().into_iter().flatten();
    let score = score
        .as_ref()
        .map(|it| json!({"value": it.value, "terms": it.terms.iter().copied().collect::<BTreeMap<_, _>>()}));
    json!({
        "target": target.id,
        "eligible": verdict.is_ok(),
        "reasons": reasons.map(|it| json!({"code": it.code(), "message": it.to_string()})).collect::<Vec<_>>(),
        "rank": rank.filter(|rank| *rank <= most),
        "odds": odds,
        "score": score,
        "lately": statistics.as_ref().map(lately),
        "dialect": facts.operation.spoken(&target.provider.dialects).map(Dialect::as_str),
        "warnings": written.iter().flat_map(|it| warnings::lines(&it.warnings)).collect::<Vec<_>>(),
        "estimated_cost_nanousd": estimated_cost(target, facts),
    })
}

/// Weighed by age, so they are no whole numbers.
fn lately(statistics: &Statistics) -> Value {
    let rounded = |it: f64| (it * 10.0).round() / 10.0;
    json!({
        "attempts": rounded(statistics.attempts),
        "failures": rounded(statistics.failures),
        "first_byte_ms": statistics.first_byte.map(|it| it.as_millis() as u64),
    })
}

fn notes(group: &Group, facts: &RequestFacts, plan: &Plan, most: u32) -> Vec<String> {
    let mut notes: Vec<String> = notes_on_plan(group, facts, plan).into_iter().map(str::to_owned).collect();
    if facts.output_cap.is_none() && estimated_output(facts) > 0 {
        notes.push(format!(
            "the request sets no cap on its output: the estimated costs count {EXPECTED_OUTPUT} tokens of it"
        ));
    }
    if plan.order().len() > most as usize {
        notes.push(format!("at most {most} of the targets that can serve the request are tried"));
    }
    notes
}

fn notes_on_plan(group: &Group, facts: &RequestFacts, plan: &Plan) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if plan.order().is_empty() && plan.refusal.is_none() {
        notes.push("no target counts tokens, so the router answers with its own estimate");
    }
    let forwarded = |it: &Considered| it.verdict.as_ref().is_ok_and(|able| able.written.is_none());
    let summarised = facts.operation == Operation::Compact && group.fidelity == Fidelity::Tolerant;
    if summarised && plan.considered.iter().any(forwarded) {
        notes.push("a target that turns out not to offer compaction is asked for a summary instead");
    }
    notes
}

/// The request's own bytes, and its operation.
fn unwrap(query: Option<&str>, body: &Bytes) -> Result<AskedBody, Refusal> {
    let asked = query.unwrap_or_default().split('&').find_map(|it| it.strip_prefix("operation="));
    if let Some(name) = asked {
        return Ok(AskedBody { operation: operation(name)?, body: body.clone() });
    }
    if let Ok(Wrapped { operation: name, request }) = serde_json::from_slice(body) {
        let request = body.slice_ref(request.get().as_bytes());
        let found = name.map_or_else(|| guess(&request), |it| operation(&it))?;
        return Ok(AskedBody { operation: found, body: request });
    }
    Ok(AskedBody { operation: guess(body)?, body: body.clone() })
}

fn operation(name: &str) -> Result<Operation, Refusal> {
    Operation::parse(name).ok_or_else(|| {
        let names: Vec<_> = Operation::ALL.iter().map(|it| it.as_str()).collect();
        let message = format!("`operation` must be one of {}", names.join(", "));
        Refusal::new(Code::InvalidRequest, message).with_param("operation")
    })
}

/// `input` is of Responses alone; `max_tokens` is demanded by Messages, which has no `system` messages beside it.
fn guess(body: &[u8]) -> Result<Operation, Refusal> {
    #[derive(Deserialize)]
    struct Shape {
        input: Option<serde::de::IgnoredAny>,
        system: Option<serde::de::IgnoredAny>,
        messages: Option<serde::de::IgnoredAny>,
    }
    let shape: Shape = serde_json::from_slice(body)
        .map_err(|error| Refusal::new(Code::InvalidRequest, format!("the body is not valid JSON: {error}")))?;
    match shape {
        Shape { input: Some(_), .. } => Ok(Operation::Responses),
        Shape { system: Some(_), .. } => Ok(Operation::Messages),
        Shape { messages: Some(_), .. } => Ok(Operation::ChatCompletions),
        _ => Err(Refusal::new(Code::InvalidRequest, "say which `operation` the request is meant for")
            .with_param("operation")),
    }
}

/// What the decision looked at.
fn summary(facts: &RequestFacts) -> Value {
    json!({
        "stream": facts.stream,
        "tools": facts.tools,
        "tool_choice_forced": facts.tool_choice_forced,
        "input_modalities": facts.input_modalities.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "output_modalities": facts.output_modalities.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "structured_output": facts.structured_output,
        "reasoning": facts.reasoning.is_some(),
        "output_cap": facts.output_cap.as_ref().map(|it| it.value),
        "estimated_input_tokens": facts.estimated_input_tokens,
        "estimated_output_tokens": estimated_output(facts),
    })
}

/// The output that is reckoned with: the cap, or what is usual.
fn estimated_output(facts: &RequestFacts) -> u64 {
    match facts.operation {
        Operation::Embeddings | Operation::CountTokens | Operation::InputTokens => 0,
        Operation::ChatCompletions | Operation::Responses | Operation::Compact | Operation::Messages => {
            facts.output_cap.as_ref().map_or(EXPECTED_OUTPUT, |it| it.value)
        }
    }
}

/// What the target's prices make of the estimates of input and output, of which no target writes more than it can. `null`:
/// without a price, or beyond any number.
fn estimated_cost(target: &Target, facts: &RequestFacts) -> Option<u64> {
    if facts.operation.counts() {
        // Providers count for free.
        return Some(0);
    }
    let price = price_at(&target.prices, clock::now_ms())?;
    let most = [target.max_output_tokens, target.context_tokens].into_iter().flatten().min().unwrap_or(u64::MAX);
    let output = estimated_output(facts).min(most);
    let usage = TokenUsage { input: facts.estimated_input_tokens, output, ..TokenUsage::default() };
    Some(cost(&usage, price).total()).filter(|total| *total < u64::MAX)
}
