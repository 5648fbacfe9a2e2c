use data_plane_core::config::Group;
use data_plane_core::decide::identify::Identified;
use data_plane_core::error::{Code, Refusal};
use http::{HeaderMap, Response};
use serde_json::{Value, json};

use super::json::json as answer;
use super::path::{parameter, percent_decoded};
use crate::body::Body;
use crate::pipeline::{identify, valid};
use crate::state::Router;

/// Groups have no birthday; clients' types demand one.
const CREATED: &str = "1970-01-01T00:00:00Z";
/// Anthropic's page size where none is asked for, and the largest.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 1000;

/// `GET /v1/models`: the groups that the caller may call, in Anthropic's shape if the caller sends `anthropic-version`,
/// else in OpenAI's.
pub(crate) fn list(router: &Router, headers: &HeaderMap, query: Option<&str>) -> Result<Response<Body>, Refusal> {
    let who = identify(&valid(router)?, headers)?;
    let groups = groups(&who);
    Ok(answer(&if is_anthropic(headers) {
        page(&groups, query)?
    } else {
        json!({"object": "list", "data": groups.iter().map(|it| openai(it)).collect::<Vec<_>>()})
    }))
}

/// `GET /v1/models/{id}`: one of them, by its name or an alias.
pub(crate) fn one(router: &Router, headers: &HeaderMap, model: &str) -> Result<Response<Body>, Refusal> {
    let who = identify(&valid(router)?, headers)?;
    let model = &*percent_decoded(model);
    if who.group(model).is_err() {
        let message = "the caller sees no such model; `GET /v1/models` lists what it may call";
        return Err(Refusal::new(Code::ModelNotFound, message).with_param("model"));
    }
    Ok(answer(&if is_anthropic(headers) { anthropic(model) } else { openai(model) }))
}

fn is_anthropic(headers: &HeaderMap) -> bool {
    headers.contains_key("anthropic-version")
}

/// Names of the caller's groups, sorted.
fn groups(who: &Identified) -> Vec<&str> {
    let mut names: Vec<&str> = who.caller.allow.iter().filter_map(|it| who.snapshot.group(it)).map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn name(group: &std::sync::Arc<Group>) -> &str {
    &group.id
}

fn openai(model: &str) -> Value {
    json!({"id": model, "object": "model", "created": 0, "owned_by": "smart-router"})
}

fn anthropic(model: &str) -> Value {
    json!({"type": "model", "id": model, "display_name": model, "created_at": CREATED, "lifecycle": "active"})
}

/// One page, as `limit`, `after_id` and `before_id` cut it.
fn page(groups: &[&str], query: Option<&str>) -> Result<Value, Refusal> {
    let parameter = |name: &str| parameter(query, name);
    let limit = match parameter("limit").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(limit)) if (1..=LARGEST_PAGE).contains(&limit) => limit,
        Some(_) => {
            let message = format!("`limit` must be a number from 1 to {LARGEST_PAGE}");
            return Err(Refusal::new(Code::InvalidRequest, message).with_param("limit"));
        }
    };
    let after = parameter("after_id").map_or(0, |id| groups.partition_point(|it| *it <= id));
    let before = parameter("before_id").map_or(groups.len(), |id| groups.partition_point(|it| *it < id));
    let within = groups.get(after..before).unwrap_or_default();
    let shown = if parameter("before_id").is_some() {
        &within[within.len().saturating_sub(limit)..]
    } else {
        &within[..within.len().min(limit)]
    };
    Ok(json!({
        "data": shown.iter().map(|it| anthropic(it)).collect::<Vec<_>>(),
        "has_more": shown.len() < within.len(),
        "first_id": shown.first(),
        "last_id": shown.last(),
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::page;

    #[test]
    fn pages_are_cut_as_anthropic_does() {
        let groups = ["a", "b", "c", "d"];
        let ids = |query| {
            let page = page(&groups, Some(query)).unwrap();
            let ids: Vec<_> =
                page["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect();
            (ids.concat(), page["has_more"].as_bool().unwrap())
        };
        assert_eq!(ids("limit=1000"), ("abcd".to_owned(), false));
        assert_eq!(ids("limit=2"), ("ab".to_owned(), true));
        assert_eq!(ids("limit=2&after_id=b"), ("cd".to_owned(), false));
        assert_eq!(ids("before_id=d&limit=2"), ("bc".to_owned(), true));
        assert_eq!(ids("after_id=zzz"), (String::new(), false));
        for bad in ["limit=0", "limit=1001", "limit=x"] {
            assert!(page(&groups, Some(bad)).is_err(), "{bad}");
        }
        assert!(page(&[], None).unwrap()["first_id"].is_null());
    }
}
