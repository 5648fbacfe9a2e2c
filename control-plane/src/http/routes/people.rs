//! What people open in a browser, by the parts of the navigation.

use control_plane_core::permission::Action;

use super::{
    Access::{Anyone, Caller, Needs, Public, Within},
    Route, form, login, page, pages,
};

/// The pages.
pub(super) fn pages() -> Vec<Route> {
    [common(), observe(), govern(), route(), operate(), yours()].into_iter().flatten().collect()
}

/// What stands around every page.
fn common() -> Vec<Route> {
    vec![
        page("/", Anyone, pages::home),
        page("/assets/{digest}/{name}", Public, pages::asset),
        page("/favicon.ico", Public, pages::favicon),
        page("/about/licences", Public, pages::licences),
        form("/theme", Public, pages::set_theme),
    ]
}

fn observe() -> Vec<Route> {
    use Action::{ReportRead, ReportSchedule, RequestRead};
    vec![
        page("/report-schedules", Within(ReportRead), pages::report_schedules::list),
        page("/report-schedules/new", Within(ReportSchedule), pages::report_schedules::new),
        form("/report-schedules/new", Within(ReportSchedule), pages::report_schedules::create),
        page("/report-schedules/{id}", Within(ReportRead), pages::report_schedules::show),
        page("/report-schedules/{id}/edit", Within(ReportSchedule), pages::report_schedules::change),
        form("/report-schedules/{id}/edit", Within(ReportSchedule), pages::report_schedules::save),
        page("/report-schedules/{id}/send", Within(ReportSchedule), pages::report_schedules::ask_to_send),
        form("/report-schedules/{id}/send", Within(ReportSchedule), pages::report_schedules::send),
        page("/report-schedules/{id}/remove", Within(ReportSchedule), pages::report_schedules::ask_removal),
        form("/report-schedules/{id}/remove", Within(ReportSchedule), pages::report_schedules::remove),
        page("/overview", Within(ReportRead), pages::overview),
        page("/overview/first", Within(RequestRead), pages::overview_first),
        page("/explore", Within(ReportRead), pages::explore),
        page("/errors", Within(RequestRead), pages::errors),
        page("/sessions", Within(RequestRead), pages::sessions),
        page("/sessions/{id}", Within(RequestRead), pages::session),
        page("/requests", Within(RequestRead), pages::requests),
        form("/requests/views", Within(RequestRead), pages::keep_view),
        form("/requests/views/{id}/remove", Within(RequestRead), pages::remove_view),
        page("/requests/{id}", Within(RequestRead), pages::request),
    ]
}

