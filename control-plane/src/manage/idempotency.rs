//! Requests that may be repeated: the second of the same is answered as the first was, and changes nothing.

use std::time::Duration;

use control_plane_core::{
    Secret,
    permission::{Action, Grants, may_grant, permit},
    token::TokenKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Control, ManageError, config};
use crate::{
    clock::now_ms,
    secrets::mint,
    store::{
        Engine, Run, StoreError,
        idempotency::{self, Kept},
        within,
    },
};

/// How long an answer is kept.
const KEPT_MS: i64 = 86_400_000;
/// So long an older build runs at most, which does not say that it does.
const LONGEST_MS: i64 = 10 * 60_000;
/// For so long a run that says that it goes on is taken to.
const LEASE_MS: i64 = 15_000;
/// How often it says so.
const RENEWED: Duration = Duration::from_secs(4);
/// What an answer is sealed for: it may hold a token that is shown once.
const PURPOSE: &str = "idempotency";

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
    /// What whoever asked could do then; `None`: an older build has kept it.
    #[serde(default)]
    pub grants: Option<Grants>,
}

/// What is to be done with a request.
pub enum Course {
    /// It is new, or the run before is gone and has changed nothing.
    Run(Run),
    /// It was answered before.
    Replay(KeptAnswer),
}

/// Takes a request in hand. `digest`: of all that it asks.
pub async fn begin(control: &Control, actor: &str, key: &str, digest: &[u8; 32]) -> Result<Course, ManageError> {
    let run = Run { actor: actor.to_owned(), key: key.to_owned(), id: mint(TokenKind::Admin).id };
    let (name, now) = ((actor, key), now_ms());
    let mut tx = control.store.write().await?;
    idempotency::forget_before(&mut tx, now - KEPT_MS).await?;
    let is_new = idempotency::begin(&mut tx, &run, digest, (now, now + LEASE_MS)).await?;
    let kept = if is_new { None } else { idempotency::find(tx.connection(), name).await? };
    let Some(kept) = kept else {
        tx.commit().await?;
        return Ok(Course::Run(run));
    };
    if kept.digest != *digest {
        return Err(ManageError::KeyReused);
    }
    match kept {
        Kept { answer: Some((status, sealed)), .. } => opened(control, &run, status, &sealed).map(Course::Replay),
        Kept { run, lease_ms: 0, created_ms, .. } if run.is_empty() && now - created_ms < LONGEST_MS => {
            Err(ManageError::StillRunning)
        }
        Kept { lease_ms, .. } if now < lease_ms => Err(ManageError::StillRunning),
        Kept { run, changed, .. } if changed || run.is_empty() => Err(ManageError::OutcomeUnknown),
        Kept { run: gone, .. } => {
            if !idempotency::follow(&mut tx, &run, &gone, now + LEASE_MS).await? {
                return Err(ManageError::StillRunning);
            }
            tx.commit().await?;
            Ok(Course::Run(run))
        }
    }
}

/// Runs a request, and says as long as it does that it goes on.
pub async fn run<T>(control: &Control, run: &Run, request: impl Future<Output = T>) -> T {
    let renewing = async {
        loop {
            tokio::time::sleep(RENEWED).await;
            if let Err(error) = renew(control, run).await {
                tracing::warn!(%error, "it is not noted that a request goes on");
            }
        }
    };
    tokio::select! {
        done = within(run.clone(), request) => done,
        () = renewing => unreachable!("it goes on as long as it is waited for"),
    }
}

async fn renew(control: &Control, run: &Run) -> Result<(), StoreError> {
    let mut tx = control.store.write().await?;
    idempotency::renew(&mut tx, run, now_ms() + LEASE_MS).await?;
    tx.commit().await
}

/// A process that has the database for itself begins: what ran before runs no more.
pub async fn nothing_runs(control: &Control) -> Result<(), StoreError> {
    if control.store.engine() != Engine::Sqlite {
        return Ok(());
    }
    let mut tx = control.store.write().await?;
    idempotency::nothing_runs(&mut tx).await?;
    tx.commit().await
}

/// Keeps the answer to a request that ran.
pub async fn answered(control: &Control, run: &Run, answer: &KeptAnswer) -> Result<(), ManageError> {
    let text = serde_json::to_string(answer).map_err(|_| ManageError::Broken)?;
    let sealed = control.master_key.seal(PURPOSE, &row(run), &Secret::new(text));
    let mut tx = control.store.write().await?;
    idempotency::answered(&mut tx, run, answer.status, &sealed).await?;
    Ok(tx.commit().await?)
}

/// Forgets a request that failed for a reason that may pass, if it has changed nothing.
pub async fn forget(control: &Control, run: &Run) -> Result<(), StoreError> {
    let mut tx = control.store.write().await?;
    idempotency::forget(&mut tx, run).await?;
    tx.commit().await
}

/// Whether an answer may be given again, to somebody with these grants and by what is in force: whoever asks could do then what was
/// asked, and may not any more.
pub async fn still_permitted(control: &Control, grants: &Grants, answer: &KeptAnswer) -> Result<bool, ManageError> {
    let Some(then) = &answer.grants else { return Err(ManageError::OutcomeUnknown) };
    if may_grant(grants, then).is_err() {
        return Ok(false);
    }
    // A caller's token, shown once; its caller may be another project's by now.
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let (Some(caller), true) = (body["caller"].as_str(), body["token"].is_string()) else { return Ok(true) };
    let current = config::current(control.store.read()).await?;
    let caller = current.as_ref().and_then(|it| it.document.caller(caller));
    Ok(caller.is_some_and(|it| permit(grants, Action::TokenWrite, it.project.as_deref()).is_ok()))
}

fn opened(control: &Control, run: &Run, status: u16, sealed: &[u8]) -> Result<KeptAnswer, ManageError> {
    // Another master key since: the answer is gone, and what was done is done.
    let text = control.master_key.open(PURPOSE, &row(run), sealed).map_err(|_| ManageError::OutcomeUnknown)?;
    let answer: KeptAnswer = serde_json::from_str(text.expose()).map_err(|_| ManageError::OutcomeUnknown)?;
    Ok(KeptAnswer { status, ..answer })
}

fn row(run: &Run) -> String {
    format!("{} {}", run.actor, run.key)
}
