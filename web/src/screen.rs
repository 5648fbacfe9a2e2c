use crate::icon::Icon;

/// Where somebody is among the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Spend, requests, errors, latencies at a glance.
    Overview,
    /// Any figure by any dimension.
    Explore,
    /// Single requests.
    Requests,
    /// Failures, grouped.
    Errors,
    /// Conversations and agents' runs.
    Sessions,
    /// Reports that are sent to webhooks.
    ReportSchedules,
    /// Projects and their callers.
    Projects,
    /// Caller tokens.
    Tokens,
    /// Who may use what.
    Access,
    /// What was changed, and who looked.
    Audit,
    /// Who administers, and their sessions.
    Admins,
    /// Model groups.
    Groups,
    /// Providers and their targets.
    Providers,
    /// Models and what they cost.
    Catalogue,
    /// Versions of the configuration.
    Versions,
    /// Routers.
    Nodes,
    /// How usage arrives.
    Pipeline,
    /// How this installation is set up.
    Settings,
    /// A caller's own usage.
    Mine,
    /// Trying groups out.
    Playground,
    /// The documentation.
    Docs,
    /// Elsewhere: login, errors, the first run.
    Nowhere,
}

impl Screen {
    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/overview",
            Self::Explore => "/explore",
            Self::Requests => "/requests",
            Self::Errors => "/errors",
            Self::Sessions => "/sessions",
            Self::ReportSchedules => "/report-schedules",
            Self::Projects => "/projects",
            Self::Tokens => "/tokens",
            Self::Access => "/access",
            Self::Audit => "/audit",
            Self::Admins => "/admins",
            Self::Groups => "/groups",
            Self::Providers => "/providers",
            Self::Catalogue => "/catalogue",
            Self::Versions => "/versions",
            Self::Nodes => "/nodes",
            Self::Pipeline => "/pipeline",
            Self::Settings => "/settings",
            Self::Mine => "/me",
            Self::Playground => "/playground",
            Self::Docs => "/docs",
            Self::Nowhere => "/",
        }
    }

    /// Its name in the navigation and as a title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Explore => "Explore",
            Self::Requests => "Requests",
            Self::Errors => "Errors",
            Self::Sessions => "Sessions",
            Self::ReportSchedules => "Scheduled reports",
            Self::Projects => "Projects",
            Self::Tokens => "Tokens",
            Self::Access => "Access",
            Self::Audit => "Audit log",
            Self::Admins => "Administrators",
            Self::Groups => "Model groups",
            Self::Providers => "Providers",
            Self::Catalogue => "Catalogue",
            Self::Versions => "Versions",
            Self::Nodes => "Nodes",
            Self::Pipeline => "Usage pipeline",
            Self::Settings => "Settings",
            Self::Mine => "My usage",
            Self::Playground => "Playground",
            Self::Docs => "Documentation",
            Self::Nowhere => "Smart Router",
        }
    }

    /// The key that leads there, after `g`; empty: none.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Overview => "o",
            Self::Explore => "e",
            Self::Requests => "r",
            Self::Errors => "x",
            Self::Sessions => "s",
            Self::ReportSchedules => "w",
            Self::Projects => "u",
            Self::Tokens => "t",
            Self::Access => "a",
            Self::Audit => "l",
            Self::Groups => "m",
            Self::Providers => "p",
            Self::Catalogue => "k",
            Self::Versions => "c",
            Self::Nodes => "n",
            Self::Docs => "d",
            Self::Admins | Self::Pipeline | Self::Settings | Self::Mine | Self::Playground | Self::Nowhere => "",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Overview => "layout-dashboard",
            Self::Explore => "chart-line",
            Self::Requests => "list-search",
            Self::Errors => "alert-triangle",
            Self::Sessions => "messages",
            Self::ReportSchedules => "send",
            Self::Projects => "users",
            Self::Tokens => "key",
            Self::Access => "shield-check",
            Self::Audit => "history",
            Self::Admins => "shield-lock",
            Self::Groups => "route",
            Self::Providers => "plug",
            Self::Catalogue => "tag",
            Self::Versions => "versions",
            Self::Nodes => "server",
            Self::Pipeline => "activity",
            Self::Settings => "settings",
            Self::Mine => "user-circle",
            Self::Playground => "player-play",
            Self::Docs => "book",
            Self::Nowhere => "home",
        }
    }

    /// Whether period and filters go along to it.
    const fn shares_filters(self) -> bool {
        matches!(self, Self::Overview | Self::Explore | Self::Requests | Self::Errors | Self::Sessions)
    }

    /// Groups of the navigation, in their order.
    pub const GROUPS: [(&'static str, &'static [Self]); 5] = [
        (
            "Observe",
            &[Self::Overview, Self::Explore, Self::Requests, Self::Errors, Self::Sessions, Self::ReportSchedules],
        ),
        ("Govern", &[Self::Projects, Self::Tokens, Self::Access, Self::Audit, Self::Admins]),
        ("Route", &[Self::Groups, Self::Providers, Self::Catalogue]),
        ("Operate", &[Self::Versions, Self::Nodes, Self::Pipeline, Self::Settings]),
        ("Yours", &[Self::Mine, Self::Playground, Self::Docs]),
    ];
}

/// A part of the navigation.
#[derive(Clone, Debug)]
pub struct NavGroup {
    /// Its name.
    pub title: &'static str,
    /// Never empty.
    pub items: Vec<NavItem>,
}

/// An entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Where it leads.
    pub screen: Screen,
    /// With the period and filters that go along.
    pub href: String,
}

impl NavItem {
    /// Its picture.
    pub fn icon(&self) -> Icon {
        Icon(self.screen.icon())
    }
}

impl NavGroup {
    /// The navigation of somebody who may see the places that `sees` says; `sticky` is the query string that pages share.
    pub fn all(sticky: &str, sees: impl Fn(Screen) -> bool) -> Vec<Self> {
        let item = |screen: Screen| {
            let href = if screen.shares_filters() && !sticky.is_empty() {
                format!("{}?{sticky}", screen.path())
            } else {
                screen.path().to_owned()
            };
            NavItem { screen, href }
        };
        let groups = Screen::GROUPS.into_iter().map(|(title, places)| Self {
            title,
            items: places.iter().copied().filter(|&it| sees(it)).map(item).collect(),
        });
        groups.filter(|it| !it.items.is_empty()).collect()
    }
}
