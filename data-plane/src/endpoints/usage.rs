use data_plane_core::decide::limit::Standing;
use data_plane_core::error::Refusal;
use http::{HeaderMap, Response};
use serde_json::{Value, json};

use super::json::json as answer;
use crate::body::Body;
use crate::pipeline::{identify, pin};
use crate::state::Router;

/// `GET /v1/usage`: the caller's own limits, what is left of them, and what it has used. The figures are this router's
/// own, since it started, and the answer says so: reports over all routers are the control plane's.
pub(crate) fn usage(router: &Router, headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    let who = identify(&pin(router)?, headers)?;
    let (standings, spent) = router.admission.standing(&who);
    Ok(answer(&json!({
        "object": "usage",
        "caller": who.caller.id,
        "token": who.token,
        "limits": {
            "requests_per_minute": standing(standings.requests),
            "tokens_per_minute": standing(standings.tokens),
            "concurrency": standing(standings.concurrency),
        },
        "used": {
            "scope": "this router since it started",
            "since_ms": router.started_ms,
            "requests": spent.requests,
            "input_tokens": spent.input_tokens,
            "output_tokens": spent.output_tokens,
            "cost_usd": spent.cost_nanousd as f64 / 1e9,
            "cost_nanousd": spent.cost_nanousd,
        },
    })))
}

/// `null`: unlimited.
fn standing(standing: Option<Standing>) -> Value {
    standing.map_or(
        Value::Null,
        |it| json!({"limit": it.limit, "remaining": it.remaining, "reset_ms": it.reset.as_millis() as u64}),
    )
}
