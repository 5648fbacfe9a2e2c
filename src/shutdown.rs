//! When a server ends: on SIGTERM or SIGINT.

use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Failure;

/// Waits for the first of the two signals.
pub async fn requested() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        outcome = tokio::signal::ctrl_c() => outcome.map_err(Failure::failed),
    }
}
