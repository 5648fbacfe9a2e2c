#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{
    access::{AccessReason, AccessVerdict, GroupAccess},
    document::Caller,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    input::{Asked, PageSize},
    problem::Problem,
};
use crate::manage::{ManageError, access::AccessMatrix, config::edit};

/// Of whom and of what.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GroupAccessAsked {
    /// Of this caller alone.
    caller: Option<String>,
    /// Of this group alone.
    group: Option<String>,
    /// Of callers of this project alone.
    project: Option<String>,
    /// Those alone of which that is so: `yes`, `default`, `blocked` or `no`.
    verdict: Option<String>,
    /// What `next` of the answer before said.
    after: Option<String>,
    /// Of how many callers at most, from 1 to 1000; left out: 100.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: PageSize,
}

/// Whether a caller may use a group, and why.
#[derive(Serialize, ToSchema)]
pub struct GroupAccessLine {
    caller: String,
    /// Null: it belongs to none.
    project: Option<String>,
    group: String,
    /// `yes`; `default`: yes, and it means it by `auto`; `blocked`: its allow list names it, and something else is in the way; `no`.
    #[schema(value_type = String)]
    verdict: AccessVerdict,
    /// Each condition in its order: `{rule, holds, text}`. `rule` is `allow`, `disabled`, `scopes`, `tokens`, `targets` or
    /// `default_group`.
    #[schema(value_type = Vec<Object>)]
    reasons: Vec<AccessReason>,
}

/// Callers by groups.
#[derive(Serialize, ToSchema)]
pub struct GroupAccessPage {
    /// In the order of the configuration.
    access: Vec<GroupAccessLine>,
    /// What `after` names to go on; null: this was the last of it.
    next: Option<String>,
}

/// Which callers may use which groups, and why: a line for each pair, as the version in force has it. A role that holds in some projects
/// alone sees their callers, and the groups of these projects and of none.
#[utoipa::path(get, path = "/api/v1/access", tag = "access", operation_id = "matrix", security(("admin_token" = [])), params(GroupAccessAsked),
    responses((status = 200, body = GroupAccessPage), (status = 404, description = "There is no such caller, group or project")))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(asked): Asked<GroupAccessAsked>,
) -> Result<Json<GroupAccessPage>, Problem> {
    let verdict = asked.verdict.as_deref().map(verdict).transpose()?;
    let (_, document) = edit::base(&app.control, admin.author(), None).await?;
    let missing = |kind, id: &str| Problem::from(ManageError::NotFound { kind, id: id.to_owned() });
    if let Some(id) = asked.caller.as_deref().filter(|it| document.caller(it).is_none()) {
        return Err(missing("caller", id));
    }
    if let Some(id) = asked.group.as_deref().filter(|it| !document.groups.contains_key(*it)) {
        return Err(missing("group", id));
    }
    if let Some(id) = asked.project.as_deref().filter(|it| !document.projects.contains_key(*it)) {
        return Err(missing("project", id));
    }
    let matrix = AccessMatrix::read(&app.control, &admin.grants, &document).await?;
    let groups: Vec<&String> =
        document.groups.keys().filter(|it| asked.group.as_ref().is_none_or(|only| only == *it)).collect();
    let is_asked = |it: &&Caller| {
        asked.caller.as_ref().is_none_or(|only| *only == it.id)
            && asked.project.as_ref().is_none_or(|only| it.project.as_ref() == Some(only))
    };
    let mut callers = document.callers.iter().filter(is_asked).peekable();
    if let Some(after) = &asked.after {
        callers.by_ref().find(|it| it.id == *after);
    }
    let page: Vec<&Caller> = callers.by_ref().take(asked.limit.get() as usize).collect();
    let next = page.last().filter(|_| callers.peek().is_some()).map(|it| it.id.clone());
    let line = |caller: &Caller, group: &String| {
        let GroupAccess { verdict, reasons } = matrix.of(caller, group)?;
        let (caller, project) = (caller.id.clone(), caller.project.clone());
        Some(GroupAccessLine { caller, project, group: group.clone(), verdict, reasons })
    };
    let lines = page.into_iter().flat_map(|caller| groups.iter().filter_map(move |group| line(caller, group)));
    let access = lines.filter(|it| verdict.is_none_or(|only| only == it.verdict)).collect();
    Ok(Json(GroupAccessPage { access, next }))
}

fn verdict(name: &str) -> Result<AccessVerdict, Problem> {
    AccessVerdict::ALL.into_iter().find(|it| it.as_str() == name).ok_or_else(|| {
        let known = AccessVerdict::ALL.map(AccessVerdict::as_str).join(", ");
        Problem::new(StatusCode::BAD_REQUEST, "invalid-request", format!("`verdict` is one of {known}"))
    })
}
