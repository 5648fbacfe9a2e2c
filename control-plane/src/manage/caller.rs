//! Callers by their tokens: who may ask for something as a caller, now.

use control_plane_core::{
    Document,
    document::Caller,
    token::{TokenRecord, TokenState},
};

use super::{Control, ManageError, config};
use crate::{clock::now_ms, store::token};

/// A caller whose token opens something.
pub struct OpenCaller {
    /// The token.
    pub token: TokenRecord,
    /// The caller, which is not disabled.
    pub caller: Caller,
    /// The configuration that says so.
    pub document: Document,
}

/// The caller of a token that opens something now; `is_it`: whether it is the one that was shown. `None`: it opens nothing.
pub async fn by_token(
    control: &Control,
    id: &str,
    is_it: impl Fn(&TokenRecord) -> bool,
) -> Result<Option<OpenCaller>, ManageError> {
    let mut tx = control.store.read_consistent().await?;
    let Some(token) = token::by_id(tx.connection(), id).await? else { return Ok(None) };
    let open = matches!(token.state, TokenState::Active | TokenState::Rotated) && !token.has_expired(now_ms());
    if !open || !is_it(&token) {
        return Ok(None);
    }
    let Some(document) = config::current(tx.connection()).await?.map(|it| it.document) else { return Ok(None) };
    let caller = document.caller(&token.caller).filter(|it| !it.disabled).cloned();
    Ok(caller.map(|caller| OpenCaller { token, caller, document }))
}
