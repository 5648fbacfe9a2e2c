//! Requests that may be repeated: the second of the same is answered as the first was, and changes nothing.

use control_plane_core::Secret;
use serde::{Deserialize, Serialize};

use super::{Control, ManageError};
use crate::{
    clock::now_ms,
    store::{
        StoreError,
        idempotency::{self, Kept},
    },
};

/// How long an answer is kept.
const KEPT_MS: i64 = 86_400_000;
/// No request runs for longer: what has no answer by then has lost it.
const LONGEST_MS: i64 = 10 * 60_000;
/// What an answer is sealed for: it may hold a token that is shown once.
const PURPOSE: &str = "idempotency";

/// Whose request it is, and what the client calls it.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// As it is recorded.
    pub actor: &'a str,
    /// The client's name for it.
    pub key: &'a str,
}

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// Headers that belong to it.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// What is to be done with a request.
pub enum Course {
    /// It is new.
    Run,
    /// It was answered before.
    Replay(KeptAnswer),
}

/// Takes a request in hand. `digest`: of all that it asks.
pub async fn begin(control: &Control, named: Named<'_>, digest: &[u8; 32]) -> Result<Course, ManageError> {
    let (name, now) = ((named.actor, named.key), now_ms());
    let mut tx = control.store.write().await?;
    idempotency::forget_before(&mut tx, now - KEPT_MS).await?;
    let is_new = idempotency::begin(&mut tx, name, digest, now).await?;
    let kept = if is_new { None } else { idempotency::find(tx.connection(), name).await? };
    tx.commit().await?;
    let Some(Kept { digest: before, answer, created_ms }) = kept else { return Ok(Course::Run) };
    if before != *digest {
        return Err(ManageError::KeyReused);
    }
    match answer {
        Some((status, sealed)) => opened(control, named, status, &sealed).map(Course::Replay),
        None if now - created_ms < LONGEST_MS => Err(ManageError::StillRunning),
        None => Err(ManageError::OutcomeUnknown),
    }
}

/// Keeps the answer to a request that ran.
pub async fn answered(control: &Control, named: Named<'_>, answer: &KeptAnswer) -> Result<(), ManageError> {
    let text = serde_json::to_string(answer).map_err(|_| ManageError::Broken)?;
    let sealed = control.master_key.seal(PURPOSE, &row(named), &Secret::new(text));
    let mut tx = control.store.write().await?;
    idempotency::answered(&mut tx, (named.actor, named.key), answer.status, &sealed).await?;
    Ok(tx.commit().await?)
}

/// Forgets a request that changed nothing for a reason that may pass.
pub async fn forget(control: &Control, named: Named<'_>) -> Result<(), StoreError> {
    let mut tx = control.store.write().await?;
    idempotency::forget(&mut tx, (named.actor, named.key)).await?;
    tx.commit().await
}

fn opened(control: &Control, named: Named<'_>, status: u16, sealed: &[u8]) -> Result<KeptAnswer, ManageError> {
    // Another master key since: the answer is gone, and what was done is done.
    let text = control.master_key.open(PURPOSE, &row(named), sealed).map_err(|_| ManageError::OutcomeUnknown)?;
    let answer: KeptAnswer = serde_json::from_str(text.expose()).map_err(|_| ManageError::OutcomeUnknown)?;
    Ok(KeptAnswer { status, ..answer })
}

fn row(named: Named<'_>) -> String {
    format!("{} {}", named.actor, named.key)
}
