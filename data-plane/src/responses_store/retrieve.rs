use data_plane_core::config::Scope as Right;
use data_plane_core::dialect::continuation::{ListRequest, StoredAnswer, list_items};
use data_plane_core::error::{Code, Refusal};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};
use serde_json::json;

use super::backend::Opened;
use super::begin::shown;
use super::key::{Key, Scope};
use super::record::Record;
use crate::endpoints::models::percent_decoded;
use crate::http::Body;
use crate::pipeline::{identify, pin};
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
    let stored = Stored::find(router, headers, id).await?;
    if parameter(query, "stream").is_some_and(|it| it != "false") {
        let message = "a stored response is not streamed again; leave `stream` out";
        return Err(Refusal::new(Code::UnsupportedParameter, message).with_param("stream"));
    }
    Ok(answer(stored.record.response))
}

/// `DELETE /v1/responses/{id}`, with the items that it is made of.
pub(crate) async fn delete(router: &Router, headers: &HeaderMap, id: &str) -> Result<Response<Body>, Refusal> {
    let Stored { store, scope, key, id, record } = Stored::find(router, headers, id).await?;
    let items = StoredAnswer::read(&record.response).map(|it| it.items).unwrap_or_default();
    let mut keys: Vec<Key> = items.iter().filter_map(|it| it.id.as_deref()).map(|it| scope.item(it)).collect();
    keys.truncate(LARGEST_DELETION);
    keys.push(key);
    store.delete(&keys).await?;
    Ok(answer(json!({"id": id, "object": "response", "deleted": true}).to_string()))
}

/// `GET /v1/responses/{id}/input_items`: what the model was given, page by page.
pub(crate) async fn input_items(
    router: &Router,
    headers: &HeaderMap,
    id: &str,
    query: Option<&str>,
) -> Result<Response<Body>, Refusal> {
    let stored = Stored::find(router, headers, id).await?;
    let after = parameter(query, "after").map(percent_decoded);
    let page = page(query, after.as_deref())?;
    let listed = list_items(&stored.record.input, &stored.id, page).map_err(|_| not_found(&stored.id))?;
    listed.map(answer).map_err(|unknown| Refusal::new(Code::InvalidRequest, unknown.to_string()).with_param("after"))
}

/// Records of one deletion beside the response's own.
const LARGEST_DELETION: usize = 1000;

/// A stored response of the caller's.
struct Stored {
    store: Opened,
    scope: Scope,
    key: Key,
    id: String,
    record: Record,
}

impl Stored {
    async fn find(router: &Router, headers: &HeaderMap, id: &str) -> Result<Self, Refusal> {
        let who = identify(pin(router)?, headers)?;
        who.demand(Right::Inference)?;
        let store = router.responses.open(&who.snapshot.settings).ok_or_else(|| {
            let message = "responses are not stored here; send the whole conversation each time";
            Refusal::new(Code::ResponseStoreDisabled, message)
        })?;
        let id = percent_decoded(id).into_owned();
        let scope = Scope::of(&who.caller);
        let key = scope.response(&id);
        let sealed = store.get(&[key]).await?.remove(&key);
        let record = match sealed {
            Some(sealed) => Record::open(&store.sealer, key, sealed).await,
            None => None,
        };
        let record = record.ok_or_else(|| not_found(&id))?;
        Ok(Self { store, scope, key, id, record })
    }
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(Code::ResponseNotFound, format!("Response with id '{}' not found.", shown(id)))
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

fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query.unwrap_or_default().split('&');
    pairs.filter_map(|it| it.strip_prefix(name)?.strip_prefix('=')).find(|it| !it.is_empty())
}

fn answer(body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
