use data_plane_core::config::Scope;
use data_plane_core::dialect::continuation::ListRequest;
use data_plane_core::error::{Code, Refusal};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use serde_json::json;

use super::path::{parameter, percent_decoded};
use crate::body::Body;
use crate::pipeline::{identify, valid};
use crate::responses_store::Stored;
use crate::state::Router;

const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

/// `GET /v1/responses/{id}`: the response as its caller got it.
pub(crate) async fn get(
    router: &Router,
    headers: &HeaderMap,
    id: &str,
    query: Option<&str>,
) -> Result<Response<Body>, Refusal> {
    let stored = find(router, headers, id).await?;
    if parameter(query, "stream").is_some_and(|it| it != "false") {
        let message = "a stored response is not streamed again; leave `stream` out";
        return Err(Refusal::new(Code::UnsupportedParameter, message).with_param("stream"));
    }
    Ok(answer(stored.response()))
}

/// `DELETE /v1/responses/{id}`, with the items that it is made of.
pub(crate) async fn delete(router: &Router, headers: &HeaderMap, id: &str) -> Result<Response<Body>, Refusal> {
    let stored = find(router, headers, id).await?;
    stored.delete().await?;
    let id = stored.id();
    Ok(answer(json!({"id": id, "object": "response", "deleted": true}).to_string()))
}

/// `GET /v1/responses/{id}/input_items`: what the model was given, page by page.
pub(crate) async fn input_items(
    router: &Router,
    headers: &HeaderMap,
    id: &str,
    query: Option<&str>,
) -> Result<Response<Body>, Refusal> {
    let stored = find(router, headers, id).await?;
    let after = parameter(query, "after").map(percent_decoded);
    let page = page(query, after.as_deref())?;
    let listed = stored.input_items(page)?;
    listed.map(answer).map_err(|unknown| Refusal::new(Code::InvalidRequest, unknown.to_string()).with_param("after"))
}

async fn find(router: &Router, headers: &HeaderMap, id: &str) -> Result<Stored, Refusal> {
    let who = identify(&valid(router)?, headers)?;
    who.demand(Scope::Inference)?;
    Stored::find(&router.responses, &who.snapshot.settings, &who.caller, percent_decoded(id).into_owned()).await
}

fn page<'a>(query: Option<&str>, after: Option<&'a str>) -> Result<ListRequest<'a>, Refusal> {
    let wrong = |param: &str, message: String| Refusal::new(Code::InvalidRequest, message).with_param(param);
    let limit = match parameter(query, "limit").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(limit)) if (1..=LARGEST_PAGE).contains(&limit) => limit,
        Some(_) => return Err(wrong("limit", format!("`limit` must be a number from 1 to {LARGEST_PAGE}"))),
    };
    let descending = match parameter(query, "order") {
        None | Some("desc") => true,
        Some("asc") => false,
        Some(_) => return Err(wrong("order", "`order` must be `asc` or `desc`".to_owned())),
    };
    Ok(ListRequest { limit, descending, after })
}

fn answer(body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
