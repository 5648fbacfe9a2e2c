use control_plane_core::{
    permission::Action,
    search::{Condition, Order, Search, TextField},
    usage::UsageRecord,
};
use web::{
    Screen, Tag, Tone,
    first::{Arrived, FirstRequest},
    show::{Millis, Money},
};

use super::{reader::Reader, wrong::Wrong};
use crate::{http::App, manage::request, store::request::StoredRequest};

/// For so long the first request is news.
const NEWS_MS: i64 = 3_600_000;

/// Whether a first request has come not long ago.
pub fn is_news(first: &StoredRequest, now_ms: i64) -> bool {
    now_ms - first.record.started_ms <= NEWS_MS
}

/// The first request of all that somebody may see; of a token, where one is named.
pub async fn oldest(
    app: &App,
    reader: &Reader,
    token: Option<&str>,
    now_ms: i64,
) -> Result<Option<StoredRequest>, Wrong> {
    let of_it = |it: &str| Condition::Text { field: TextField::Token, negated: false, values: vec![it.to_owned()] };
    let search = Search {
        visible: reader.admin.visible(Action::RequestRead),
        since_ms: 0,
        until_ms: now_ms + 1,
        conditions: token.map(of_it).into_iter().collect(),
        id: None,
        order: Order::Newest,
    };
    let mut tx = app.control.store.read_consistent().await?;
    Ok(request::oldest(&mut tx, &search).await?)
}

/// The first request as those see it who may see requests.
pub fn arrived(record: &UsageRecord) -> Arrived {
    let outcome = if record.failed() {
        Tag::new(Tone::Bad, record.code.clone())
    } else {
        Tag::new(Tone::Good, record.status.to_string())
    };
    Arrived {
        href: format!("{}/{}", Screen::Requests.path(), record.request_id),
        outcome,
        group: record.group.clone(),
        target: record.model.clone(),
        took: Millis(Some(record.latency_us as f64 / 1_000.0)),
        cost: Some(Money(record.cost.total.into())),
    }
}

/// The part of a page that asks for itself until the first request has arrived.
pub fn part(poll: &str, here: &str, arrived: Option<Arrived>) -> FirstRequest {
    let poll_href = if arrived.is_some() { String::new() } else { poll.to_owned() };
    FirstRequest { poll_href, here_href: here.to_owned(), arrived }
}

/// The same of a token, by its id.
pub fn of_token(id: &str, first: Option<&StoredRequest>) -> FirstRequest {
    let here = format!("{}/{id}", Screen::Tokens.path());
    part(&format!("{here}/first"), &here, first.map(|it| arrived(&it.record)))
}
