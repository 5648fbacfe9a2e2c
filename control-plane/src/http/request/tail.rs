use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::extract::FromRequestParts;
use axum::{
    extract::State,
    http::{Request, StatusCode, request::Parts},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use control_plane_core::{
    permission::{Action, permit_somewhere},
    search::{Search, SearchQuery},
};
use tokio::{
    sync::mpsc,
    time::{Instant, interval},
};
use tokio_stream::wrappers::ReceiverStream;

use super::{
    line::line,
    listing::{Listing, listing},
};
use crate::{
    clock::now_ms,
    http::{App, admin::Admin, identify::identify, input::Asked, problem::Problem},
    store::{
        StoreError,
        request::{self, Arrived},
    },
};

/// How often is looked.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is asked whether whoever looks still may.
const PERMITTED: u32 = 5;
/// So long it goes on; browsers begin anew by themselves.
const LONGEST: Duration = Duration::from_mins(30);
/// So many requests of each router are told at a time.
const MOST: u32 = 100;
/// So many look at the same time, and so many of one reader: others find a place.
const SEATS: usize = 32;
const SEATS_OF_ONE: usize = 4;
static TAKEN: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// A reader's place, until it is dropped.
struct Seat(String);

impl Seat {
    /// A place, if there is one for that reader.
    fn take(reader: String) -> Option<Self> {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let of_one = taken.get(&reader).copied().unwrap_or_default();
        if taken.values().sum::<usize>() >= SEATS || of_one >= SEATS_OF_ONE {
            return None;
        }
        taken.insert(reader.clone(), of_one + 1);
        Some(Self(reader))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_one) = taken.get_mut(&self.0) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.remove(&self.0);
            }
        }
    }
}

/// Requests as they are reported: server-sent events.
///
/// Each event `request` is a line of the list; `end` is the last event, and says why. It begins with what comes from now on. A
/// request comes once, when its router has reported it, whichever replica took the report.
#[utoipa::path(get, path = "/api/v1/requests/tail", tag = "requests", operation_id = "tail", security(("admin_token" = [])),
    params(("filter" = Option<Vec<String>>, Query, description = "As for the list")),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String),
              (status = 429, description = "`too-many-tails`: as many look at the same time as may, 32 in all and 4 of each")))]
pub async fn tail(
    State(app): State<App>,
    admin: Admin,
    asker: Asker,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let Listing { query, .. } = listing(pairs, &["filter"])?;
    searched(&admin, &query)?;
    let Some(seat) = Seat::take(admin.actor.label()) else {
        let detail = "as many look at requests as they come as may at the same time, 32 in all and 4 of each: close one, or try again later";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-tails", detail));
    };
    let mut tx = app.control.store.read_consistent().await?;
    let seen = request::arrived(&mut tx).await?;
    drop(tx);
    let (events, stream) = mpsc::channel(64);
    tokio::spawn(follow(Follower { app, admin, asker, query, seen, _seat: seat }, events));
    Ok(Sse::new(ReceiverStream::new(stream)).keep_alive(KeepAlive::default()).into_response())
}

/// The head of a request, by which whoever asks is known again.
pub struct Asker(Parts);

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let (mut head, ()) = Request::new(()).into_parts();
        head.headers = parts.headers.clone();
        head.uri = parts.uri.clone();
        head.method = parts.method.clone();
        Ok(Self(head))
    }
}

struct Follower {
    app: App,
    admin: Admin,
    asker: Asker,
    query: SearchQuery,
    seen: Arrived,
    _seat: Seat,
}

fn searched(admin: &Admin, query: &SearchQuery) -> Result<Search, Problem> {
    Ok(Search::parse(admin.visible(Action::RequestRead), query, now_ms())?)
}

/// Tells what comes until nobody listens any more, or may not. No connection to the database is held between two looks.
async fn follow(mut follower: Follower, events: mpsc::Sender<Result<Event, Infallible>>) {
    let (began, mut ticks, mut looks) = (Instant::now(), interval(EVERY), 0_u32);
    let why = loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = events.closed() => return,
        }
        looks += 1;
        if began.elapsed() > LONGEST {
            break "it has gone on for half an hour: begin anew";
        }
        if looks.is_multiple_of(PERMITTED) && !follower.still_may().await {
            break "whoever looked may not any more";
        }
        // What the database does not tell now it tells at the next look.
        let Ok(lines) = follower.look().await else { continue };
        for event in lines {
            if events.send(Ok(event)).await.is_err() {
                return;
            }
        }
    };
    let _gone = events.send(Ok(Event::default().event("end").data(why))).await;
}

impl Follower {
    async fn still_may(&mut self) -> bool {
        match identify(&self.app, &self.asker.0).await {
            Ok(Some(admin)) if permit_somewhere(&admin.grants, Action::RequestRead).is_ok() => {
                self.admin = admin;
                true
            }
            Ok(_) => false,
            // Nobody knows at the moment.
            Err(_) => true,
        }
    }

    async fn look(&mut self) -> Result<Vec<Event>, StoreError> {
        let Ok(search) = searched(&self.admin, &self.query) else { return Ok(Vec::new()) };
        let mut tx = self.app.control.store.read_consistent().await?;
        let now = request::arrived(&mut tx).await?;
        let found = request::between(&mut tx, &search, &self.seen, &now, MOST).await?;
        self.seen = now;
        let event = |it| Event::default().event("request").json_data(line(it)).unwrap_or_default();
        Ok(found.into_iter().map(event).collect())
    }
}
