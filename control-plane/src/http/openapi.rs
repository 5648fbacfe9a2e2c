use std::collections::HashSet;

use axum::{Json, http::Method};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, OpenApi as Description, PathItem, Ref, RefOr, Response,
        path::{Operation, ParameterBuilder, ParameterIn},
        schema::{ObjectBuilder, Schema, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    admin_session, admin_token, audit, client_session, config, config_version, credential, draft, edit, failure,
    group_access, health, metrics, model, node, problem::Problem, report, report_schedule, request, resource,
    saved_view, token, token_effect, value, version,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Smart Router admin API", description = "Configuration, tokens, routers and reports. Errors are RFC 9457 problems."),
    modifiers(&AdminToken, &OperationIds, &Problems, &IdempotencyKeys),
    components(schemas(config::Form, Problem)),
    paths(
        health::livez, health::readyz, health::healthz, health::health, health::version, metrics::metrics,
        model::list,
        show,
        config::show, config::versions, config::schema, config::check, config::diff, config::apply, config::rollback,
        config::mode, config::preview_rollback, config_version::show, edit::patch,
        draft::list, draft::create, draft::show, draft::save, draft::discard, draft::preview, draft::rebase, draft::apply,
        resource::show_provider, resource::put_provider, resource::remove_provider,
        resource::show_model, resource::put_model, resource::remove_model, resource::show_prices, resource::put_prices,
        resource::show_group, resource::put_group, resource::remove_group,
        resource::show_caller, resource::put_caller, resource::remove_caller,
        resource::show_project, resource::put_project, resource::remove_project,
        resource::show_setting, resource::put_setting, resource::remove_setting,
        token::list, token::create, token::rotate, token::suspend, token::resume, token::revoke, token_effect::show,
        credential::list, credential::set, credential::remove,
        node::list, node::join_token, node::forget, node::drain, node::rotate, node::revoke, version::in_force, version::adopt,
        report::usage, report::attempts, report::series, report::heat, report::totals,
        report_schedule::list, report_schedule::create, report_schedule::show, report_schedule::change, report_schedule::remove, report_schedule::sends, report_schedule::send,
        request::list, request::counts::show, request::export::export, request::tail::tail, request::show::show, request::show::bundle, failure::list, failure::export, client_session::list, client_session::export, client_session::show, value::list, saved_view::list, saved_view::create, saved_view::remove, audit::list,
        audit::accesses,
        group_access::list, admin_session::list, admin_session::end,
        admin_token::list, admin_token::create, admin_token::revoke,
    )
)]
struct Api;

struct AdminToken;

impl Modify for AdminToken {
    fn modify(&self, openapi: &mut Description) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sra_…").build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("admin_token", SecurityScheme::Http(scheme));
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sr_…").build();
        components.add_security_scheme("caller_token", SecurityScheme::Http(scheme));
    }
}

/// Handlers of several modules have the same names; with its tag's, an operation's is unique.
struct OperationIds;

impl Modify for OperationIds {
    fn modify(&self, openapi: &mut Description) {
        for operation in operations(openapi) {
            let tag = operation.tags.iter().flatten().next().map(|it| it.replace('-', "_"));
            operation.operation_id = tag.zip(operation.operation_id.take()).map(|(tag, id)| format!("{tag}_{id}"));
        }
    }
}

/// Every error is a problem, those that no handler makes included: none names them.
struct Problems;

impl Modify for Problems {
    fn modify(&self, openapi: &mut Description) {
        for operation in operations(openapi) {
            let responses = &mut operation.responses.responses;
            responses.entry("default".to_owned()).or_insert_with(|| RefOr::T(Response::new("An error")));
            for (_, response) in responses.iter_mut().filter(|(status, _)| !status.starts_with('2')) {
                let RefOr::T(response) = response else { continue };
                let content = Content::new(Some(Ref::from_schema_name("Problem")));
                response.content = [("application/problem+json".to_owned(), content)].into();
            }
        }
    }
}

/// The header by which a request that changes something may be repeated.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Whatever changes something may be repeated by its key.
struct IdempotencyKeys;

impl Modify for IdempotencyKeys {
    fn modify(&self, openapi: &mut Description) {
        let text =
            Schema::from(ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255)));
        let key = ParameterBuilder::new()
            .name(IDEMPOTENCY_KEY)
            .parameter_in(ParameterIn::Header)
            .description(Some("A repetition with the same key, within a day, is answered as the first request was"))
            .schema(Some(text))
            .build();
        for item in openapi.paths.paths.values_mut() {
            for operation in [&mut item.put, &mut item.post, &mut item.patch, &mut item.delete].into_iter().flatten() {
                operation.parameters.get_or_insert_default().push(key.clone());
            }
        }
    }
}

fn operations(openapi: &mut Description) -> impl Iterator<Item = &mut Operation> {
    let items = openapi.paths.paths.values_mut();
    items.flat_map(|it| [&mut it.get, &mut it.put, &mut it.post, &mut it.patch, &mut it.delete]).flatten()
}

/// The description of this API.
pub fn document() -> Description {
    Api::openapi()
}

/// The operations that have parameters in their query.
pub fn asking() -> HashSet<(Method, String)> {
    let asks =
        |operation: &Operation| operation.parameters.iter().flatten().any(|it| it.parameter_in == ParameterIn::Query);
    let of_path = |(path, item): (String, PathItem)| {
        let operations = [
            (Method::GET, item.get),
            (Method::PUT, item.put),
            (Method::POST, item.post),
            (Method::PATCH, item.patch),
            (Method::DELETE, item.delete),
        ];
        operations
            .into_iter()
            .filter(move |(_, it)| it.as_ref().is_some_and(asks))
            .map(move |(it, _)| (it, path.clone()))
    };
    document().paths.paths.into_iter().flat_map(of_path).collect()
}

/// The description of this API, in `OpenAPI` 3.1.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "docs", responses((status = 200, description = "OpenAPI 3.1", body = Object, content_type = "application/json")))]
pub async fn show() -> Json<Description> {
    Json(document())
}
