//! Every view with every sample, as files: what the tests look at in a browser, and people in a folder.

use crate::{
    Chrome, Sample, Sampled, Screen, Theme, View,
    access::Access,
    audit::AuditPage,
    catalogue::{Catalogue, ModelPage},
    components::Components,
    confirm::Confirm,
    docs::Docs,
    editor::Editor,
    error_groups::ErrorGroups,
    explore::Explore,
    failure::FailurePage,
    groups::{GroupPage, Groups},
    issued::Issued,
    login::{Login, LoginLink, LoginTold},
    mine::{MyUsage, OwnRequest},
    nodes::Nodes,
    overview::Overview,
    playground::Playground,
    projects::{CallerPage, Projects},
    providers::{ProviderPage, Providers},
    request_detail::RequestDetail,
    requests::RequestList,
    sample,
    sessions::{SessionDetail, SessionList},
    sheet::{AdminsSample, NodeSample, PipelineSample, SettingsSample},
    tokens::{TokenPage, Tokens},
    versions::{Conflict, DocumentEdit, VersionPage, Versions},
};

/// A page of the gallery.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// As `overview`.
    pub view: &'static str,
    /// Of which sort.
    pub sample: Sample,
    /// The page.
    pub html: String,
}

/// Every view with every sample.
pub fn exhibits(theme: Theme) -> Vec<Exhibit> {
    let mut all = Vec::new();
    for sample in Sample::ALL {
        all.push(exhibit::<Components>("components", Screen::Nowhere, sample, theme));
        all.push(exhibit::<Overview>("overview", Screen::Overview, sample, theme));
        all.extend(observing(sample, theme));
        all.extend(logging_in(sample, theme));
        all.extend(governing(sample, theme));
        all.extend(routing(sample, theme));
        all.extend(operating(sample, theme));
    }
    all
}

fn observing(sample: Sample, theme: Theme) -> [Exhibit; 10] {
    [
        exhibit::<Explore>("explore", Screen::Explore, sample, theme),
        exhibit::<RequestList>("requests", Screen::Requests, sample, theme),
        exhibit::<RequestDetail>("request", Screen::Requests, sample, theme),
        exhibit::<ErrorGroups>("errors", Screen::Errors, sample, theme),
        exhibit::<SessionList>("sessions", Screen::Sessions, sample, theme),
        exhibit::<SessionDetail>("session", Screen::Sessions, sample, theme),
        exhibit::<MyUsage>("mine", Screen::Mine, sample, theme),
        exhibit::<OwnRequest>("mine-request", Screen::Mine, sample, theme),
        exhibit::<Playground>("playground", Screen::Playground, sample, theme),
        exhibit::<FailurePage>("failure", Screen::Nowhere, sample, theme),
    ]
}

fn logging_in(sample: Sample, theme: Theme) -> [Exhibit; 3] {
    [
        exhibit::<Login>("login", Screen::Nowhere, sample, theme),
        exhibit::<LoginLink>("login-link", Screen::Nowhere, sample, theme),
        exhibit::<LoginTold>("login-told", Screen::Nowhere, sample, theme),
    ]
}

fn governing(sample: Sample, theme: Theme) -> Vec<Exhibit> {
    vec![
        exhibit::<Confirm>("confirm", Screen::Tokens, sample, theme),
        exhibit::<Tokens>("tokens", Screen::Tokens, sample, theme),
        exhibit::<TokenPage>("token", Screen::Tokens, sample, theme),
        exhibit::<Issued>("issued", Screen::Tokens, sample, theme),
        exhibit::<Projects>("projects", Screen::Projects, sample, theme),
        exhibit::<CallerPage>("caller", Screen::Projects, sample, theme),
        exhibit::<Access>("access", Screen::Access, sample, theme),
        exhibit::<AuditPage>("audit", Screen::Audit, sample, theme),
    ]
}

fn routing(sample: Sample, theme: Theme) -> Vec<Exhibit> {
    vec![
        exhibit::<Editor>("editor", Screen::Providers, sample, theme),
        exhibit::<Groups>("groups", Screen::Groups, sample, theme),
        exhibit::<GroupPage>("group", Screen::Groups, sample, theme),
        exhibit::<Providers>("providers", Screen::Providers, sample, theme),
        exhibit::<ProviderPage>("provider", Screen::Providers, sample, theme),
        exhibit::<Catalogue>("catalogue", Screen::Catalogue, sample, theme),
        exhibit::<ModelPage>("model", Screen::Catalogue, sample, theme),
    ]
}

fn operating(sample: Sample, theme: Theme) -> Vec<Exhibit> {
    vec![
        exhibit::<Versions>("versions", Screen::Versions, sample, theme),
        exhibit::<VersionPage>("version", Screen::Versions, sample, theme),
        exhibit::<Conflict>("conflict", Screen::Groups, sample, theme),
        exhibit::<DocumentEdit>("draft-edit", Screen::Versions, sample, theme),
        exhibit::<Nodes>("nodes", Screen::Nodes, sample, theme),
        exhibit::<NodeSample>("node", Screen::Nodes, sample, theme),
        exhibit::<PipelineSample>("pipeline", Screen::Pipeline, sample, theme),
        exhibit::<SettingsSample>("settings", Screen::Settings, sample, theme),
        exhibit::<AdminsSample>("admins", Screen::Admins, sample, theme),
        exhibit::<Docs>("docs", Screen::Docs, sample, theme),
    ]
}

fn exhibit<V: View + Sampled>(view: &'static str, screen: Screen, sample: Sample, theme: Theme) -> Exhibit {
    let html = V::sample(sample).page(&Chrome::sample(sample, screen, theme));
    Exhibit { view, sample, html }
}

/// The policy of the gallery's pages.
pub fn policy() -> String {
    crate::policy(sample::NONCE)
}
