//! Which callers may use which groups: the admin API and the pages ask the same matrix.

use std::collections::HashMap;

use control_plane_core::{
    Document,
    access::{GroupAccess, group_access},
    document::Caller,
    permission::{Action, Grants, visible},
    token::TokenState,
};

use super::{Control, ManageError, token};
use crate::clock::now_ms;

/// What the matrix is made of: a configuration as far as it is shown to whoever asks, and who has open tokens.
pub struct AccessMatrix<'a> {
    /// The configuration.
    pub document: &'a Document,
    open: HashMap<String, u64>,
}

impl<'a> AccessMatrix<'a> {
    /// Of a configuration, as somebody sees it.
    pub async fn read(control: &Control, grants: &Grants, document: &'a Document) -> Result<Self, ManageError> {
        let now = now_ms();
        let mut open = HashMap::new();
        for it in token::list(control, &visible(grants, Action::TokenRead), None).await? {
            if it.state == TokenState::Active && !it.has_expired(now) {
                *open.entry(it.caller).or_insert(0) += 1;
            }
        }
        Ok(Self { document, open })
    }

    /// Whether a caller may use a group, and why. `None`: there is no such group.
    pub fn of(&self, caller: &Caller, group: &str) -> Option<GroupAccess> {
        group_access(self.document, caller, group, self.open.get(&caller.id).copied().unwrap_or_default())
    }
}
