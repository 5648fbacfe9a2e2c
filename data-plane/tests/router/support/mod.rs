//! What the tests share.

mod catalog;
mod client;
mod control_plane;
mod scripted;
mod stack;
mod stored;
mod token;

pub use catalog::Catalog;
pub use client::{PATIENCE, Reply, raw};
pub use control_plane::ControlPlane;
pub use scripted::{KeptOpen, Scripted, Step};
pub use stack::{CHAT, MESSAGES, RESPONSES, Stack, chat, get, messages, post, responses};
pub use stored::{StoreState, StoredRecords};
pub use token::{digest, token};

/// Checks every case, all at once: most of what they take is waiting.
pub async fn all<T>(cases: impl IntoIterator<Item = T>, case: impl AsyncFn(T)) {
    futures_util::future::join_all(cases.into_iter().map(|it| case(it))).await;
}
