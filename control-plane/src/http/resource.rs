#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{extract::State, http::StatusCode};
use control_plane_core::resource::Resource;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    edit::{BasedOn, EditOutput, Tagged, publish, tagged},
    input::{Asked, InPath, JsonBody},
    problem::Problem,
};
use crate::manage::config::edit::{self, Edit, Editing};

/// Why something is changed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Reason {
    /// For the list of versions: one line.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    comment: String,
}

/// A part of the configuration, with the keys that the [reference of the configuration](configuration.md) lists.
#[derive(Deserialize, Serialize, ToSchema)]
#[schema(example = json!({"policy": {"kind": "weighted"}, "targets": [{"model": "openai/mini", "weight": 3}]}))]
pub struct Part {
    #[serde(flatten)]
    #[schema(value_type = HashMap<String, Value>)]
    members: Map<String, Value>,
}

/// The prices of a model.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"prices": [{"from": "2026-01-01", "input": 0.25, "output": 2}]}))]
pub struct PriceList {
    /// As the reference of the configuration has them.
    #[schema(value_type = Vec<Object>)]
    prices: Value,
}

/// One of the settings.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"value": "fast"}))]
pub struct Setting {
    /// As the reference of the configuration has it.
    value: Value,
}

async fn found(app: &App, admin: &Admin, resource: Resource) -> Result<(u64, Value), Problem> {
    Ok(edit::resource(&app.control, admin.author(), &resource).await?)
}

async fn part(app: &App, admin: &Admin, resource: Resource) -> Result<Tagged<Part>, Problem> {
    let (version, value) = found(app, admin, resource).await?;
    let Value::Object(members) = value else {
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "this part of the configuration is no object",
        ));
    };
    Ok(tagged(version, Part { members }))
}

async fn change(
    app: &App,
    admin: &Admin,
    edit: Edit,
    based_on: BasedOn,
    why: &Reason,
) -> Result<Tagged<EditOutput>, Problem> {
    publish(app, admin, &Editing { edit: &edit, based_on: based_on.0, comment: &why.comment, ticket: "", draft: None })
        .await
}

/// A provider with its models as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/providers/{id}", tag = "config", params(("id" = String, Path, description = "The name of a provider")), security(("admin_token" = [])),
    responses((status = 200, body = Part)))]
pub async fn show_provider(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Tagged<Part>, Problem> {
    part(&app, &admin, Resource::Provider(id)).await
}

/// Puts a provider into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/providers/{id}", tag = "config", request_body = Part, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a provider"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_provider(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<Part>,
) -> Result<Tagged<EditOutput>, Problem> {
    let edit = Edit::Put(Resource::Provider(id), Value::Object(input.members));
    change(&app, &admin, edit, based_on, &why).await
}

/// Takes a provider out of the configuration, as one version.
#[utoipa::path(delete, path = "/api/v1/providers/{id}", tag = "config", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a provider"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn remove_provider(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
) -> Result<Tagged<EditOutput>, Problem> {
    change(&app, &admin, Edit::Remove(Resource::Provider(id)), based_on, &why).await
}

/// A model of a provider as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/providers/{id}/models/{model}", tag = "config", params(("id" = String, Path, description = "The name of a provider"), ("model" = String, Path, description = "The name of its model")), security(("admin_token" = [])),
    responses((status = 200, body = Part)))]
pub async fn show_model(
    State(app): State<App>,
    admin: Admin,
    InPath((id, model)): InPath<(String, String)>,
) -> Result<Tagged<Part>, Problem> {
    part(&app, &admin, Resource::Model(id, model)).await
}

/// Puts a model of a provider into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/providers/{id}/models/{model}", tag = "config", request_body = Part, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a provider"), ("model" = String, Path, description = "The name of its model"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_model(
    State(app): State<App>,
    admin: Admin,
    InPath((id, model)): InPath<(String, String)>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<Part>,
) -> Result<Tagged<EditOutput>, Problem> {
    let edit = Edit::Put(Resource::Model(id, model), Value::Object(input.members));
    change(&app, &admin, edit, based_on, &why).await
}

/// Takes a model of a provider out of the configuration, as one version.
#[utoipa::path(delete, path = "/api/v1/providers/{id}/models/{model}", tag = "config", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a provider"), ("model" = String, Path, description = "The name of its model"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn remove_model(
    State(app): State<App>,
    admin: Admin,
    InPath((id, model)): InPath<(String, String)>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
) -> Result<Tagged<EditOutput>, Problem> {
    change(&app, &admin, Edit::Remove(Resource::Model(id, model)), based_on, &why).await
}

/// The prices of a model as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/providers/{id}/models/{model}/prices", tag = "config", params(("id" = String, Path, description = "The name of a provider"), ("model" = String, Path, description = "The name of its model")), security(("admin_token" = [])),
    responses((status = 200, body = PriceList)))]
pub async fn show_prices(
    State(app): State<App>,
    admin: Admin,
    InPath((id, model)): InPath<(String, String)>,
) -> Result<Tagged<PriceList>, Problem> {
    let model = found(&app, &admin, Resource::Model(id, model)).await?;
    Ok(tagged(
        model.0,
        PriceList { prices: model.1.get("prices").cloned().unwrap_or_else(|| Value::Array(Vec::new())) },
    ))
}

/// Puts prices into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/providers/{id}/models/{model}/prices", tag = "config", request_body = PriceList, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a provider"), ("model" = String, Path, description = "The name of its model"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_prices(
    State(app): State<App>,
    admin: Admin,
    InPath((id, model)): InPath<(String, String)>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<PriceList>,
) -> Result<Tagged<EditOutput>, Problem> {
    let edit = Edit::Put(Resource::Prices(id, model), input.prices);
    change(&app, &admin, edit, based_on, &why).await
}

