//! What an identified caller may do.

use std::sync::Arc;

use smallvec::smallvec;

use super::identify::Named;
use super::limit::{Account, AccountId, AccountKind, Accounts};
use crate::config::{Group, Scope};
use crate::error::{Code, Refusal};

impl Named {
    /// Refuses callers without the scope.
    pub fn demand(&self, scope: Scope) -> Result<(), Refusal> {
        if self.caller.scopes.contains(&scope) {
            return Ok(());
        }
        let message = format!("the token lacks the scope `{}`", scope.as_str());
        Err(Refusal::new(Code::ScopeForbidden, message))
    }

    /// The group that the caller means by `model`, if it may call it. Groups of others and groups that do not exist are
    /// told apart by nothing.
    pub fn group(&self, model: &str) -> Result<Arc<Group>, Refusal> {
        let name = self.snapshot.resolve_name(model, &self.caller);
        let name = name.filter(|name| self.caller.allow.iter().any(|it| it == name)).ok_or_else(not_allowed)?;
        if self.snapshot.closed.group(name).is_some() {
            let message = "the configuration restricts this model in a way that this router's version does not understand; \
                           ask an administrator";
            return Err(Refusal::new(Code::ConfigUnavailable, message));
        }
        self.snapshot.group(name).cloned().ok_or_else(not_allowed)
    }

    /// What its requests are counted for: the caller's own account first.
    pub fn accounts(&self) -> Accounts<'_> {
        let caller = AccountId { kind: AccountKind::Caller, name: &self.caller.id };
        smallvec![Account { id: caller, limits: &self.caller.limits }]
    }
}

fn not_allowed() -> Refusal {
    let message = "the caller may not call this model, or it does not exist; `GET /v1/models` lists what it may";
    Refusal::new(Code::ModelNotAllowed, message).with_param("model")
}
