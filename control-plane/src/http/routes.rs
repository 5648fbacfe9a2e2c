mod people;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    handler::Handler,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{from_fn, from_fn_with_state, map_response_with_state},
    response::Response,
    routing::{MethodFilter, MethodRouter, on},
};
use control_plane_core::permission::Action;
use vocabulary::Scope;

use super::{
    App,
    access::{Guard, guard},
    admin_session, admin_token, audit,
    caller::caller_or_guard,
    client_session, config, config_version, credential, docs, draft, edit, failure, group_access, health, login,
    metrics, model, node, openapi,
    own::own_guard,
    pages,
    problem::Problem,
    report, report_schedule, request,
    request_id::identified,
    resource,
    route::{Access, Listed, RouteKind},
    saved_view, token, token_effect, value, version,
};

const BODY_LIMIT: usize = 4 * 1024 * 1024;

struct Route {
    listed: Listed,
    handler: MethodRouter<App>,
}

/// Every route and what it takes to call it. A handler that is not in this table is not reachable.
fn table() -> Vec<Route> {
    use Access::{CallerOr, Needs, NeedsOrScope, Public, Within};
    use Action::{
        ConfigRead, ConfigWrite, CredentialWrite, MetricsRead, NodeRead, NodeWrite, ProviderRead, TokenRead, TokenWrite,
    };
    let mut all = vec![
        get("/livez", Public, health::livez),
        get("/readyz", Public, health::readyz),
        get("/healthz", Public, health::healthz),
        get("/health", Public, health::health),
        get("/version", Public, health::version),
        get("/metrics", NeedsOrScope(MetricsRead, Scope::Metrics), metrics::metrics),
        get("/v1/models", CallerOr(ConfigRead), model::list),
        page("/docs", Public, docs::index),
        page("/docs/{*page}", Public, docs::page),
        get("/api/v1/openapi.json", Public, openapi::show),
        get("/api/v1/access", Within(ConfigRead), group_access::list),
        get("/api/v1/config", Within(ConfigRead), config::show),
        get("/api/v1/config/versions", Within(ConfigRead), config::versions),
        get("/api/v1/config/versions/{version}", Within(ConfigRead), config_version::show),
        get("/api/v1/config/schema", Within(ConfigRead), config::schema),
        post("/api/v1/config/check", Needs(ConfigRead), config::check),
        post("/api/v1/config/diff", Needs(ConfigRead), config::diff),
        post("/api/v1/config/apply", Needs(ConfigWrite), config::apply),
        post("/api/v1/config/rollback", Needs(ConfigWrite), config::rollback),
        get("/api/v1/tokens", Within(TokenRead), token::list),
        post("/api/v1/tokens", Within(TokenWrite), token::create),
        post("/api/v1/tokens/{id}/rotate", Within(TokenWrite), token::rotate),
        post("/api/v1/tokens/{id}/suspend", Within(TokenWrite), token::suspend),
        post("/api/v1/tokens/{id}/resume", Within(TokenWrite), token::resume),
        post("/api/v1/tokens/{id}/revoke", Within(TokenWrite), token::revoke),
        get("/api/v1/credentials", Needs(ProviderRead), credential::list),
        put("/api/v1/providers/{id}/credential", Needs(CredentialWrite), credential::set),
        delete("/api/v1/providers/{id}/credential", Needs(CredentialWrite), credential::remove),
        get("/api/v1/nodes", Needs(NodeRead), node::list),
        post("/api/v1/nodes/join-tokens", Needs(NodeWrite), node::join_token),
        delete("/api/v1/nodes/{id}", Needs(NodeWrite), node::forget),
        post("/api/v1/nodes/{id}/drain", Needs(NodeWrite), node::drain),
        post("/api/v1/nodes/{id}/rotate", Needs(NodeWrite), node::rotate),
        post("/api/v1/nodes/{id}/revoke", Needs(NodeWrite), node::revoke),
        post("/api/v1/versions/adopt", Needs(NodeWrite), version::adopt),
        get("/api/v1/versions/{version}", Needs(NodeRead), version::in_force),
    ];
    all.extend(administration());
    all.extend(edits());
    all.extend(usage());
    all.extend(people::pages());
    all
}