fn govern() -> Vec<Route> {
    use Action::{AdminTokenWrite, AuditRead, CallerWrite, ConfigRead, ProjectWrite, TokenRead, TokenWrite};
    vec![
        page("/projects", Within(ConfigRead), pages::projects::list),
        page("/projects/export", Within(ConfigRead), pages::projects::exported),
        page("/projects/new", Needs(ProjectWrite), pages::projects::new),
        form("/projects/new", Needs(ProjectWrite), pages::projects::create),
        page("/projects/{id}", Within(ConfigRead), pages::projects::show),
        page("/projects/{id}/edit", Needs(ProjectWrite), pages::projects::change),
        form("/projects/{id}/edit", Needs(ProjectWrite), pages::projects::save),
        page("/projects/{id}/remove", Needs(ProjectWrite), pages::projects::ask_removal),
        form("/projects/{id}/remove", Needs(ProjectWrite), pages::projects::remove),
        page("/access", Within(ConfigRead), pages::access::show),
        page("/access/export", Within(ConfigRead), pages::access::exported),
        page("/audit", Within(AuditRead), pages::audit::list),
        page("/audit/export", Within(AuditRead), pages::audit::exported),
        page("/admins", Anyone, pages::admins::list),
        page("/admins/sessions/{id}/end", Anyone, pages::admins::ask_end),
        form("/admins/sessions/{id}/end", Anyone, pages::admins::end),
        page("/admins/tokens/new", Within(AdminTokenWrite), pages::admins::new_token),
        form("/admins/tokens/new", Within(AdminTokenWrite), pages::admins::create_token),
        page("/admins/tokens/{id}/revoke", Within(AdminTokenWrite), pages::admins::ask_revoke),
        form("/admins/tokens/{id}/revoke", Within(AdminTokenWrite), pages::admins::revoke),
        page("/admins/rules/new", Needs(AdminTokenWrite), pages::admins::new_rule),
        form("/admins/rules/new", Needs(AdminTokenWrite), pages::admins::create_rule),
        page("/admins/rules/{id}/{place}/remove", Needs(AdminTokenWrite), pages::admins::ask_rule_removal),
        form("/admins/rules/{id}/{place}/remove", Needs(AdminTokenWrite), pages::admins::remove_rule),
        page("/callers/new", Within(CallerWrite), pages::callers::new),
        form("/callers/new", Within(CallerWrite), pages::callers::create),
        page("/callers/{id}", Within(ConfigRead), pages::callers::show),
        page("/callers/{id}/edit", Within(CallerWrite), pages::callers::change),
        form("/callers/{id}/edit", Within(CallerWrite), pages::callers::save),
        page("/callers/{id}/remove", Within(CallerWrite), pages::callers::ask_removal),
        form("/callers/{id}/remove", Within(CallerWrite), pages::callers::remove),
        page("/tokens", Within(TokenRead), pages::tokens::list),
        form("/tokens", Within(TokenWrite), pages::tokens::create),
        page("/tokens/export", Within(TokenRead), pages::tokens::exported),
        page("/tokens/new", Within(TokenWrite), pages::tokens::new),
        page("/tokens/{id}", Within(TokenRead), pages::tokens::show),
        page("/tokens/{id}/first", Within(TokenRead), pages::tokens::first),
        page("/tokens/{id}/{act}", Within(TokenWrite), pages::tokens::ask),
        form("/tokens/{id}/{act}", Within(TokenWrite), pages::tokens::done),
    ]
}

fn route() -> Vec<Route> {
    use Action::{ConfigRead, CredentialWrite, GroupWrite, ProviderRead, ProviderWrite};
    vec![
        page("/groups", Within(ConfigRead), pages::groups::list),
        page("/groups/new", Within(GroupWrite), pages::groups::new),
        form("/groups/new", Within(GroupWrite), pages::groups::create),
        page("/groups/{id}", Within(ConfigRead), pages::groups::show),
        page("/groups/{id}/edit", Within(GroupWrite), pages::groups::change),
        form("/groups/{id}/edit", Within(GroupWrite), pages::groups::save),
        page("/groups/{id}/remove", Within(GroupWrite), pages::groups::ask_removal),
        form("/groups/{id}/remove", Within(GroupWrite), pages::groups::remove),
        page("/providers", Needs(ProviderRead), pages::providers::list),
        page("/providers/new", Needs(ProviderWrite), pages::providers::new),
        form("/providers/new", Needs(ProviderWrite), pages::providers::create),
        page("/providers/{id}", Needs(ProviderRead), pages::providers::show),
        page("/providers/{id}/edit", Needs(ProviderWrite), pages::providers::change),
        form("/providers/{id}/edit", Needs(ProviderWrite), pages::providers::save),
        page("/providers/{id}/remove", Needs(ProviderWrite), pages::providers::ask_removal),
        form("/providers/{id}/remove", Needs(ProviderWrite), pages::providers::remove),
        page("/providers/{id}/models/new", Needs(ProviderWrite), pages::catalogue::new),
        form("/providers/{id}/models/new", Needs(ProviderWrite), pages::catalogue::create),
        form("/providers/{id}/key", Needs(CredentialWrite), pages::providers::set_key),
        page("/providers/{id}/key/remove", Needs(CredentialWrite), pages::providers::ask_to_remove),
        form("/providers/{id}/key/remove", Needs(CredentialWrite), pages::providers::remove_key),
        page("/catalogue", Within(ConfigRead), pages::catalogue::list),
        page("/catalogue/export", Within(ConfigRead), pages::catalogue::exported),
        page("/catalogue/{id}/{model}", Within(ConfigRead), pages::catalogue::show),
        page("/catalogue/{id}/{model}/edit", Needs(ProviderWrite), pages::catalogue::change),
        form("/catalogue/{id}/{model}/edit", Needs(ProviderWrite), pages::catalogue::save),
        page("/catalogue/{id}/{model}/price", Needs(ProviderWrite), pages::catalogue::price),
        form("/catalogue/{id}/{model}/price", Needs(ProviderWrite), pages::catalogue::add_price),
        page("/catalogue/{id}/{model}/remove", Needs(ProviderWrite), pages::catalogue::ask_removal),
        form("/catalogue/{id}/{model}/remove", Needs(ProviderWrite), pages::catalogue::remove),
    ]
}

