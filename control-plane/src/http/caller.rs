use axum::{
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    document::Caller,
    token::{TokenKind, id},
};

use super::{
    App,
    access::{Guard, guard},
    identify::bearer,
    problem::Problem,
};
use crate::manage::ManageError;

/// The caller whose token a request carries. A route that callers may ask, too, has it among the request's extensions.
#[derive(Clone)]
pub struct AskedBy(pub Caller);

/// Lets callers through with a token that is good now; everybody else is for the guard of administrators.
pub async fn caller_or_guard(State(state): State<Guard>, mut request: Request, next: Next) -> Response {
    let Some(presented) = presented(request.headers()) else { return guard(State(state), request, next).await };
    match caller(&state.app, &presented).await {
        Ok(Some(caller)) => {
            request.extensions_mut().insert(AskedBy(caller));
            next.run(request).await
        }
        Ok(None) => Problem::unauthorized().into_response(),
        // An infrastructure failure is never a 401.
        Err(error) => Problem::from(error).into_response(),
    }
}

/// A caller's token, in any of the headers in which routers take it.
fn presented(headers: &HeaderMap) -> Option<String> {
    let keys = ["x-api-key", "api-key"].into_iter().filter_map(|name| headers.get(name)?.to_str().ok());
    let is_callers = |it: &&str| id(TokenKind::Caller, it).is_some();
    bearer(headers).into_iter().chain(keys).find(is_callers).map(str::to_owned)
}

/// Whose token it is, if it opens something now.
async fn caller(app: &App, text: &str) -> Result<Option<Caller>, ManageError> {
    Ok(app.logins.caller_token(text).await?.map(|it| it.caller))
}
