#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{
    permission::Action,
    token::{TokenError, TokenRecord, TokenState},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    input::{Asked, InPath, JsonBody, milliseconds},
    moment::rfc3339,
    problem::Problem,
    version::{InForce, Patience, Wait},
};
use crate::{
    clock::now_ms,
    manage::{
        ManageError,
        token::{self, Changed, Issued},
    },
};

/// Whose tokens.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// A caller's id; left out: everybody's.
    caller: Option<String>,
}

/// A caller token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct TokenLine {
    /// The public part, as it stands in the token.
    id: String,
    caller: String,
    name: String,
    /// `active`, `suspended`, `revoked`, `rotated`, or `expired` once its time is over.
    state: &'static str,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// The token whose place it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotated_from: Option<String>,
    /// RFC 3339, to a minute: when the last request began that is known of and that it opened; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
}

/// Caller tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    tokens: Vec<TokenLine>,
}

/// A new token: this is the only time that it is shown.
#[derive(Serialize, ToSchema)]
pub struct IssuedToken {
    /// The whole token.
    token: String,
    #[serde(flatten)]
    line: TokenLine,
    /// The version from which on routers accept it.
    version: u64,
}

/// A changed token.
#[derive(Serialize, ToSchema)]
pub struct ChangedToken {
    #[serde(flatten)]
    line: TokenLine,
    /// The version from which on routers know.
    version: u64,
    /// On how many routers that is in force, when this is answered.
    in_force: InForce,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"caller": "ana", "name": "laptop", "expires_in": "90d"}))]
pub struct CreateInput {
    /// A caller of the configuration in force.
    caller: String,
    /// What to call it in lists.
    #[serde(default)]
    name: String,
    /// `24h`, `30d`; left out: never.
    expires_in: Option<String>,
}

/// How to replace a token.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"overlap": "24h"}))]
pub struct RotateInput {
    /// How long the old one still works; left out: `1h`.
    overlap: Option<String>,
    /// The life of the new one; left out: as long as the old one's was meant to be.
    expires_in: Option<String>,
}

const OVERLAP_MS: u64 = 3_600_000;

/// Caller tokens, without their secrets, in the order of their creation.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "tokens", params(Whose), security(("admin_token" = [])),
    responses((status = 200, body = TokenList)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(whose): Asked<Whose>,
) -> Result<Json<TokenList>, Problem> {
    let tokens = token::list(&app.control, &admin.visible(Action::TokenRead), whose.caller.as_deref()).await?;
    Ok(Json(TokenList { tokens: tokens.into_iter().map(TokenLine::from).collect() }))
}

/// Makes a token for a caller.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "tokens", request_body = CreateInput, security(("admin_token" = [])),
    responses((status = 201, body = IssuedToken)))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<CreateInput>,
) -> Result<(StatusCode, Json<IssuedToken>), Problem> {
    let expires_in = input.expires_in.map(|text| milliseconds("expires_in", &text)).transpose()?;
    let issued = token::create(&app.control, admin.author(), &input.caller, &input.name, expires_in).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

/// Puts a new token in an old one's place.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/rotate", tag = "tokens", request_body = RotateInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The token's public part")),
    responses((status = 201, body = IssuedToken)))]
pub async fn rotate(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    JsonBody(input): JsonBody<RotateInput>,
) -> Result<(StatusCode, Json<IssuedToken>), Problem> {
    let overlap = input.overlap.map_or(Ok(OVERLAP_MS), |text| milliseconds("overlap", &text))?;
    let expires_in = input.expires_in.map(|text| milliseconds("expires_in", &text)).transpose()?;
    let issued = token::rotate(&app.control, admin.author(), &id, overlap, expires_in).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

/// Closes a token until it is resumed.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/suspend", tag = "tokens", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The token's public part"), Wait),
    responses((status = 200, body = ChangedToken)))]
pub async fn suspend(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    patience: Patience,
) -> Result<Json<ChangedToken>, Problem> {
    let outcome = token::suspend(&app.control, admin.author(), &id).await;
    changed(&app, outcome, TokenState::Suspended, patience).await
}

/// Opens a suspended token again.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/resume", tag = "tokens", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The token's public part"), Wait),
    responses((status = 200, body = ChangedToken)))]
pub async fn resume(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    patience: Patience,
) -> Result<Json<ChangedToken>, Problem> {
    let outcome = token::resume(&app.control, admin.author(), &id).await;
    changed(&app, outcome, TokenState::Active, patience).await
}

/// Closes a token for good.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/revoke", tag = "tokens", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The token's public part"), Wait),
    responses((status = 200, body = ChangedToken)))]
pub async fn revoke(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    patience: Patience,
) -> Result<Json<ChangedToken>, Problem> {
    let outcome = token::revoke(&app.control, admin.author(), &id).await;
    changed(&app, outcome, TokenState::Revoked, patience).await
}

/// What a change has led to. Whoever waits may ask again: a token that is so already is waited for.
async fn changed(
    app: &App,
    outcome: Result<Changed, ManageError>,
    wanted: TokenState,
    patience: Patience,
) -> Result<Json<ChangedToken>, Problem> {
    let Changed { record, version } = match outcome {
        Err(ManageError::Token(TokenError::State { id, state, .. })) if state == wanted && patience.is_asked() => {
            token::as_it_is(&app.control, &id).await?
        }
        outcome => outcome?,
    };
    let in_force = InForce::of(app, version, patience).await?;
    Ok(Json(ChangedToken { line: record.into(), version, in_force }))
}

impl From<Issued> for IssuedToken {
    fn from(it: Issued) -> Self {
        Self { token: it.text.expose().to_owned(), line: it.record.into(), version: it.version }
    }
}

impl From<TokenRecord> for TokenLine {
    fn from(it: TokenRecord) -> Self {
        // A rotated token that has expired is refused as rotated: that is what its holder must know.
        let expired = it.state == TokenState::Active && it.has_expired(now_ms());
        let state = if expired { "expired" } else { it.state.as_str() };
        Self {
            id: it.id,
            caller: it.caller,
            name: it.name,
            state,
            created_at: rfc3339(it.created_ms),
            expires_at: it.expires_ms.map(rfc3339),
            rotated_from: it.rotated_from,
            last_used_at: it.last_used_ms.map(rfc3339),
        }
    }
}
