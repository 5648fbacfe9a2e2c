use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::key::RecordKey;
use super::seal::Sealer;

/// Sealing and opening more than this takes so long that others would wait for it: it is done on a thread of its own.
const LONG: usize = 256 * 1024;

/// What is kept of an answer, on its way to a store: `length of the input | input | response`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeptResponse {
    /// The items that the model was given, those of the answers before included: a JSON array.
    pub input: Bytes,
    /// The response as the caller got it.
    pub response: Bytes,
}

impl KeptResponse {
    pub fn size(&self) -> usize {
        self.input.len() + self.response.len()
    }

    pub fn seal(&self, sealer: &Sealer, key: &RecordKey) -> Vec<u8> {
        sealer.seal(key, &[&(self.input.len() as u64).to_le_bytes(), &self.input, &self.response])
    }

    /// `None`: it is no record that was sealed under this key.
    pub async fn open(sealer: &Sealer, key: RecordKey, kept: Vec<u8>) -> Option<Self> {
        let sealer = sealer.clone();
        aside(kept.len(), move || Self::open_here(&sealer, &key, kept)).await
    }

    fn open_here(sealer: &Sealer, key: &RecordKey, kept: Vec<u8>) -> Option<Self> {
        let mut rest = Bytes::from(sealer.open(key, kept)?);
        let length = usize::try_from(u64::from_le_bytes(*rest.first_chunk()?)).ok()?;
        let _length = rest.split_to(size_of::<u64>());
        (length <= rest.len()).then(|| Self { input: rest.split_to(length), response: rest })
    }
}

/// Does what takes time in proportion to so many bytes, where nobody waits for it but the caller.
pub(super) async fn aside<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    if bytes < LONG {
        return work();
    }
    spawn_blocking(work).await.expect("reading and sealing do not panic")
}
