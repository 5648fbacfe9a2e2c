use std::collections::BTreeSet;

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{diff::Change, effect::Effects, merge::Conflict, patch::Operation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    edit::{BasedOn, EditOutput, Tagged, tagged},
    input::{InPath, JsonBody},
    moment::rfc3339,
    problem::{FieldError, Place, Problem},
};
use crate::{
    manage::config::{
        draft::{self, DraftWords, Judged},
        edit::Edit,
    },
    store::draft::{DraftLine, StoredDraft},
};

/// What is said of a draft, and what it changes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "cheaper at night", "ticket": "OPS-71", "base_version": 41,
    "operations": [{"op": "replace", "path": "/groups/fast/targets/0/weight", "value": 5}]
}))]
pub struct DraftInput {
    /// What it is called. A save that leaves it out keeps it, as all of these.
    title: Option<String>,
    /// Why, for the version that comes of it; its title, where this is empty.
    comment: Option<String>,
    /// What it is done for, elsewhere.
    ticket: Option<String>,
    /// For a new draft: the version that it is based on, 0 for none; left out: the one in force.
    base_version: Option<u64>,
    /// The whole document as JSON; it need not be valid.
    #[schema(value_type = Option<Object>)]
    document: Option<Map<String, Value>>,
    /// Instead of a document: JSON Patch (RFC 6902) on what the draft, or the version that it is based on, has.
    #[schema(value_type = Option<Vec<Object>>)]
    operations: Option<Vec<Operation>>,
}

impl DraftInput {
    /// What is said of it, over what was said before.
    fn words<'a>(&'a self, before: Option<&'a DraftLine>) -> DraftWords<'a> {
        let said = |now: &'a Option<String>, had: fn(&DraftLine) -> &String| {
            now.as_ref().or_else(|| before.map(had)).map_or("", String::as_str)
        };
        DraftWords {
            title: said(&self.title, |it| &it.title),
            comment: said(&self.comment, |it| &it.comment),
            ticket: said(&self.ticket, |it| &it.ticket),
        }
    }

    fn change(&self) -> Result<Option<Edit>, Problem> {
        match (&self.document, &self.operations) {
            (Some(_), Some(_)) => {
                let detail = "a draft is given as a `document` or by `operations`, not both";
                Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail))
            }
            (Some(document), None) => Ok(Some(Edit::Whole(Value::Object(document.clone())))),
            (None, operations) => Ok(operations.clone().map(Edit::Patch)),
        }
    }
}

/// A draft without its document.
#[derive(Serialize, ToSchema)]
pub struct DraftSummary {
    id: String,
    title: String,
    comment: String,
    ticket: String,
    /// The version that it is based on; 0: none.
    base_version: u64,
    /// How often it was saved: its `etag`.
    revision: u64,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339.
    updated_at: String,
}

impl From<DraftLine> for DraftSummary {
    fn from(it: DraftLine) -> Self {
        Self {
            id: it.id,
            title: it.title,
            comment: it.comment,
            ticket: it.ticket,
            base_version: it.base_version,
            revision: it.revision,
            created_at: rfc3339(it.created_ms),
            updated_at: rfc3339(it.updated_ms),
        }
    }
}

/// Drafts, the one that was saved last first.
#[derive(Serialize, ToSchema)]
pub struct Drafts {
    drafts: Vec<DraftSummary>,
}

/// A draft.
#[derive(Serialize, ToSchema)]
pub struct DraftOutput {
    draft: DraftSummary,
    /// As it was saved last; it need not be valid.
    #[schema(value_type = Object)]
    document: Value,
}

fn output(stored: StoredDraft) -> Result<Tagged<DraftOutput>, Problem> {
    let document = draft::document(&stored)?;
    Ok(tagged(stored.about.revision, DraftOutput { draft: stored.about.into(), document }))
}

/// Your drafts of the configuration: each person has their own, and at most a hundred.
#[utoipa::path(get, path = "/api/v1/drafts", tag = "drafts", security(("admin_token" = [])),
    responses((status = 200, body = Drafts)))]
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Json<Drafts>, Problem> {
    let drafts = draft::list(&app.control, admin.author()).await?;
    Ok(Json(Drafts { drafts: drafts.into_iter().map(DraftSummary::from).collect() }))
}

/// Begins a draft: of the version in force or another, as it is or with a change. Nothing is published.
#[utoipa::path(post, path = "/api/v1/drafts", tag = "drafts", request_body = DraftInput, security(("admin_token" = [])),
    responses((status = 201, body = DraftOutput), (status = 409, description = "There are too many, or the configuration is a file and this a browser"),
              (status = 422, description = "`patch-failed`: an operation does not fit the document")))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<DraftInput>,
) -> Result<(StatusCode, Tagged<DraftOutput>), Problem> {
    let change = input.change()?;
    let made =
        draft::create(&app.control, admin.author(), &input.words(None), input.base_version, change.as_ref()).await?;
    Ok((StatusCode::CREATED, output(made)?))
}

/// One of your drafts. Its `etag` is its revision.
#[utoipa::path(get, path = "/api/v1/drafts/{id}", tag = "drafts", params(("id" = String, Path, description = "The id of a draft")),
    security(("admin_token" = [])), responses((status = 200, body = DraftOutput)))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Tagged<DraftOutput>, Problem> {
    output(draft::find(&app.control, admin.author(), &id).await?)
}

