use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::continuation::StoredAnswer;

use super::backend::{Opened, Records};
use super::key::Scope;
use super::record::Record;

/// More than this is not kept of one answer, its input included.
const LARGEST: usize = 16 * 1024 * 1024;
/// Items of one answer that later requests can refer to by their ids.
const MOST_ITEMS: usize = 1000;

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
        let answer = StoredAnswer::read(&response).map_err(|_| NotKept::NoResponse)?;
        if !answer.ended {
            return Ok(());
        }
        let Some(id) = &answer.id else { return Err(NotKept::NoResponse) };
        let record = Record { input: self.input, response };
        if record.size() > LARGEST {
            self.store.count("put", "too-large");
            return Err(NotKept::TooLarge);
        }
        let (sealer, key) = (&self.store.sealer, self.scope.response(id));
        let mut records = Records::from([(key, record.seal(sealer, &key))]);
        for item in answer.items.iter().take(MOST_ITEMS) {
            let Some(id) = &item.id else { continue };
            let key = self.scope.item(id);
            records.insert(key, sealer.seal(&key, &[&record.response[item.span.clone()]]));
        }
        self.store.put(records).await.map_err(|_| NotKept::Unavailable)
    }
}
