use data_plane_core::config::Scope;
use data_plane_core::decide::identify::Identified;
use data_plane_core::decide::limit::Standing;
use data_plane_core::error::{Code, Refusal};
use http::{HeaderMap, Response};
use serde_json::{Value, json};

use super::json::json as answer;
use super::path::{parameter, percent_decoded};
use crate::admission::Spent;
use crate::body::Body;
use crate::pipeline::{identify, valid};
use crate::state::Router;

/// `GET /v1/usage`: the caller's own limits, what is left of them, and what it has used; with `?project=` what all callers
/// of its project have used, for tokens with the scope `report`. The figures are this router's own, since it started, and
/// the answer says so: reports over all routers are the control plane's.
pub(crate) fn usage(router: &Router, headers: &HeaderMap, query: Option<&str>) -> Result<Response<Body>, Refusal> {
    let who = identify(&valid(router)?, headers)?;
    if let Some(project) = parameter(query, "project") {
        return of_project(router, &who, &percent_decoded(project));
    }
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
        "used": used(router, &spent),
    })))
}

/// Of other projects nothing is told, not even whether they exist.
fn of_project(router: &Router, who: &Identified, project: &str) -> Result<Response<Body>, Refusal> {
    who.demand(Scope::Report)?;
    if project.is_empty() || project != who.caller.project {
        let message = "`project`: the scope `report` opens the usage of the caller's own project alone";
        return Err(Refusal::new(Code::ScopeForbidden, message).with_param("project"));
    }
    let mut callers: Vec<(&str, Spent)> =
        who.snapshot.callers_of(project).map(|it| (&*it.id, router.admission.spent(&it.id))).collect();
    callers.sort_unstable_by_key(|(id, _)| *id);
    let total = callers.iter().fold(Spent::default(), |total, (_, spent)| total.and(spent));
    let caller = |(id, spent): &(&str, Spent)| json!({"caller": id, "used": figures(spent)});
    Ok(answer(&json!({
        "object": "project.usage",
        "project": project,
        "owner": who.snapshot.project(project).map_or("", |it| &*it.owner),
        "used": used(router, &total),
        "callers": callers.iter().map(caller).collect::<Vec<_>>(),
    })))
}

fn used(router: &Router, spent: &Spent) -> Value {
    let mut used = json!({"scope": "this router since it started", "since_ms": router.started_ms});
    if let (Value::Object(used), Value::Object(figures)) = (&mut used, figures(spent)) {
        used.extend(figures);
    }
    used
}

fn figures(spent: &Spent) -> Value {
    json!({
        "requests": spent.requests,
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost_usd": spent.cost_nanousd as f64 / 1e9,
        "cost_nanousd": spent.cost_nanousd,
    })
}

/// `null`: unlimited.
fn standing(standing: Option<Standing>) -> Value {
    standing.map_or(
        Value::Null,
        |it| json!({"limit": it.limit, "remaining": it.remaining, "reset_ms": it.reset.as_millis() as u64}),
    )
}
