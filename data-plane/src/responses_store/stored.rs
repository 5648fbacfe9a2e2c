use bytes::Bytes;
use data_plane_core::config::{Caller, Settings};
use data_plane_core::dialect::continuation::{ListRequest, StoredAnswer, UnknownItem, list_items};
use data_plane_core::error::{Code, Refusal};

use super::backend::{Opened, ResponseStore};
use super::continued::shown;
use super::key::{RecordKey, Scope};
use super::record::KeptResponse;

/// Records of one deletion beside the response's own.
const LARGEST_DELETION: usize = 1000;

/// A stored response of the caller's.
pub(crate) struct Stored {
    store: Opened,
    scope: Scope,
    key: RecordKey,
    id: String,
    record: KeptResponse,
}

impl Stored {
    /// The response with this id, if it is the caller's.
    pub async fn find(
        store: &ResponseStore,
        settings: &Settings,
        caller: &Caller,
        id: String,
    ) -> Result<Self, Refusal> {
        let store = store.open(settings).ok_or_else(|| {
            let message = "responses are not stored here; send the whole conversation each time";
            Refusal::new(Code::ResponseStoreDisabled, message)
        })?;
        let scope = Scope::of(caller);
        let key = scope.response(&id);
        let sealed = store.get(&[key]).await?.remove(&key);
        let record = match sealed {
            Some(sealed) => KeptResponse::open(&store.sealer, key, sealed).await,
            None => None,
        };
        let record = record.ok_or_else(|| not_found(&id))?;
        Ok(Self { store, scope, key, id, record })
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The response as its caller got it.
    pub fn response(&self) -> Bytes {
        self.record.response.clone()
    }

    /// A page of what the model was given.
    pub fn input_items(&self, page: ListRequest<'_>) -> Result<Result<Vec<u8>, UnknownItem>, Refusal> {
        list_items(&self.record.input, &self.id, page).map_err(|_| not_found(&self.id))
    }

    /// Forgets it, with the items that it is made of.
    pub async fn delete(&self) -> Result<(), Refusal> {
        let items = StoredAnswer::read(&self.record.response).map(|it| it.items).unwrap_or_default();
        let mut keys: Vec<RecordKey> =
            items.iter().filter_map(|it| it.id.as_deref()).map(|it| self.scope.item(it)).collect();
        keys.truncate(LARGEST_DELETION);
        keys.push(self.key);
        self.store.delete(&keys).await?;
        Ok(())
    }
}

fn not_found(id: &str) -> Refusal {
    Refusal::new(Code::ResponseNotFound, format!("Response with id '{}' not found.", shown(id)))
}
