//! One request with what explains it.

use control_plane_core::{
    permission::Visible,
    search::{Condition, Cursor, Order, PagePlace, Search, TextField},
};
use data_plane_core::error::{Code, Entry};

use super::ManageError;
use crate::store::{
    ReadTx, StoreError, config,
    request::{self, Effort, StoredRequest},
};

/// How many requests of the same session are told before it, and behind it.
const NEIGHBOURS: u32 = 5;
/// As far away as these may be.
const NEAR_MS: i64 = 7 * 86_400_000;

/// A request with what explains it.
pub struct RequestDetail {
    /// With its attempts, candidates and trace.
    pub request: StoredRequest,
    /// What the registry knows of its code; `None`: it was served, or went away.
    pub explained: Option<Entry>,
    /// The configuration document that was in force, by its version; `None`: it is not there any more.
    pub document_version: Option<u64>,
    /// What the same session did just before, the oldest first.
    pub before: Vec<StoredRequest>,
    /// And just behind.
    pub behind: Vec<StoredRequest>,
}

/// The oldest request that a search finds.
pub async fn oldest(tx: &mut ReadTx, search: &Search) -> Result<Option<StoredRequest>, StoreError> {
    let beginning = Cursor { rank: None, started_ms: 0, epoch: 0, sequence: 0, node: String::new() };
    let page = request::page(tx, search, Some(&PagePlace::Before(beginning)), 1, Effort::PAGE).await?;
    Ok(page.requests.into_iter().next())
}

/// All of one request; `None`: there is none, or it may not be seen.
pub async fn detail(tx: &mut ReadTx, visible: &Visible, id: &str) -> Result<Option<RequestDetail>, ManageError> {
    let Some(request) = request::by_id(tx, visible, id).await? else { return Ok(None) };
    let explained = Code::parse(&request.record.code).map(Code::entry);
    let document = config::in_force_at(tx.connection(), request.record.config_version).await?;
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    if !request.record.session.is_empty() {
        let at = request.record.started_ms;
        let search = Search {
            visible: visible.clone(),
            since_ms: at - NEAR_MS,
            until_ms: at + NEAR_MS,
            conditions: vec![Condition::Text {
                field: TextField::Session,
                negated: false,
                values: vec![request.record.session.clone()],
            }],
            id: None,
            order: Order::Newest,
        };
        let place = request::place_of(&request, Order::Newest);
        let older = PagePlace::After(place.clone());
        before = request::page(tx, &search, Some(&older), NEIGHBOURS, Effort::PAGE).await?.requests;
        before.reverse();
        let newer = PagePlace::Before(place);
        behind = request::page(tx, &search, Some(&newer), NEIGHBOURS, Effort::PAGE).await?.requests;
        behind.reverse();
    }
    let document_version = document.map(|it| it.about.version);
    Ok(Some(RequestDetail { request, explained, document_version, before, behind }))
}