/// What was used, by whom, and what became of it.
fn usage() -> Vec<Route> {
    use Access::Within;
    use Action::{ReportRead, ReportSchedule, RequestRead};
    vec![
        get("/api/v1/report-schedules", Within(ReportRead), report_schedule::list),
        post("/api/v1/report-schedules", Within(ReportSchedule), report_schedule::create),
        get("/api/v1/report-schedules/{id}", Within(ReportRead), report_schedule::show),
        put("/api/v1/report-schedules/{id}", Within(ReportSchedule), report_schedule::change),
        delete("/api/v1/report-schedules/{id}", Within(ReportSchedule), report_schedule::remove),
        get("/api/v1/report-schedules/{id}/sends", Within(ReportRead), report_schedule::sends),
        post("/api/v1/report-schedules/{id}/send", Within(ReportSchedule), report_schedule::send),
        get("/api/v1/reports/usage", Within(ReportRead), report::usage),
        get("/api/v1/reports/attempts", Within(ReportRead), report::attempts),
        get("/api/v1/reports/series", Within(ReportRead), report::series),
        get("/api/v1/reports/heat", Within(ReportRead), report::heat),
        get("/api/v1/reports/totals", Within(ReportRead), report::totals),
        get("/api/v1/requests", Within(RequestRead), request::list),
        get("/api/v1/requests/counts", Within(RequestRead), request::counts::show),
        get("/api/v1/requests/export", Within(RequestRead), request::export::export),
        get("/api/v1/requests/tail", Within(RequestRead), request::tail::tail),
        get("/api/v1/requests/{id}", Within(RequestRead), request::show::show),
        get("/api/v1/requests/{id}/bundle", Within(RequestRead), request::show::bundle),
        get("/api/v1/views", Within(RequestRead), saved_view::list),
        post("/api/v1/views", Within(RequestRead), saved_view::create),
        delete("/api/v1/views/{id}", Within(RequestRead), saved_view::remove),
        get("/api/v1/values", Within(RequestRead), value::list),
        get("/api/v1/errors", Within(RequestRead), failure::list),
        get("/api/v1/errors/export", Within(RequestRead), failure::export),
        get("/api/v1/sessions", Within(RequestRead), client_session::list),
        get("/api/v1/sessions/export", Within(RequestRead), client_session::export),
        get("/api/v1/sessions/{id}", Within(RequestRead), client_session::show),
    ]
}

/// Administrators: what they did, how they get in and out, and their tokens.
fn administration() -> Vec<Route> {
    use Access::{Anyone, Needs, Public, Within};
    use Action::{AccessRead, AdminTokenRead, AdminTokenWrite, AuditRead};
    vec![
        get("/api/v1/audit", Within(AuditRead), audit::list),
        get("/api/v1/admin-requests", Needs(AccessRead), audit::accesses),
        page("/login", Public, login::show),
        form("/login/token", Public, login::use_token),
        page("/login/link", Public, login::link),
        form("/login/link", Public, login::use_link),
        page("/login/oidc/{id}", Public, login::begin),
        page("/login/oidc/{id}/callback", Public, login::come_back),
        form("/login/oidc/{id}/backchannel-logout", Public, login::back_channel),
        form("/logout", Anyone, login::log_out),
        page("/login/logged-out", Public, login::logged_out),
        get("/api/v1/admin-sessions", Anyone, admin_session::list),
        delete("/api/v1/admin-sessions/{id}", Anyone, admin_session::end),
        get("/api/v1/admin-tokens", Within(AdminTokenRead), admin_token::list),
        post("/api/v1/admin-tokens", Within(AdminTokenWrite), admin_token::create),
        delete("/api/v1/admin-tokens/{id}", Within(AdminTokenWrite), admin_token::revoke),
    ]
}