/// Saves a draft over the revision that `if-match` names. While the database is away the answer is 503 `store-unavailable`, and nothing
/// was saved: keep what you have and send it again. A save of a whole document that is repeated because its answer was lost is answered
/// as the first time.
#[utoipa::path(put, path = "/api/v1/drafts/{id}", tag = "drafts", request_body = DraftInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a draft"), ("if-match" = String, Header, description = "The `etag` of the draft as it was read; `*`: whatever was saved last")),
    responses((status = 200, body = DraftOutput), (status = 412, description = "`draft-conflict`: it was saved from elsewhere since"),
              (status = 422, description = "`patch-failed`: an operation does not fit the document"), (status = 428, description = "`if-match` is missing")))]
pub async fn save(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<DraftInput>,
) -> Result<Tagged<DraftOutput>, Problem> {
    let change = input.change()?.unwrap_or(Edit::Patch(Vec::new()));
    let revision = revision(&app, &admin, &id, based_on).await?;
    let before = draft::find(&app.control, admin.author(), &id).await?.about;
    let words = input.words(Some(&before));
    output(draft::save(&app.control, admin.author(), &id, revision, &words, &change).await?)
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/api/v1/drafts/{id}", tag = "drafts", params(("id" = String, Path, description = "The id of a draft")),
    security(("admin_token" = [])), responses((status = 204, description = "It is gone")))]
pub async fn discard(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    draft::discard(&app.control, admin.author(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What would come of a draft.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    draft: DraftSummary,
    /// The version in force; 0: none. Another one than the draft's: others have published since.
    current_version: u64,
    /// What it changes of the version that it is based on: each `{path, kind: added|removed|changed, before, after}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    /// What others have changed since, likewise.
    #[schema(value_type = Vec<Object>)]
    theirs: Vec<Change>,
    /// The fields that both change: each `{path, base, yours, theirs}`. They are resolved by `rebase`.
    #[schema(value_type = Vec<Object>)]
    conflicts: Vec<Conflict>,
    /// All that is wrong with what would come of it; empty: it can be applied.
    errors: Vec<FieldError>,
    warnings: Vec<Place>,
    /// Whom it touches: `nodes`, `callers_touched`, `tokens_touched`, `requests_last_day`, `requests_per_hour`, `settings`, `groups`, `callers`,
    /// `prices`, `keys_missing`. Left out: it has errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    effects: Option<Effects>,
}

/// What would come of a draft if it were applied now: validated as a whole over what is in force, compared, with whom it touches.
#[utoipa::path(get, path = "/api/v1/drafts/{id}/preview", tag = "drafts", params(("id" = String, Path, description = "The id of a draft")),
    security(("admin_token" = [])), responses((status = 200, body = Preview)))]
pub async fn preview(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Json<Preview>, Problem> {
    let Judged { draft, current_version, changes, theirs, conflicts, mistakes, warnings, effects } =
        draft::judge(&app.control, admin.author(), &id).await?;
    Ok(Json(Preview {
        draft: draft.about.into(),
        current_version,
        changes,
        theirs,
        conflicts,
        errors: mistakes.iter().map(FieldError::from).collect(),
        warnings: warnings.iter().map(Place::from).collect(),
        effects,
    }))
}

/// How conflicts are resolved, each by its `path`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"keep_yours": ["groups.fast.targets[openai/mini].weight"], "take_theirs": []}))]
pub struct RebaseInput {
    /// Where the draft's own value is kept.
    #[serde(default)]
    keep_yours: BTreeSet<String>,
    /// Where the value in force is taken.
    #[serde(default)]
    take_theirs: BTreeSet<String>,
}

/// Brings a draft onto the version in force, field by field. A conflict of which nothing is said is told, and nothing is changed.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/rebase", tag = "drafts", request_body = RebaseInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a draft"), ("if-match" = String, Header, description = "The `etag` of the draft as it was read; `*`: whatever was saved last")),
    responses((status = 200, body = DraftOutput), (status = 409, description = "`rebase-conflict`: `conflict.both` has the fields of which nothing is said"),
              (status = 412, description = "`draft-conflict`: it was saved from elsewhere since"), (status = 428, description = "`if-match` is missing")))]
pub async fn rebase(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<RebaseInput>,
) -> Result<Tagged<DraftOutput>, Problem> {
    let revision = revision(&app, &admin, &id, based_on).await?;
    let said = (&input.keep_yours, &input.take_theirs);
    output(draft::rebase(&app.control, admin.author(), &id, revision, said).await?)
}

/// Over which version a draft is applied.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expected_version": 42}))]
pub struct ApplyDraftInput {
    /// Another one in force is a conflict; left out: what others have changed elsewhere stays.
    expected_version: Option<u64>,
}

/// Publishes a draft as one version, and removes it.
#[utoipa::path(post, path = "/api/v1/drafts/{id}/apply", tag = "drafts", request_body = ApplyDraftInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a draft"), ("if-match" = String, Header, description = "The `etag` of the draft as it was read; `*`: whatever was saved last")),
    responses((status = 200, body = EditOutput),
              (status = 403, description = "Without `credential.write`: `moves-keys`, a key would be sent where the version in force does not send it"),
              (status = 409, description = "`version-conflict`: another version is in force than was expected"),
              (status = 412, description = "`draft-conflict`: it was saved from elsewhere since; `edit-conflict`: somebody else has changed the same: rebase it"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn apply(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<ApplyDraftInput>,
) -> Result<Tagged<EditOutput>, Problem> {
    let revision = revision(&app, &admin, &id, based_on).await?;
    let applied = draft::apply(&app.control, admin.author(), &id, revision, input.expected_version).await?;
    Ok(tagged(applied.version, applied.into()))
}

/// The revision that the author has; with `*`, the one that there is.
async fn revision(app: &App, admin: &Admin, id: &str, BasedOn(said): BasedOn) -> Result<u64, Problem> {
    match said {
        Some(revision) => Ok(revision),
        None => Ok(draft::find(&app.control, admin.author(), id).await?.about.revision),
    }
}