fn operate() -> Vec<Route> {
    use Action::{ConfigRead, ConfigWrite, NodeRead, NodeWrite, SettingsWrite};
    vec![
        page("/versions", Within(ConfigRead), pages::versions::list),
        page("/versions/compare", Within(ConfigRead), pages::versions::compare),
        page("/versions/{version}", Within(ConfigRead), pages::versions::show),
        page("/versions/{version}/export", Within(ConfigRead), pages::versions::exported),
        page("/versions/{version}/acks", Needs(NodeRead), pages::versions::acks),
        page("/versions/{version}/rollback", Needs(ConfigWrite), pages::versions::ask_to_roll_back),
        form("/versions/{version}/rollback", Needs(ConfigWrite), pages::versions::roll_back),
        form("/versions/drafts", Needs(ConfigWrite), pages::versions::create),
        page("/versions/drafts/new", Needs(ConfigWrite), pages::versions::begin),
        page("/versions/drafts/{id}", Needs(ConfigWrite), pages::versions::show_draft),
        page("/versions/drafts/{id}/edit", Needs(ConfigWrite), pages::versions::edit),
        form("/versions/drafts/{id}/edit", Needs(ConfigWrite), pages::versions::save),
        form("/versions/drafts/{id}/apply", Needs(ConfigWrite), pages::versions::apply),
        page("/versions/drafts/{id}/rebase", Needs(ConfigWrite), pages::versions::ask_to_rebase),
        form("/versions/drafts/{id}/rebase", Needs(ConfigWrite), pages::versions::rebase),
        page("/versions/drafts/{id}/discard", Needs(ConfigWrite), pages::versions::discard),
        form("/versions/drafts/{id}/discard", Needs(ConfigWrite), pages::versions::discarded),
        page("/nodes", Needs(NodeRead), pages::nodes::list),
        page("/nodes/export", Needs(NodeRead), pages::nodes::exported),
        page("/nodes/join", Needs(NodeWrite), pages::nodes::join),
        form("/nodes/join", Needs(NodeWrite), pages::nodes::issue),
        page("/nodes/{id}", Needs(NodeRead), pages::nodes::show),
        page("/nodes/{id}/{act}", Needs(NodeWrite), pages::nodes::ask),
        form("/nodes/{id}/{act}", Needs(NodeWrite), pages::nodes::done),
        page("/pipeline", Needs(NodeRead), pages::pipeline),
        page("/settings", Within(ConfigRead), pages::settings::settings),
        page("/settings/{key}/edit", Needs(SettingsWrite), pages::settings::ask),
        form("/settings/{key}/edit", Needs(SettingsWrite), pages::settings::save),
    ]
}

/// A caller's own: no administrator gets there, and a caller nowhere else.
fn yours() -> Vec<Route> {
    vec![
        page("/me", Caller, pages::mine::show),
        page("/me/first", Caller, pages::mine::first),
        page("/me/export", Caller, pages::mine::exported),
        page("/me/requests/{id}", Caller, pages::mine::request),
        form("/me/logout", Caller, login::log_out_caller),
    ]
}
