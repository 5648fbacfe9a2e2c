#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    canonical,
    diff::Change,
    domain::view,
    effect::Effects,
    permission::{Action, Visible},
    schema,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    input::{Asked, JsonBody, PageSize},
    moment::rfc3339,
    problem::{Place, Problem},
};
use crate::{
    manage::config::{self, Applied, Apply, Compared},
    store::config::ConfigVersion,
};

/// Which document, in which form.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichDocument {
    /// Any version up to the latest: what was in force at it; left out: what is now.
    version: Option<u64>,
    /// `yaml` (the default) or `json`.
    #[serde(default)]
    format: Form,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    #[default]
    Yaml,
    Json,
}

/// The configuration as it can be edited and applied again. It never holds a key: those are references. A role that holds in some
/// projects alone sees these, their groups and callers, the groups of no project, and what providers' models can do and cost.
#[utoipa::path(get, path = "/api/v1/config", tag = "config", params(WhichDocument), security(("admin_token" = [])),
    responses((status = 200, description = "The document; `x-router-config-version` is its version, and so is its `etag`", content((Object = "application/yaml"), (Object = "application/json")))))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Asked(which): Asked<WhichDocument>,
) -> Result<Response, Problem> {
    let config = config::get(&app.control, which.version).await?;
    let document = view(&config.document, &admin.visible(Action::ConfigRead));
    let (media_type, text) = match which.format {
        Form::Yaml => ("application/yaml", canonical::to_yaml(&document)),
        Form::Json => ("application/json", canonical::to_json(&document)),
    };
    let version = config.about.version.to_string();
    let headers = [
        (header::CONTENT_TYPE.as_str(), media_type),
        ("x-router-config-version", &version),
        (header::ETAG.as_str(), &format!("\"{version}\"")),
    ];
    Ok((headers, text).into_response())
}

/// A page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Entries below this number only: the last one of the page before.
    pub before: Option<u64>,
    /// At most so many; 100 unless said, 1000 at most.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
    pub limit: PageSize,
}

/// One version that changed the configuration.
#[derive(Serialize, ToSchema)]
pub struct VersionLine {
    version: u64,
    /// `admin-token/<id>` or `system`.
    author: String,
    comment: String,
    /// The version whose document it repeats, when it is a rollback.
    #[serde(skip_serializing_if = "Option::is_none")]
    restores: Option<u64>,
    /// RFC 3339.
    created_at: String,
    /// What it was made for, elsewhere.
    #[serde(skip_serializing_if = "String::is_empty")]
    ticket: String,
    /// What it changed, in a few words; left out: an older build made it.
    #[serde(skip_serializing_if = "String::is_empty")]
    summary: String,
}

/// Versions that changed the configuration, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Versions {
    versions: Vec<VersionLine>,
}

/// The versions that changed the configuration. Numbers are missing where another change took one, such as a token's.
/// A role that holds in some projects alone reads the words about its own alone.
#[utoipa::path(get, path = "/api/v1/config/versions", tag = "config", params(Page), security(("admin_token" = [])),
    responses((status = 200, body = Versions)))]
pub async fn versions(
    State(app): State<App>,
    admin: Admin,
    Asked(page): Asked<Page>,
) -> Result<Json<Versions>, Problem> {
    let mut versions = config::versions(&app.control, page.before.unwrap_or(u64::MAX), page.limit.get()).await?;
    if admin.visible(Action::ConfigRead) != Visible::All {
        let own = admin.actor.label();
        versions.iter_mut().filter(|it| it.author != own).for_each(ConfigVersion::hide_words);
    }
    Ok(Json(Versions { versions: versions.into_iter().map(VersionLine::from).collect() }))
}

impl From<ConfigVersion> for VersionLine {
    fn from(it: ConfigVersion) -> Self {
        Self {
            version: it.version,
            author: it.author,
            comment: it.comment,
            restores: it.restores,
            created_at: rfc3339(it.created_ms),
            ticket: it.ticket,
            summary: it.summary,
        }
    }
}

/// The JSON Schema of the document, for editors.
#[utoipa::path(get, path = "/api/v1/config/schema", tag = "config", security(("admin_token" = [])),
    responses((status = 200, description = "JSON Schema 2020-12", content_type = "application/schema+json")))]
pub async fn schema() -> Response {
    ([(header::CONTENT_TYPE, "application/schema+json")], schema::schema().to_string()).into_response()
}

/// Where the truth of the configuration is.
#[derive(Serialize, ToSchema)]
pub struct ModeOutput {
    /// `database`; `file`: a file is applied at every start, and takes back what was changed since by other ways; `seed`: a file has filled
    /// an empty database, and later changes stand.
    config_mode: &'static str,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Whether people may change the configuration in a browser: not where it is a file (409 `config-file`).
    editable_in_browser: bool,
}

/// Where the truth of the configuration is: in the database, or in the file that a standalone was started with.
#[utoipa::path(get, path = "/api/v1/config/mode", tag = "config", security(("admin_token" = [])),
    responses((status = 200, body = ModeOutput)))]
pub async fn mode(State(app): State<App>) -> Json<ModeOutput> {
    let mode = &app.control.config_mode;
    Json(ModeOutput {
        config_mode: mode.as_str(),
        file: mode.file().map(str::to_owned),
        editable_in_browser: mode.is_editable_in_browser(),
    })
}

/// A document to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": "version: 1"}))]
pub struct CheckInput {
    /// YAML, with `${VAR}` and `${VAR:-default}` for variables that the control plane's `--allow-env` names.
    document: String,
}

/// A document that can be applied.
#[derive(Serialize, ToSchema)]
pub struct Checked {
    warnings: Vec<Place>,
}

