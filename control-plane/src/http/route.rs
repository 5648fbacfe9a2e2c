use axum::http::Method;
use control_plane_core::permission::{Action, Denied, Grants, permit, permit_somewhere};
use vocabulary::Scope;

/// What it takes to call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// An administrator, whatever they may do.
    Anyone,
    /// An administrator who may do this everywhere.
    Needs(Action),
    /// An administrator who may do this in some project at least. The handler asks in which, and shows nothing of others: what
    /// belongs to them is not found.
    Within(Action),
    /// The same as [`Self::Needs`], or a caller's token with this scope.
    NeedsOrScope(Action, Scope),
    /// A caller's token, or the same as [`Self::Within`].
    CallerOr(Action),
    /// A caller that has logged in with its token, and no administrator. The handler shows what is this caller's alone.
    Caller,
}

/// Who reads the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// A program: an error is a problem of RFC 9457.
    Api,
    /// A person in a browser: whoever is not known is sent to log in.
    Page,
}

/// A line of the table of routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The HTTP method.
    pub method: Method,
    /// The path, with `{name}` where it varies.
    pub path: &'static str,
    /// What it takes to call it.
    pub access: Access,
    /// Who reads the answer.
    pub kind: RouteKind,
}

impl Access {
    /// What an administrator does who calls it.
    pub const fn action(self) -> Option<Action> {
        match self {
            Self::Public | Self::Anyone | Self::Caller => None,
            Self::Needs(action) | Self::Within(action) | Self::NeedsOrScope(action, _) | Self::CallerOr(action) => {
                Some(action)
            }
        }
    }

    /// The scope with which a caller's token opens it.
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::NeedsOrScope(_, scope) => Some(scope),
            _ => None,
        }
    }

    /// Whether an administrator with these grants may call it, as far as grants say.
    pub fn permits(self, grants: &Grants) -> Result<(), Denied> {
        match self {
            Self::Public | Self::Anyone | Self::Caller => Ok(()),
            Self::Needs(action) | Self::NeedsOrScope(action, _) => permit(grants, action, None),
            Self::Within(action) | Self::CallerOr(action) => permit_somewhere(grants, action),
        }
    }
}
