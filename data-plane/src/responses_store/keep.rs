use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::continuation::StoredAnswer;

use super::backend::Opened;
use super::key::Scope;
use super::record::{KeptResponse, aside};
use super::records::Records;
use super::seal::Sealer;

/// More than this is not kept of one answer, its input included.
const LARGEST: usize = 16 * 1024 * 1024;
/// Items of one answer that later requests can refer to by their ids.
const MOST_ITEMS: usize = 1000;

/// What a warning says of an answer that was to be kept and was not: `dropped:store`.
pub(crate) const UNKEPT: &str = "store";

/// What keeping a request's answer takes, known before it is sent upstream.
#[derive(Clone)]
pub(crate) struct Keeping {
    pub(super) store: Arc<Opened>,
    pub(super) scope: Scope,
    /// The items that the model is given: a JSON array.
    pub(super) input: Bytes,
}

/// Why an answer was not kept. The caller gets it all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotKept {
    /// The store does not answer.
    Unavailable,
    /// It is larger than what is kept.
    TooLarge,
    /// It has no id, or is no response at all.
    NoResponse,
}

impl Keeping {
    /// Keeps a response, so that every router can continue it when this returns. One that has failed is not kept, and
    /// nobody misses it.
    pub async fn keep(self, response: Bytes) -> Result<(), NotKept> {
        let record = KeptResponse { input: self.input, response };
        if record.size() > LARGEST {
            self.store.count("put", "too-large");
            return Err(NotKept::TooLarge);
        }
        let (sealer, scope) = (self.store.sealer.clone(), self.scope);
        match aside(record.size(), move || records(&record, &sealer, &scope)).await? {
            Some(records) => self.store.put(records).await.map_err(|_| NotKept::Unavailable),
            None => Ok(()),
        }
    }
}

/// The response and its items, sealed. `None`: it has not come to an end that can be continued.
fn records(record: &KeptResponse, sealer: &Sealer, scope: &Scope) -> Result<Option<Records>, NotKept> {
    let answer = StoredAnswer::read(&record.response).map_err(|_| NotKept::NoResponse)?;
    if !answer.ended {
        return Ok(None);
    }
    let key = scope.response(answer.id.as_deref().ok_or(NotKept::NoResponse)?);
    let mut records = Records::from([(key, record.seal(sealer, &key))]);
    for item in answer.items.iter().take(MOST_ITEMS) {
        let Some(id) = &item.id else { continue };
        let key = scope.item(id);
        records.insert(key, sealer.seal(&key, &[&record.response[item.span.clone()]]));
    }
    Ok(Some(records))
}