/// Those that change parts of the configuration.
fn edits() -> Vec<Route> {
    use Access::{Needs, Within};
    use Action::{
        CallerWrite, ConfigRead, ConfigWrite, GroupWrite, ProjectWrite, ProviderWrite, SettingsWrite, TokenRead,
    };
    vec![
        get("/api/v1/drafts", Within(ConfigWrite), draft::list),
        post("/api/v1/drafts", Within(ConfigWrite), draft::create),
        get("/api/v1/drafts/{id}", Within(ConfigWrite), draft::show),
        put("/api/v1/drafts/{id}", Within(ConfigWrite), draft::save),
        delete("/api/v1/drafts/{id}", Within(ConfigWrite), draft::discard),
        get("/api/v1/drafts/{id}/preview", Within(ConfigWrite), draft::preview),
        post("/api/v1/drafts/{id}/rebase", Within(ConfigWrite), draft::rebase),
        post("/api/v1/drafts/{id}/apply", Within(ConfigWrite), draft::apply),
        post("/api/v1/config/rollback/preview", Needs(ConfigRead), config::preview_rollback),
        get("/api/v1/tokens/{id}/effect", Needs(TokenRead), token_effect::show),
        get("/api/v1/config/mode", Needs(ConfigRead), config::mode),
        patch("/api/v1/config", Within(ConfigWrite), edit::patch),
        get("/api/v1/providers/{id}", Within(ConfigRead), resource::show_provider),
        put("/api/v1/providers/{id}", Needs(ProviderWrite), resource::put_provider),
        delete("/api/v1/providers/{id}", Needs(ProviderWrite), resource::remove_provider),
        get("/api/v1/providers/{id}/models/{model}", Within(ConfigRead), resource::show_model),
        put("/api/v1/providers/{id}/models/{model}", Needs(ProviderWrite), resource::put_model),
        delete("/api/v1/providers/{id}/models/{model}", Needs(ProviderWrite), resource::remove_model),
        get("/api/v1/providers/{id}/models/{model}/prices", Within(ConfigRead), resource::show_prices),
        put("/api/v1/providers/{id}/models/{model}/prices", Needs(ProviderWrite), resource::put_prices),
        get("/api/v1/groups/{id}", Within(ConfigRead), resource::show_group),
        put("/api/v1/groups/{id}", Within(GroupWrite), resource::put_group),
        delete("/api/v1/groups/{id}", Within(GroupWrite), resource::remove_group),
        get("/api/v1/callers/{id}", Within(ConfigRead), resource::show_caller),
        put("/api/v1/callers/{id}", Within(CallerWrite), resource::put_caller),
        delete("/api/v1/callers/{id}", Within(CallerWrite), resource::remove_caller),
        get("/api/v1/projects/{id}", Within(ConfigRead), resource::show_project),
        put("/api/v1/projects/{id}", Needs(ProjectWrite), resource::put_project),
        delete("/api/v1/projects/{id}", Needs(ProjectWrite), resource::remove_project),
        get("/api/v1/settings/{key}", Within(ConfigRead), resource::show_setting),
        put("/api/v1/settings/{key}", Needs(SettingsWrite), resource::put_setting),
        delete("/api/v1/settings/{key}", Needs(SettingsWrite), resource::remove_setting),
    ]
}

/// The table of routes, to be checked and documented.
pub fn listed() -> Vec<Listed> {
    table().into_iter().map(|route| route.listed).collect()
}

/// All routes behind their guards.
pub fn router(app: App) -> Router {
    let asking = Arc::clone(&app.asking);
    let routes = table().into_iter().fold(Router::new(), |router, Route { listed, handler }| {
        let asks = listed.kind == RouteKind::Page || asking.contains(&(listed.method.clone(), listed.path.to_owned()));
        let state = Guard { app: app.clone(), route: listed.clone(), asks };
        let guarded = match listed.access {
            Access::Public => handler,
            Access::Anyone | Access::Needs(_) | Access::Within(_) | Access::NeedsOrScope(..) => {
                handler.route_layer(from_fn_with_state(state, guard))
            }
            Access::CallerOr(_) => handler.route_layer(from_fn_with_state(state, caller_or_guard)),
            Access::Caller => handler.route_layer(from_fn_with_state(state, own_guard)),
        };
        let told = match listed.kind {
            RouteKind::Api => guarded,
            RouteKind::Page => guarded.route_layer(from_fn_with_state(app.clone(), pages::readable)),
        };
        router.route(listed.path, told)
    });
    routes
        .fallback(async |State(app): State<App>, request: Request| {
            let detail = "no such path; `/api/v1/openapi.json` lists them";
            pages::nowhere(&app, request, Problem::new(StatusCode::NOT_FOUND, "not-found", detail)).await
        })
        .method_not_allowed_fallback(async |State(app): State<App>, request: Request| {
            let detail = "this path has other methods";
            let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail);
            pages::nowhere(&app, request, problem).await
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(map_response_with_state(app.here.tls, with_safe_headers))
        .layer(from_fn(identified))
        .with_state(app)
}

/// Answers are for the one who asked, and are what they say they are.
async fn with_safe_headers(State(tls): State<bool>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn get<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::GET, MethodFilter::GET), path, access, RouteKind::Api, handler)
}

fn post<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::POST, MethodFilter::POST), path, access, RouteKind::Api, handler)
}

fn put<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::PUT, MethodFilter::PUT), path, access, RouteKind::Api, handler)
}

fn patch<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::PATCH, MethodFilter::PATCH), path, access, RouteKind::Api, handler)
}

fn delete<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::DELETE, MethodFilter::DELETE), path, access, RouteKind::Api, handler)
}

/// What a person reads.
fn page<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::GET, MethodFilter::GET), path, access, RouteKind::Page, handler)
}

/// What a person sends.
fn form<H: Handler<T, App>, T: 'static>(path: &'static str, access: Access, handler: H) -> Route {
    route((Method::POST, MethodFilter::POST), path, access, RouteKind::Page, handler)
}

fn route<H: Handler<T, App>, T: 'static>(
    (method, filter): (Method, MethodFilter),
    path: &'static str,
    access: Access,
    kind: RouteKind,
    handler: H,
) -> Route {
    Route { listed: Listed { method, path, access, kind }, handler: on(filter, handler) }
}
