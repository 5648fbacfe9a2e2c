use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use crate::store::{Store, StoreError, revision};

/// How long a write that went well stands for the next: whoever asks often does not wear out the disk.
const FRESH: Duration = Duration::from_secs(1);

/// When the database last took a write that only asked whether it would. Cloning shares it.
#[derive(Clone, Default)]
pub struct WriteProbe(Arc<Mutex<Option<Instant>>>);

impl WriteProbe {
    /// Tries a write, unless one went well just now.
    pub async fn writes(&self, store: &Store) -> Result<(), StoreError> {
        let mut last = self.0.lock().await;
        if last.is_none_or(|at| at.elapsed() >= FRESH) {
            *last = None;
            revision::try_write(store).await?;
            *last = Some(Instant::now());
        }
        Ok(())
    }
}
