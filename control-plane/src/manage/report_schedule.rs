//! Reports that are sent at intervals: made, changed and removed. What is sent is as much as whoever makes one may see.

use control_plane_core::{
    Document,
    audit::{Actor, AuditAction, AuditEvent},
    permission::{Action, Grants, Visible, permit, visible},
    schedule::ReportSchedule,
};

use super::{
    Control, ManageError,
    config::{self, Author},
};
use crate::{
    clock::now_ms,
    store::{
        audit,
        report_schedule::{
            self, StoredSchedule,
            send::{self, StoredSend},
        },
    },
};

/// So many there are at most.
const MOST: usize = 200;

/// A schedule and its last try.
pub struct ScheduleStanding {
    /// As it is stored.
    pub stored: StoredSchedule,
    /// `None`: nothing was sent yet.
    pub last: Option<StoredSend>,
}

/// Those that somebody may see, the oldest first.
pub async fn list(control: &Control, grants: &Grants) -> Result<Vec<ScheduleStanding>, ManageError> {
    let sees = visible(grants, Action::ReportRead);
    let mut last = send::last(control.store.read()).await?;
    let all = report_schedule::all(control.store.read()).await?;
    let shown = all.into_iter().filter(|it| sees.includes(it.schedule.project.as_deref()));
    let standing = shown.map(|stored| {
        let at = last.iter().position(|it| it.schedule == stored.id);
        ScheduleStanding { last: at.map(|at| last.swap_remove(at)), stored }
    });
    Ok(standing.collect())
}

/// One that somebody may do something to; to others it is not there.
pub async fn find(control: &Control, grants: &Grants, action: Action, id: &str) -> Result<StoredSchedule, ManageError> {
    let sees = visible(grants, Action::ReportRead);
    let found = report_schedule::by_id(control.store.read(), id).await?;
    let found = found.filter(|it| sees.includes(it.schedule.project.as_deref())).ok_or_else(|| missing(id))?;
    permit(grants, action, found.schedule.project.as_deref())?;
    Ok(found)
}

/// The tries of one, the newest first.
pub async fn sends(control: &Control, id: &str, limit: u32) -> Result<Vec<StoredSend>, ManageError> {
    Ok(send::of_schedule(control.store.read(), id, limit).await?)
}

/// Makes one.
pub async fn create(
    control: &Control,
    author: Author<'_>,
    schedule: ReportSchedule,
) -> Result<StoredSchedule, ManageError> {
    let now = now_ms();
    let due_ms = checked(control, author.grants, &schedule, now).await?;
    let stored = StoredSchedule {
        id: format!("{:016x}", rand::random::<u64>()),
        schedule,
        created_by: author.actor.label(),
        created_ms: now,
        revision: 1,
        due_ms,
        retry_ms: due_ms,
        tries: 0,
        lease: String::new(),
        lease_ms: 0,
    };
    let mut tx = control.store.write().await?;
    if report_schedule::all(tx.connection()).await?.len() >= MOST {
        return Err(ManageError::Conflict(format!("there are {MOST} schedules already: remove some")));
    }
    report_schedule::insert(&mut tx, &stored).await?;
    record(&mut tx, author.actor, AuditAction::ReportScheduleCreate, &stored, None).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Changes one over the revision that its author had in hand; `None`: whatever is there. What was due and is not sent is not sent any
/// more.
pub async fn change(
    control: &Control,
    author: Author<'_>,
    id: &str,
    schedule: ReportSchedule,
    revision: Option<u64>,
) -> Result<StoredSchedule, ManageError> {
    let before = find(control, author.grants, Action::ReportSchedule, id).await?;
    let due_ms = checked(control, author.grants, &schedule, now_ms()).await?;
    let expected = revision.unwrap_or(before.revision);
    let after = StoredSchedule {
        schedule,
        revision: expected.saturating_add(1),
        due_ms,
        retry_ms: due_ms,
        tries: 0,
        lease: String::new(),
        lease_ms: 0,
        ..before.clone()
    };
    let mut tx = control.store.write().await?;
    if !report_schedule::update(&mut tx, &after).await? {
        let current = report_schedule::by_id(tx.connection(), id).await?.ok_or_else(|| missing(id))?;
        return Err(ManageError::ScheduleChanged { expected, current: current.revision });
    }
    record(&mut tx, author.actor, AuditAction::ReportScheduleChange, &after, Some(&before)).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes one, with what is known of its sends.
pub async fn remove(control: &Control, author: Author<'_>, id: &str) -> Result<(), ManageError> {
    let found = find(control, author.grants, Action::ReportSchedule, id).await?;
    let mut tx = control.store.write().await?;
    if !report_schedule::delete(&mut tx, id).await? {
        return Err(missing(id));
    }
    record(&mut tx, author.actor, AuditAction::ReportScheduleRemove, &found, None).await?;
    Ok(tx.commit().await?)
}

/// The webhooks that there are, by their ids.
pub async fn webhooks(control: &Control) -> Result<Vec<String>, ManageError> {
    Ok(in_force(control).await?.settings.webhooks.into_iter().map(|it| it.id).collect())
}

/// The configuration in force, or none.
pub async fn in_force(control: &Control) -> Result<Document, ManageError> {
    let current = config::current(control.store.read()).await?;
    Ok(current.map_or_else(Document::empty, |it| it.document))
}

/// Of whose usage it tells.
pub fn told(schedule: &ReportSchedule) -> Visible {
    match &schedule.project {
        None => Visible::All,
        Some(project) => Visible::Projects([project.clone()].into()),
    }
}

/// When it is due first. Fails where it may not be made, or with all that is wrong with it.
async fn checked(
    control: &Control,
    grants: &Grants,
    schedule: &ReportSchedule,
    now_ms: i64,
) -> Result<i64, ManageError> {
    permit(grants, Action::ReportSchedule, schedule.project.as_deref())?;
    let mistakes = schedule.check(&in_force(control).await?, now_ms);
    match schedule.cadence() {
        Some(cadence) if mistakes.is_empty() => Ok(cadence.next_ms(now_ms)),
        _ => Err(ManageError::InvalidSchedule(mistakes)),
    }
}

async fn record(
    tx: &mut crate::store::Tx,
    actor: &Actor,
    action: AuditAction,
    it: &StoredSchedule,
    before: Option<&StoredSchedule>,
) -> Result<(), ManageError> {
    let told = |it: &ReportSchedule| {
        let every = format!("every {} at {}", it.every.as_str(), it.at);
        let paused = if it.paused { ", paused" } else { "" };
        format!("{}: {every}, to the webhook {}{paused}", it.name, it.webhook)
    };
    let event = AuditEvent {
        at_ms: now_ms(),
        actor: actor.clone(),
        action,
        target: format!("report-schedule/{}", it.id),
        version: None,
        detail: told(&it.schedule),
    };
    let projects =
        [Some(it), before].into_iter().flatten().map(|it| it.schedule.project.as_deref().unwrap_or_default());
    let projects: std::collections::BTreeSet<&str> = projects.collect();
    audit::record_about(tx, &event, projects).await?;
    Ok(())
}

fn missing(id: &str) -> ManageError {
    ManageError::NotFound { kind: "report schedule", id: id.to_owned() }
}
