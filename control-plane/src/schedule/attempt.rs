//! One try to send a report: taken, made, sent, and written down.

use std::time::Duration;

use control_plane_core::{
    audit::{Actor, AuditAction, AuditEvent},
    document::Webhook,
    schedule::ReportPeriod,
};
use tokio::time::timeout;

use super::{Reports, message};
use crate::{
    clock::now_ms,
    manage::{ManageError, config, outside, report, report_schedule as manage},
    store::{
        audit,
        report_schedule::{
            self, NextTry, StoredSchedule,
            send::{self, SendOutcome, StoredSend},
        },
    },
};

/// After how long a report that was not taken is tried again. After the last it is given up.
const BACKOFF_MS: [i64; 5] = [60_000, 5 * 60_000, 15 * 60_000, 3_600_000, 3 * 3_600_000];
/// How long making a report may take.
const MAKING: Duration = Duration::from_mins(1);
/// How long a control plane surely works on one: longer than making and sending it takes.
const LEASE_MS: i64 = 2 * 60_000;
/// How often what became of it is written down while the database is away.
const TRIES_TO_SETTLE: usize = 5;

/// What is due next after a try.
pub fn next_try(stored: &StoredSchedule, send: &StoredSend, now_ms: i64) -> NextTry {
    let later = stored.schedule.cadence().map_or(i64::MAX, |it| it.next_ms(now_ms));
    let backoff = usize::try_from(send.attempt).ok().and_then(|it| BACKOFF_MS.get(it.saturating_sub(1)));
    match (send.outcome, backoff) {
        // What is due next is told instead of what could not be told until then.
        (SendOutcome::Failed, Some(backoff)) if now_ms.saturating_add(*backoff) < later => {
            NextTry { due_ms: stored.due_ms, retry_ms: now_ms.saturating_add(*backoff), tries: send.attempt }
        }
        _ => NextTry { due_ms: later, retry_ms: later, tries: 0 },
    }
}

impl Reports {
    /// Takes a report that is due, and notes that it is sent now; `None`: somebody else does.
    pub(super) async fn take(&self, id: &str) -> Result<Option<(StoredSchedule, StoredSend)>, ManageError> {
        let now = now_ms();
        let mut tx = self.control.store.write().await?;
        if !report_schedule::claim(&mut tx, id, &self.lease, now, now.saturating_add(LEASE_MS)).await? {
            return Ok(None);
        }
        let Some(mut stored) = report_schedule::by_id(tx.connection(), id).await? else { return Ok(None) };
        let Some(cadence) = stored.schedule.cadence() else { return Ok(None) };
        let period = cadence.latest(now);
        let missed = cadence.times(stored.due_ms, period.due_ms);
        if period.due_ms > stored.due_ms {
            (stored.due_ms, stored.tries) = (period.due_ms, 0);
        }
        send::interrupt(&mut tx, id, now).await?;
        let message = format!("report_{id}_{}", period.due_ms);
        let begun = StoredSend { attempt: stored.tries + 1, missed, ..sending(&stored, period, message, now) };
        send::begin(&mut tx, &begun).await?;
        tx.commit().await?;
        Ok(Some((stored, begun)))
    }