/// Checks a document with the variables that are open to it; nothing is stored. Without `config.write`, none is replaced.
#[utoipa::path(post, path = "/api/v1/config/check", tag = "config", request_body = CheckInput, security(("admin_token" = [])),
    responses((status = 200, body = Checked), (status = 422, description = "Every mistake at once")))]
pub async fn check(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<CheckInput>,
) -> Result<Json<Checked>, Problem> {
    let warnings = config::check(&app.control, &input.document, &admin.grants).await?;
    Ok(Json(Checked { warnings: warnings.iter().map(Place::from).collect() }))
}

/// A document to be compared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": "version: 1", "against": 41}))]
pub struct DiffInput {
    /// YAML.
    document: String,
    /// The version to compare with; left out: the one in force.
    against: Option<u64>,
}

/// What would change.
#[derive(Serialize, ToSchema)]
pub struct Difference {
    /// The version compared with; 0: none, an empty document.
    base_version: u64,
    /// Each `{path, kind: added|removed|changed, before, after}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    warnings: Vec<Place>,
    /// Whom it touches: `nodes`, `callers_touched`, `tokens_touched`, `requests_last_day`, `requests_per_hour`; and one by one `settings`, `groups`
    /// (each with the targets that gain or lose a share), `callers` (what they gain, lose, and which limits move), `prices` and `keys_missing`.
    #[schema(value_type = Object)]
    effects: Effects,
}

impl From<Compared> for Difference {
    fn from(it: Compared) -> Self {
        let Compared { base_version, changes, warnings, effects } = it;
        Self { base_version, changes, warnings: warnings.iter().map(Place::from).collect(), effects }
    }
}

/// What a document would change.
#[utoipa::path(post, path = "/api/v1/config/diff", tag = "config", request_body = DiffInput, security(("admin_token" = [])),
    responses((status = 200, body = Difference)))]
pub async fn diff(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<DiffInput>,
) -> Result<Json<Difference>, Problem> {
    let compared = config::compare(&app.control, &input.document, input.against, admin.author()).await?;
    Ok(Json(compared.into()))
}

/// A document to be published.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document": "version: 1", "comment": "the team search", "expected_version": 41}))]
pub struct ApplyInput {
    /// YAML.
    document: String,
    /// Why: one line.
    #[serde(default)]
    comment: String,
    /// The version that the author started from, 0 for none: another one in force is a conflict.
    expected_version: Option<u64>,
    /// What the author calls the file that it came from, such as its path. Without `expected_version`, a file that would take back what
    /// was changed since the same author applied it is refused with 409 `would-undo`.
    file: Option<String>,
    /// It takes back what it takes back.
    #[serde(default)]
    force: bool,
}

/// What was published.
#[derive(Serialize, ToSchema)]
pub struct ApplyOutput {
    /// The version that serves this document; an old one when nothing changed.
    version: u64,
    /// Each `{path, kind: added|removed|changed, before, after}`; empty: nothing was published.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    warnings: Vec<Place>,
}

/// Publishes a document: check, compare, number, push to routers. One that sends a key where the version in force does not send it
/// needs `credential.write` as well.
#[utoipa::path(post, path = "/api/v1/config/apply", tag = "config", request_body = ApplyInput, security(("admin_token" = [])),
    responses((status = 200, body = ApplyOutput),
              (status = 403, description = "Without `credential.write`: `moves-keys`, a key would be sent where the version in force does not send it"),
              (status = 409, description = "Somebody was quicker"), (status = 422, description = "Every mistake at once")))]
pub async fn apply(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<ApplyInput>,
) -> Result<Json<ApplyOutput>, Problem> {
    let new = Apply {
        text: &input.document,
        comment: &input.comment,
        expected_version: input.expected_version,
        file: input.file.as_deref(),
        force: input.force,
    };
    Ok(Json(config::apply(&app.control, admin.author(), &new).await?.into()))
}

/// A version to be published again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"version": 41, "comment": "the new group is too slow"}))]
pub struct RollbackInput {
    /// Any version up to the latest: the document that was in force at it is published.
    version: u64,
    /// Why: one line.
    #[serde(default)]
    comment: String,
    /// The version that was in force when the older one was looked at: another one is a conflict.
    expected_version: Option<u64>,
}

/// Publishes the document of an older version under a new, higher number. One that sends a key where the version in force does not
/// send it needs `credential.write` as well.
#[utoipa::path(post, path = "/api/v1/config/rollback", tag = "config", request_body = RollbackInput, security(("admin_token" = [])),
    responses((status = 200, body = ApplyOutput),
              (status = 403, description = "Without `credential.write`: `moves-keys`, a key would be sent where the version in force does not send it"),
              (status = 409, description = "Somebody was quicker")))]
pub async fn rollback(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<RollbackInput>,
) -> Result<Json<ApplyOutput>, Problem> {
    let RollbackInput { version, comment, expected_version } = &input;
    let applied = config::rollback(&app.control, admin.author(), *version, comment, *expected_version).await?;
    Ok(Json(applied.into()))
}

/// What publishing an older version again would change of the one in force, and whom it would touch. Nothing is published.
#[utoipa::path(post, path = "/api/v1/config/rollback/preview", tag = "config", request_body = RollbackInput, security(("admin_token" = [])),
    responses((status = 200, body = Difference), (status = 422, description = "This build would refuse the document")))]
pub async fn preview_rollback(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<RollbackInput>,
) -> Result<Json<Difference>, Problem> {
    Ok(Json(config::compare_version(&app.control, admin.author(), input.version).await?.into()))
}

impl From<Applied> for ApplyOutput {
    fn from(it: Applied) -> Self {
        Self { version: it.version, changes: it.changes, warnings: it.warnings.iter().map(Place::from).collect() }
    }
}
