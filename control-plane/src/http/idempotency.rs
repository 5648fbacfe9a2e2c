use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::{App, admin::Admin, problem::Problem};
use crate::{
    manage::idempotency::{self, Course, KeptAnswer},
    store::Run,
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// As long as a key may be.
const KEY_LIMIT: usize = 255;
/// What a handler takes, and more than any of these answers.
const LIMIT: usize = 4 * 1024 * 1024;
/// Headers of an answer that are repeated with it.
const REPEATED: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// Runs a request that changes something once for each `idempotency-key` of whoever asks: a repetition gets the answer of the first.
pub async fn once(app: &App, admin: &Admin, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(key) = request.headers().get(KEY).filter(|_| changes).cloned() else {
        return next.run(request).await;
    };
    keyed(app, admin, &key, request, next).await.unwrap_or_else(Problem::into_response)
}

async fn keyed(app: &App, admin: &Admin, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Problem> {
    let key = key.to_str().ok().filter(|it| (1..=KEY_LIMIT).contains(&it.len()));
    let key = key.ok_or_else(|| {
        refused(StatusCode::BAD_REQUEST, "invalid-request", "`idempotency-key` has 1 to 255 characters of ASCII")
    })?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LIMIT).await.map_err(|_| {
        refused(StatusCode::PAYLOAD_TOO_LARGE, "request-too-large", "the body is larger than 4 MiB, or was cut off")
    })?;
    let mut digest = Sha256::new();
    let path = parts.uri.path_and_query().map_or("", |it| it.as_str());
    let based_on = parts.headers.get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    for part in [parts.method.as_str().as_bytes(), path.as_bytes(), based_on, &body] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    match idempotency::begin(&app.control, &admin.actor.label(), key, &digest.finalize().into()).await? {
        Course::Replay(answer) => {
            if idempotency::still_permitted(&app.control, &admin.grants, &answer).await? {
                return Ok(replayed(answer));
            }
            let detail = "the request that was first sent with this `idempotency-key` is one that you may not make any more: its \
                          answer is not given again";
            Err(refused(StatusCode::FORBIDDEN, "forbidden", detail))
        }
        Course::Run(run) => {
            let running = next.run(Request::from_parts(parts, Body::from(body)));
            let response = idempotency::run(&app.control, &run, running).await;
            kept(app, admin, &run, response).await
        }
    }
}

/// Keeps an answer before it is given.
async fn kept(app: &App, admin: &Admin, run: &Run, response: Response) -> Result<Response, Problem> {
    let status = response.status();
    // What may pass is tried again, not repeated.
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        if let Err(error) = idempotency::forget(&app.control, run).await {
            tracing::warn!(%error, "a request that failed keeps its idempotency key for a while");
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let unreadable = || refused(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the answer could not be kept");
    let body = to_bytes(body, usize::MAX).await.map_err(|_| unreadable())?;
    let said = |name: &HeaderName| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned()));
    let answer = KeptAnswer {
        status: status.as_u16(),
        headers: REPEATED.iter().filter_map(said).collect(),
        body: String::from_utf8(body.to_vec()).map_err(|_| unreadable())?,
        grants: Some(admin.grants.clone()),
    };
    if let Err(error) = idempotency::answered(&app.control, run, &answer).await {
        // What was asked is done, and whoever asked learns of it; a repetition is told that the outcome is not known.
        tracing::error!(%error, "an answer could not be kept for its idempotency key");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replayed(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn refused(status: StatusCode, code: &'static str, detail: &str) -> Problem {
    Problem::new(status, code, detail)
}
