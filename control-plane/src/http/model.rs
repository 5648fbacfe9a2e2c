use axum::{Extension, Json, extract::State};
use control_plane_core::{Document, document::Group, domain::sees_group, permission::Action};
use serde::Serialize;
use utoipa::ToSchema;

use super::{App, admin::Admin, caller::AskedBy, problem::Problem};
use crate::manage::config;

/// Groups have no birthday; clients' types demand one.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// A model group, as clients of OpenAI and of Anthropic read it at once.
#[derive(Serialize, ToSchema)]
pub struct ModelLine {
    /// What requests name as `model`.
    id: String,
    /// `model`.
    object: &'static str,
    /// `model`.
    r#type: &'static str,
    display_name: String,
    /// What the group is for, from its contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    created: u64,
    created_at: &'static str,
    /// `smart-router`.
    owned_by: &'static str,
}

/// Model groups.
#[derive(Serialize, ToSchema)]
pub struct ModelList {
    /// `list`.
    object: &'static str,
    data: Vec<ModelLine>,
    /// Always false: they are all here.
    has_more: bool,
    first_id: Option<String>,
    last_id: Option<String>,
}

/// The model groups, for tools that look for them where the control plane is: with a caller's token those that it may call,
/// with an admin token those that it may see. Calls themselves go to routers.
#[utoipa::path(get, path = "/v1/models", tag = "models", security(("caller_token" = []), ("admin_token" = [])),
    responses((status = 200, body = ModelList)))]
pub async fn list(
    State(app): State<App>,
    caller: Option<Extension<AskedBy>>,
    admin: Option<Extension<Admin>>,
) -> Result<Json<ModelList>, Problem> {
    let mut tx = app.control.store.read_consistent().await?;
    let document = config::current(tx.connection()).await?.map_or_else(Document::empty, |it| it.document);
    let sees = admin.map(|it| it.0.visible(Action::ConfigRead));
    let allowed = |name: &String, group: &Group| match (&caller, &sees) {
        (Some(caller), _) => caller.0.0.allow.contains(name),
        (None, Some(sees)) => sees_group(sees, group),
        (None, None) => false,
    };
    let mut data: Vec<ModelLine> = document
        .groups
        .iter()
        .filter(|(name, group)| allowed(name, group))
        .map(|(name, group)| line(name, group.contract.purpose.clone()))
        .collect();
    data.sort_by(|a, b| a.id.cmp(&b.id));
    let ends = |it: Option<&ModelLine>| it.map(|it| it.id.clone());
    let (first_id, last_id) = (ends(data.first()), ends(data.last()));
    Ok(Json(ModelList { object: "list", data, has_more: false, first_id, last_id }))
}

fn line(name: &str, description: Option<String>) -> ModelLine {
    ModelLine {
        id: name.to_owned(),
        object: "model",
        r#type: "model",
        display_name: name.to_owned(),
        description,
        created: 0,
        created_at: CREATED,
        owned_by: "smart-router",
    }
}