    /// Notes that somebody sends a report out of its turn.
    pub(super) async fn begin_now(&self, actor: &Actor, stored: &StoredSchedule) -> Result<StoredSend, ManageError> {
        let now = now_ms();
        let Some(cadence) = stored.schedule.cadence() else {
            return Err(ManageError::InvalidSchedule(
                stored.schedule.check(&manage::in_force(&self.control).await?, now),
            ));
        };
        let message = format!("trial_{}_{:016x}", stored.id, rand::random::<u64>());
        let asked_by = actor.label();
        let begun = StoredSend { asked_by, ..sending(stored, cadence.latest(now), message, now) };
        let event = AuditEvent {
            at_ms: now,
            actor: actor.clone(),
            action: AuditAction::ReportScheduleSend,
            target: format!("report-schedule/{}", stored.id),
            version: None,
            detail: format!("{}, to the webhook {}", stored.schedule.name, stored.schedule.webhook),
        };
        let mut tx = self.control.store.write().await?;
        send::begin(&mut tx, &begun).await?;
        audit::record_about(&mut tx, &event, [stored.schedule.project.as_deref().unwrap_or_default()]).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// Makes a report and sends it; notes in `send` what became of it.
    pub(super) async fn attempt(&self, stored: &StoredSchedule, send: &mut StoredSend) {
        let outcome = match self.told(stored, send).await {
            Ok(status) if (200..300).contains(&status) => (SendOutcome::Sent, Some(status), String::new()),
            Ok(status @ 300..400) => {
                (SendOutcome::Failed, Some(status), "it redirects, which is not followed".to_owned())
            }
            Ok(status) => (SendOutcome::Failed, Some(status), format!("it answered {status}")),
            Err(why) => (SendOutcome::Failed, None, why),
        };
        (send.outcome, send.status, send.error) = outcome;
        send.ended_ms = Some(now_ms());
        self.metrics.report_sent(send.outcome.as_str());
        let (schedule, attempt) = (&stored.id, send.attempt);
        if send.outcome == SendOutcome::Sent {
            tracing::info!(schedule, attempt, "a report was sent");
        } else {
            tracing::warn!(schedule, attempt, status = send.status, why = send.error, "a report was not sent");
        }
    }

    /// The status that the webhook answers with, or why it was not asked.
    async fn told(&self, stored: &StoredSchedule, send: &StoredSend) -> Result<u16, String> {
        let (webhook, body) = timeout(MAKING, self.made(stored, send))
            .await
            .map_err(|_| "making the report took too long".to_owned())??;
        let secret = match &webhook.secret {
            None => None,
            Some(reference) => {
                let reach = self.reach().await.map_err(|error| unknown(&error))?;
                let found = outside::secret(&self.control, reach, reference).await;
                Some(found.map_err(|why| format!("the `secret` of the webhook `{}`: {why}", webhook.id))?)
            }
        };
        let headers = message::headers(&send.message, &body, secret.as_ref(), now_ms());
        self.client.post(&webhook, headers, body).await.map_err(|why| why.to_string())
    }

    async fn reach(&self) -> Result<crate::Reach, ManageError> {
        let mut db = self.control.store.read().acquire().await.map_err(crate::store::StoreError::from)?;
        match config::current(&mut *db).await? {
            Some(current) => Ok(config::reach(&mut db, &current.about).await?),
            None => Ok(crate::Reach::Listed),
        }
    }

    /// Where a report goes, and what it says.
    async fn made(&self, stored: &StoredSchedule, send: &StoredSend) -> Result<(Webhook, String), String> {
        let schedule = &stored.schedule;
        let document = manage::in_force(&self.control).await.map_err(|error| unknown(&error))?;
        let webhook = document.settings.webhooks.iter().find(|it| it.id == schedule.webhook).cloned();
        let webhook = webhook.ok_or_else(|| format!("`settings.webhooks` has no `{}` any more", schedule.webhook))?;
        let baseline = schedule.prices(&document).map_err(|error| error.to_string())?.map(Into::into);
        let period = ReportPeriod { since_ms: send.since_ms, until_ms: send.until_ms, due_ms: send.started_ms };
        let request = schedule
            .request(period)
            .map_err(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        let mut tx = self.control.store.read_consistent().await.map_err(|error| unknown(&error.into()))?;
        let report = report::usage(&mut tx, &document, request, baseline, &manage::told(schedule)).await;
        let report = report.map_err(|error| unknown(&error.into()))?;
        Ok((webhook, message::body(stored, send, &report, self.pages.as_deref(), now_ms())))
    }

    /// Notes what became of a try, and when the next one is.
    pub(super) async fn settle(
        &self,
        stored: &StoredSchedule,
        send: &StoredSend,
        next: NextTry,
    ) -> Result<(), ManageError> {
        let noted = async || {
            let mut tx = self.control.store.write().await?;
            send::end(&mut tx, send).await?;
            report_schedule::settle(&mut tx, &stored.id, &self.lease, next).await?;
            tx.commit().await
        };
        // What is not written down would be sent again.
        for _ in 1..TRIES_TO_SETTLE {
            match noted().await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::warn!(%error, schedule = stored.id, "what became of a report is not written down yet");
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(noted().await?)
    }

    pub(super) async fn end(&self, send: &StoredSend) -> Result<(), ManageError> {
        let mut tx = self.control.store.write().await?;
        send::end(&mut tx, send).await?;
        Ok(tx.commit().await?)
    }
}

fn sending(stored: &StoredSchedule, period: ReportPeriod, message: String, now_ms: i64) -> StoredSend {
    StoredSend {
        id: format!("{:016x}", rand::random::<u64>()),
        schedule: stored.id.clone(),
        message,
        since_ms: period.since_ms,
        until_ms: period.until_ms,
        missed: 0,
        attempt: 1,
        asked_by: String::new(),
        started_ms: now_ms,
        ended_ms: None,
        outcome: SendOutcome::Sending,
        status: None,
        error: String::new(),
    }
}

/// The database's own words go to the log alone.
fn unknown(error: &ManageError) -> String {
    tracing::warn!(%error, "a report could not be made");
    "the database did not answer as it should".to_owned()
}

#[cfg(test)]
mod tests {
    use control_plane_core::schedule::{Every, ReportSchedule};

    use super::*;

    fn stored() -> StoredSchedule {
        let schedule = ReportSchedule { every: Every::Day, at: "08:00".to_owned(), ..ReportSchedule::default() };
        let (created_by, lease) = Default::default();
        StoredSchedule {
            id: "s".to_owned(),
            schedule,
            created_by,
            created_ms: 0,
            revision: 1,
            due_ms: 8 * 3_600_000,
            retry_ms: 8 * 3_600_000,
            tries: 0,
            lease,
            lease_ms: 0,
        }
    }

    #[test]
    fn what_failed_is_tried_again_later_and_later_and_given_up() {
        let (stored, now) = (stored(), 8 * 3_600_000);
        let tomorrow = NextTry { due_ms: now + 86_400_000, retry_ms: now + 86_400_000, tries: 0 };
        let after = |outcome, attempt, now| {
            let send = StoredSend { attempt, outcome, ..sending(&stored, ReportPeriod::default(), String::new(), now) };
            next_try(&stored, &send, now)
        };
        assert_eq!(after(SendOutcome::Sent, 1, now), tomorrow);
        for (attempt, backoff) in BACKOFF_MS.into_iter().enumerate() {
            let attempt = attempt as u64 + 1;
            let next = NextTry { due_ms: stored.due_ms, retry_ms: now + backoff, tries: attempt };
            assert_eq!(after(SendOutcome::Failed, attempt, now), next);
        }
        assert_eq!(after(SendOutcome::Failed, 6, now), tomorrow);
        // What is due before the next try takes its place.
        let late = tomorrow.due_ms - 30_000;
        assert_eq!(after(SendOutcome::Failed, 1, late), tomorrow);
    }
}
