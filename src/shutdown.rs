//! What signals ask of a server: to stop, on SIGTERM and SIGINT; to read its files again, on SIGHUP.

use std::sync::Arc;

use listener::ServerIdentity;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::exit::{Exit, Failure};
use crate::logging;

/// The signals of this process, from now on.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signalled {
    Stop,
    Reload,
}

impl Signals {
    /// From now on signals are answered here.
    pub fn listen() -> Result<Self, Failure> {
        let on = |kind| signal(kind).map_err(Failure::failed);
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
            hang_up: on(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signalled {
        tokio::select! {
            _ = self.terminate.recv() => Signalled::Stop,
            _ = self.interrupt.recv() => Signalled::Stop,
            _ = self.hang_up.recv() => Signalled::Reload,
        }
    }

    /// Waits until somebody wants the server to stop.
    pub async fn stop(&mut self) {
        while self.next().await != Signalled::Stop {}
    }

    /// Does what a stop takes; who asks again does not wait for it.
    pub async fn unless_asked_again(&mut self, stopping: impl Future<Output = ()>) -> Result<(), Failure> {
        tokio::select! {
            () = stopping => Ok(()),
            () = self.stop() => {
                let message = "stopped at once: requests under way were cut off; their usage is delivered after the next start";
                Err(Failure::new(Exit::Failed, message))
            }
        }
    }
}

/// The files that a server reads again while it runs: its certificates and its log filter.
pub struct Files {
    reload: watch::Sender<u64>,
    watching: JoinHandle<()>,
}

impl Files {
    /// Watches the certificates from now on.
    pub fn watch(identities: impl IntoIterator<Item = Arc<ServerIdentity>>) -> Self {
        let (reload, told) = watch::channel(0);
        Self { reload, watching: tokio::spawn(listener::watch(identities.into_iter().collect(), told)) }
    }

    /// Reads all of them again.
    pub fn reload(&self) {
        self.reload.send_modify(|it| *it += 1);
        if let Err(failure) = logging::reload() {
            tracing::error!(error = failure.message, "the log filter stays as it was");
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.watching.abort();
    }
}
