use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{HeaderName, StatusCode, header, request::Parts},
};
use control_plane_core::{diff::Change, patch::Operation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    input::JsonBody,
    problem::{Place, Problem},
};
use crate::manage::config::edit::{self, Edit, Edited, Editing};

/// The version that an edit is based on: `If-Match`, which is asked for.
#[derive(Clone, Copy)]
pub struct BasedOn(pub Option<u64>);

/// The same, where a body may say it instead.
#[derive(Clone, Copy)]
pub struct MaybeBasedOn(Option<BasedOn>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeBasedOn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(Some(BasedOn(None))));
        }
        let version = text.strip_prefix('"').and_then(|it| it.strip_suffix('"')).and_then(|it| it.parse().ok());
        version.map(|it| Self(Some(BasedOn(Some(it))))).ok_or_else(|| {
            let detail = "`if-match` is the `etag` of what was read, one version in quotes such as `\"41\"`, or `*`";
            Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for BasedOn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let MaybeBasedOn(based_on) = MaybeBasedOn::from_request_parts(parts, state).await?;
        based_on.ok_or_else(|| required("`if-match` with the `etag` of what was read"))
    }
}

fn required(what: &str) -> Problem {
    let detail = format!("say on which version the change is based: {what}");
    Problem::new(StatusCode::PRECONDITION_REQUIRED, "precondition-required", detail)
}

/// A change of parts of the document.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "operations": [{"op": "replace", "path": "/groups/fast/targets/0/weight", "value": 5}],
    "expected_version": 41, "comment": "more for the cheap one"
}))]
pub struct PatchInput {
    /// JSON Patch (RFC 6902) on the document as JSON: each `{op: add|remove|replace|move|copy|test, path, from, value}`.
    #[schema(value_type = Vec<Object>)]
    operations: Vec<Operation>,
    /// The version that the places of the patch are of, 0 for none; `if-match` says the same.
    expected_version: Option<u64>,
    /// Why: one line.
    #[serde(default)]
    comment: String,
}

/// What an edit did.
#[derive(Serialize, ToSchema)]
pub struct EditOutput {
    /// The version that serves it; an old one when nothing changed.
    pub version: u64,
    /// What the edit changed: each `{path, kind: added|removed|changed, before, after}`; empty: nothing was published.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    /// What others had changed since the version that it was based on, and which stays.
    #[schema(value_type = Vec<Object>)]
    merged: Vec<Change>,
    warnings: Vec<Place>,
}

/// An answer with its version as `etag`.
pub type Tagged<T> = ([(HeaderName, String); 1], Json<T>);

/// An answer of a version.
pub fn tagged<T>(version: u64, body: T) -> Tagged<T> {
    ([(header::ETAG, format!("\"{version}\""))], Json(body))
}

/// Changes parts of the document. Nothing in it is replaced by variables. What others have changed since the version that the patch
/// is based on stays, when it is in other providers, models, groups, projects, callers and settings; else nothing is changed.
#[utoipa::path(patch, path = "/api/v1/config", tag = "config", request_body = PatchInput, security(("admin_token" = [])),
    params(("if-match" = Option<String>, Header, description = "The version that the patch is based on: `\"41\"`; `*`: whatever is in force")),
    responses((status = 200, body = EditOutput),
              (status = 403, description = "Without `credential.write`: `moves-keys`, a key would be sent where the version in force does not send it"),
              (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both changes"),
              (status = 422, description = "`config-invalid`: every mistake at once; `patch-failed`: an operation does not fit the document"),
              (status = 428, description = "It is not said on which version the patch is based")))]
pub async fn patch(
    State(app): State<App>,
    admin: Admin,
    MaybeBasedOn(matching): MaybeBasedOn,
    JsonBody(input): JsonBody<PatchInput>,
) -> Result<Tagged<EditOutput>, Problem> {
    let based_on = match (matching, input.expected_version) {
        (None, None) => return Err(required("`if-match`, or `expected_version`")),
        (Some(BasedOn(Some(one))), Some(other)) if one != other => {
            let detail = "`if-match` and `expected_version` say different versions";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail));
        }
        (matching, expected) => expected.or(matching.and_then(|it| it.0)),
    };
    let edit = Edit::Patch(input.operations);
    publish(&app, &admin, &Editing { edit: &edit, based_on, comment: &input.comment, ticket: "", draft: None }).await
}

/// Publishes an edit.
pub async fn publish(app: &App, admin: &Admin, editing: &Editing<'_>) -> Result<Tagged<EditOutput>, Problem> {
    let edited = edit::edit(&app.control, admin.author(), editing).await?;
    Ok(tagged(edited.version, edited.into()))
}

impl From<Edited> for EditOutput {
    fn from(it: Edited) -> Self {
        let Edited { version, changes, merged, warnings } = it;
        Self { version, changes, merged, warnings: warnings.iter().map(Place::from).collect() }
    }
}
