use control_plane_core::{
    node::NodeStatus,
    permission::{Action, permit},
    report::{AttemptRow, Query, Request, Subject},
};
use web::{
    Screen, Tag, Tone,
    overview::{NodeLine, TargetLine},
    show::{Count, Millis, Moment, Percent},
};

use super::{Glance, Reader, Wrong, filters};
use crate::{
    http::{App, pages::traffic::health},
    manage::node,
    store::report,
};

/// Of so long ago targets are told: how they are, not how they were.
const NOW: &str = "1h";

/// The routers, for those who may see them.
pub async fn nodes(app: &App, reader: &Reader, now_ms: i64) -> Result<Vec<NodeLine>, Wrong> {
    if permit(&reader.admin.grants, Action::NodeRead, None).is_err() {
        return Ok(Vec::new());
    }
    let mut all = node::list(&app.control).await?;
    all.retain(|(it, status)| !node::is_gone(it, *status, now_ms));
    Ok(all
        .into_iter()
        .map(|(it, status)| NodeLine {
            name: it.name,
            region: it.region,
            state: state(status),
            seen: Moment { at_ms: it.last_seen_ms.unwrap_or(it.created_ms), now_ms },
        })
        .collect())
}

/// How a router stands, as a word with its colour.
pub fn state(status: NodeStatus) -> Tag {
    let tone = match status {
        NodeStatus::Current => Tone::Good,
        NodeStatus::Behind | NodeStatus::Partial => Tone::Warning,
        NodeStatus::Away | NodeStatus::Revoked => Tone::Note,
        NodeStatus::Ahead | NodeStatus::Rejecting => Tone::Bad,
    };
    Tag::new(tone, status.as_str())
}

impl Glance<'_> {
    fn of_targets(&self) -> Result<Request, Wrong> {
        let query = Query {
            since: NOW.to_owned(),
            group_by: vec!["target".to_owned()],
            filters: self.reader.address.known(filters::of_attempts),
            ..Query::default()
        };
        Ok(Request::parse(Subject::Attempts, &query, self.now_ms)?)
    }
}

/// The targets that were called of late, those that fail first.
pub async fn targets(question: &Glance<'_>) -> Result<Vec<TargetLine>, Wrong> {
    let request = question.of_targets()?;
    let mut tx = question.store.read_consistent().await?;
    let mut rows = report::attempts(&mut tx, &request, question.seen).await?;
    rows.sort_by(|a, b| b.failed().cmp(&a.failed()).then(b.attempts().cmp(&a.attempts())));
    Ok(rows.iter().map(|row| line(question, row)).collect())
}

fn line(question: &Glance<'_>, row: &AttemptRow) -> TargetLine {
    let name = row.values.first().cloned().unwrap_or_default();
    let failed = row.failed_ratio().unwrap_or_default();
    TargetLine {
        href: question.reader.address.and("target", &name).href_with::<&str>(Screen::Requests.path(), &[]),
        name,
        state: health(failed),
        attempts: Count(row.attempts()),
        failed: Percent(failed),
        first_byte: Millis(row.first_byte_ms(0.95)),
    }
}
