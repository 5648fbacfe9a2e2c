use std::sync::Arc;

use data_plane_core::config::{Caller, Settings};
use data_plane_core::decide::{AskedBody, Continued};
use data_plane_core::dialect::continuation::{Ask, Found, Previous};
use data_plane_core::dialect::{Dialect, InvalidBody, Operation};
use data_plane_core::error::{Code, Refusal};
use memchr::memmem;

use super::backend::{Opened, ResponseStore};
use super::keep::Keeping;
use super::key::Scope;
use super::record::KeptResponse;

/// Items that one request may refer to.
const MOST_REFERENCES: usize = 1000;

/// Reads what a Responses request says about stored conversations: what it refers to takes the place of the references,
/// up to a body of `limit` bytes. Requests in other dialects stay as they are.
pub(crate) async fn continued(
    store: &ResponseStore,
    settings: &Settings,
    caller: &Caller,
    asked: &AskedBody,
    limit: usize,
) -> Result<Continued<Keeping>, Refusal> {
    let AskedBody { operation, body } = asked;
    if operation.dialect() != Dialect::OpenaiResponses {
        return Ok(Continued::untouched());
    }
    let store = store.open(settings);
    // Without a store only one field matters, which is rarely there.
    if store.is_none() && memmem::find(body, b"\"background\"").is_none() {
        return Ok(Continued::untouched());
    }
    let ask = Ask::read(body).map_err(|it| refused(&it))?;
    if ask.background {
        return Err(unsupported("background", "answers are not made in the background here; leave `background` out"));
    }
    let Some(store) = store.map(Arc::new) else { return Ok(Continued::untouched()) };
    if ask.conversation {
        let message = "conversations are not kept here; continue with `previous_response_id`";
        return Err(unsupported("conversation", message));
    }
    let scope = Scope::of(caller);
    let previous = previous(&store, &scope, &ask).await?;
    let found = referred(&store, &scope, &ask).await?;
    let given = previous.as_ref().map(|it| Previous { input: &it.input, response: &it.response });
    let expanded = ask.expand(body, given, &found).map_err(|it| refused(&it))?;
    if expanded.body.len() > limit {
        let message = "the conversation has become larger than the router's limit; compact it or start a new one";
        return Err(Refusal::new(Code::RequestTooLarge, message).with_param("previous_response_id"));
    }
    let keeps = ask.store && *operation == Operation::Responses;
    let keeping = keeps.then(|| Keeping { store, scope, input: expanded.input });
    // A request that continues nothing is the caller's own bytes, not a copy of them.
    let changed = expanded.body.as_ptr() != body.as_ptr();
    Ok(Continued { body: changed.then_some(expanded.body), keeping })
}

/// The answer that the request continues.
async fn previous(store: &Opened, scope: &Scope, ask: &Ask<'_>) -> Result<Option<KeptResponse>, Refusal> {
    let Some(id) = &ask.previous else { return Ok(None) };
    let key = scope.response(id);
    let sealed = store.get(&[key]).await?.remove(&key);
    let record = match sealed {
        Some(sealed) => KeptResponse::open(&store.sealer, key, sealed).await,
        None => None,
    };
    record.map(Some).ok_or_else(|| {
        let message = format!("Previous response with id '{}' not found.", shown(id));
        Refusal::new(Code::ResponseNotFound, message).with_param("previous_response_id")
    })
}

/// The items that the request refers to, as far as they are known.
async fn referred(store: &Opened, scope: &Scope, ask: &Ask<'_>) -> Result<Found, Refusal> {
    let mut ids = ask.references();
    ids.truncate(MOST_REFERENCES);
    if ids.is_empty() {
        return Ok(Found::new());
    }
    let keys: Vec<_> = ids.iter().map(|id| scope.item(id)).collect();
    let mut records = store.get(&keys).await?;
    let item = |(id, key)| {
        let sealed = records.remove(&key)?;
        Some((str::to_owned(id), store.sealer.open(&key, sealed)?.into()))
    };
    Ok(ids.into_iter().zip(keys).filter_map(item).collect())
}

fn unsupported(param: &str, message: &str) -> Refusal {
    Refusal::new(Code::UnsupportedParameter, message).with_param(param)
}

fn refused(invalid: &InvalidBody) -> Refusal {
    Refusal { param: invalid.param.clone(), ..Refusal::new(Code::InvalidRequest, invalid.to_string()) }
}

/// As much of an id as a message holds.
pub(super) fn shown(id: &str) -> &str {
    &id[..id.floor_char_boundary(128)]
}