/// A group as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "config", params(("id" = String, Path, description = "The name of a group")), security(("admin_token" = [])),
    responses((status = 200, body = Part)))]
pub async fn show_group(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Tagged<Part>, Problem> {
    part(&app, &admin, Resource::Group(id)).await
}

/// Puts a group into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/groups/{id}", tag = "config", request_body = Part, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a group"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_group(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<Part>,
) -> Result<Tagged<EditOutput>, Problem> {
    let edit = Edit::Put(Resource::Group(id), Value::Object(input.members));
    change(&app, &admin, edit, based_on, &why).await
}

/// Takes a group out of the configuration, as one version.
#[utoipa::path(delete, path = "/api/v1/groups/{id}", tag = "config", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a group"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn remove_group(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
) -> Result<Tagged<EditOutput>, Problem> {
    change(&app, &admin, Edit::Remove(Resource::Group(id)), based_on, &why).await
}

/// A caller as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/callers/{id}", tag = "config", params(("id" = String, Path, description = "The id of a caller")), security(("admin_token" = [])),
    responses((status = 200, body = Part)))]
pub async fn show_caller(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Tagged<Part>, Problem> {
    part(&app, &admin, Resource::Caller(id)).await
}

/// Puts a caller into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/callers/{id}", tag = "config", request_body = Part, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a caller"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_caller(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<Part>,
) -> Result<Tagged<EditOutput>, Problem> {
    let mut members = input.members;
    if members.entry("id").or_insert_with(|| Value::from(id.as_str())) != id.as_str() {
        let detail = "`id` is another one than in the path";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", detail));
    }
    let edit = Edit::Put(Resource::Caller(id), Value::Object(members));
    change(&app, &admin, edit, based_on, &why).await
}

/// Takes a caller out of the configuration, as one version.
#[utoipa::path(delete, path = "/api/v1/callers/{id}", tag = "config", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a caller"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn remove_caller(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
) -> Result<Tagged<EditOutput>, Problem> {
    change(&app, &admin, Edit::Remove(Resource::Caller(id)), based_on, &why).await
}

/// A project as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/projects/{id}", tag = "config", params(("id" = String, Path, description = "The name of a project")), security(("admin_token" = [])),
    responses((status = 200, body = Part)))]
pub async fn show_project(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Tagged<Part>, Problem> {
    part(&app, &admin, Resource::Project(id)).await
}

/// Puts a project into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/projects/{id}", tag = "config", request_body = Part, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a project"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_project(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<Part>,
) -> Result<Tagged<EditOutput>, Problem> {
    let edit = Edit::Put(Resource::Project(id), Value::Object(input.members));
    change(&app, &admin, edit, based_on, &why).await
}

/// Takes a project out of the configuration, as one version.
#[utoipa::path(delete, path = "/api/v1/projects/{id}", tag = "config", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The name of a project"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn remove_project(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
) -> Result<Tagged<EditOutput>, Problem> {
    change(&app, &admin, Edit::Remove(Resource::Project(id)), based_on, &why).await
}

/// One of the settings as the version in force has it. Its `etag` is that version.
#[utoipa::path(get, path = "/api/v1/settings/{key}", tag = "config", params(("key" = String, Path, description = "`default_group`, `max_disconnected`, `usage`, `baselines`, `responses_store`, `shared_state`, `cors`, `admin_sessions` or `webhooks`")), security(("admin_token" = [])),
    responses((status = 200, body = Setting)))]
pub async fn show_setting(
    State(app): State<App>,
    admin: Admin,
    InPath(key): InPath<String>,
) -> Result<Tagged<Setting>, Problem> {
    let (version, value) = found(&app, &admin, Resource::Setting(key)).await?;
    Ok(tagged(version, Setting { value }))
}

/// Puts a setting into the configuration, new or instead of the one there, as one version.
#[utoipa::path(put, path = "/api/v1/settings/{key}", tag = "config", request_body = Setting, security(("admin_token" = [])),
    params(("key" = String, Path, description = "`default_group`, `max_disconnected`, `usage`, `baselines`, `responses_store`, `shared_state`, `cors`, `admin_sessions` or `webhooks`"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn put_setting(
    State(app): State<App>,
    admin: Admin,
    InPath(key): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<Setting>,
) -> Result<Tagged<EditOutput>, Problem> {
    let edit = Edit::Put(Resource::Setting(key), input.value);
    change(&app, &admin, edit, based_on, &why).await
}

/// Takes a setting out of the configuration: its default holds, as one version.
#[utoipa::path(delete, path = "/api/v1/settings/{key}", tag = "config", security(("admin_token" = [])),
    params(("key" = String, Path, description = "`default_group`, `max_disconnected`, `usage`, `baselines`, `responses_store`, `shared_state`, `cors`, `admin_sessions` or `webhooks`"), ("if-match" = String, Header, description = "The `etag` of what was read; `*`: over whatever is there"), Reason),
    responses((status = 200, body = EditOutput), (status = 412, description = "`edit-conflict`: somebody else has changed the same; `conflict` has both versions"),
              (status = 422, description = "`config-invalid`: every mistake at once"), (status = 428, description = "`if-match` is missing")))]
pub async fn remove_setting(
    State(app): State<App>,
    admin: Admin,
    InPath(key): InPath<String>,
    Asked(why): Asked<Reason>,
    based_on: BasedOn,
) -> Result<Tagged<EditOutput>, Problem> {
    change(&app, &admin, Edit::Remove(Resource::Setting(key)), based_on, &why).await
}
