//! Which request it was: every answer names it, and so does the log.

use axum::{extract::Request, http::HeaderValue, middleware::Next, response::Response};

/// A request's id: `req_` and 32 hexadecimal digits, as routers have them.
#[derive(Clone)]
pub struct RequestId(pub String);

/// Gives every request an id.
pub async fn identified(mut request: Request, next: Next) -> Response {
    let id = format!("req_{:032x}", rand::random::<u128>());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    let id = HeaderValue::from_str(&id).expect("ids are hexadecimal");
    response.headers_mut().insert("x-request-id", id);
    response
}
