//! One session of a client.

use control_plane_core::{
    permission::Visible,
    search::{Condition, Order, Search, TextField},
};

use super::ManageError;
use crate::store::{
    ReadTx,
    request::Effort,
    session::{self, Session},
};

/// The requests of a session, whenever they were, as far as they may be seen.
pub fn requests(visible: &Visible, id: &str, now_ms: i64) -> Search {
    let values = vec![id.to_owned()];
    Search {
        visible: visible.clone(),
        since_ms: 0,
        until_ms: now_ms + 1,
        conditions: vec![Condition::Text { field: TextField::Session, negated: false, values }],
        id: None,
        order: Order::Newest,
    }
}

/// A session with its sums. One of which nothing may be seen is not there.
pub async fn one(tx: &mut ReadTx, visible: &Visible, id: &str, now_ms: i64) -> Result<Session, ManageError> {
    let missing = || ManageError::NotFound { kind: "session", id: id.to_owned() };
    if id.is_empty() {
        return Err(missing());
    }
    let search = requests(visible, id, now_ms);
    let found = session::page(tx, &search, None, 1, Effort::PAGE).await?;
    found.sessions.into_iter().next().ok_or_else(missing)
}
