//! Sends reports to webhooks when they are due. Of several control planes that share a database one takes each, and no other one
//! has it as long as the first surely works on it.

mod attempt;
mod message;
mod webhook;

use std::{sync::Arc, time::Duration};

use control_plane_core::{
    audit::Actor,
    permission::{Action, Grants},
};
use futures_util::{StreamExt, stream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::{attempt::next_try, webhook::WebhookClient};
use crate::{
    clock::now_ms,
    manage::{Control, ManageError, report_schedule as manage},
    metrics::Metrics,
    store::{
        StoreError,
        report_schedule::{self, send::StoredSend},
    },
};

/// How often it is looked what is due.
const EVERY: Duration = Duration::from_secs(2);
/// How many are sent at the same time.
const AT_ONCE: usize = 4;

/// Sends reports. Cloning shares its connections.
#[derive(Clone)]
pub struct Reports {
    control: Control,
    metrics: Arc<Metrics>,
    client: WebhookClient,
    /// What pages are called, to lead there; `None`: nobody knows.
    pages: Option<String>,
    /// This control plane, as it says what it works on.
    lease: String,
}

impl Reports {
    /// Sends nothing yet.
    pub fn new(control: Control, metrics: Arc<Metrics>, pages: Option<String>) -> Self {
        let lease = format!("{:016x}", rand::random::<u64>());
        Self { control, metrics, client: WebhookClient::new(), pages, lease }
    }

    /// Sends what is due until `stop`, and ends what is under way then.
    pub fn start(self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            loop {
                if let Err(error) = self.turn().await {
                    tracing::warn!(%error, "it was not looked which reports are due; tried again");
                }
                if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                    return;
                }
            }
        })
    }

    async fn turn(&self) -> Result<(), StoreError> {
        let due = report_schedule::due(self.control.store.read(), now_ms()).await?;
        let sending = stream::iter(due).for_each_concurrent(AT_ONCE, |id| async move {
            if let Err(error) = self.send_if_due(&id).await {
                tracing::warn!(%error, schedule = id, "a report that is due was not sent; tried again");
            }
        });
        sending.await;
        Ok(())
    }

    /// Sends the report that is due, unless somebody else does.
    async fn send_if_due(&self, id: &str) -> Result<(), ManageError> {
        let Some((stored, mut send)) = self.take(id).await? else { return Ok(()) };
        self.attempt(&stored, &mut send).await;
        let next = next_try(&stored, &send, now_ms());
        self.settle(&stored, &send, next).await
    }

    /// Sends the last report at once, out of its turn: what is due stays due.
    pub async fn send_now(&self, actor: &Actor, grants: &Grants, id: &str) -> Result<StoredSend, ManageError> {
        let stored = manage::find(&self.control, grants, Action::ReportSchedule, id).await?;
        let mut send = self.begin_now(actor, &stored).await?;
        self.attempt(&stored, &mut send).await;
        self.end(&send).await?;
        Ok(send)
    }
}
