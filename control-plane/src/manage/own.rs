//! What a caller may know: its own usage, and nothing of others. Every question that its pages ask goes through here, and is about
//! the one caller.

use control_plane_core::{
    insight::{Series, SeriesRequest, Totals, TotalsRequest},
    permission::Visible,
    report::{Dimension, Filter},
    search::{Condition, Order, PagePlace, Search, SearchError, SearchQuery, TextField},
};

use super::{insight, request::oldest};
use crate::store::{
    Store, StoreError,
    request::{self, Effort, RequestPage, StoredRequest},
};

/// The usage of one caller.
pub struct Own<'a> {
    store: &'a Store,
    caller: &'a str,
}

impl<'a> Own<'a> {
    /// Of a caller, by its id.
    pub const fn new(store: &'a Store, caller: &'a str) -> Self {
        Self { store, caller }
    }

    fn filters(&self) -> Vec<Filter> {
        vec![Filter { dimension: Dimension::Caller, values: vec![self.caller.to_owned()], negated: false }]
    }

    fn condition(&self) -> Condition {
        Condition::Text { field: TextField::Caller, negated: false, values: vec![self.caller.to_owned()] }
    }

    /// A chart of it.
    pub async fn series(&self, request: SeriesRequest) -> Result<Series, StoreError> {
        insight::series(self.store, &Visible::All, SeriesRequest { filters: self.filters(), ..request }).await
    }

    /// Its sums.
    pub async fn totals(&self, request: TotalsRequest) -> Result<Totals, StoreError> {
        insight::totals(self.store, &Visible::All, TotalsRequest { filters: self.filters(), ..request }).await
    }

    /// Its requests of a period, the newest first.
    pub fn search(&self, since: &str, until: &str, now_ms: i64) -> Result<Search, Vec<SearchError>> {
        let query = SearchQuery { since: since.to_owned(), until: until.to_owned(), ..SearchQuery::default() };
        let search = Search::parse(Visible::All, &query, now_ms)?;
        Ok(Search { conditions: vec![self.condition()], ..search })
    }

    /// A page of such a search.
    pub async fn page(
        &self,
        search: &Search,
        place: Option<&PagePlace>,
        limit: u32,
    ) -> Result<RequestPage, StoreError> {
        let mut tx = self.store.read_consistent().await?;
        request::page(&mut tx, search, place, limit, Effort::PAGE).await
    }

    /// One of its requests; `None`: there is none, or it is somebody else's.
    pub async fn request(&self, id: &str) -> Result<Option<StoredRequest>, StoreError> {
        let mut tx = self.store.read_consistent().await?;
        let found = request::by_id(&mut tx, &Visible::All, id).await?;
        Ok(found.filter(|it| it.record.caller == self.caller))
    }

    /// Its first request of all.
    pub async fn first(&self, now_ms: i64) -> Result<Option<StoredRequest>, StoreError> {
        let search = Search {
            visible: Visible::All,
            since_ms: 0,
            until_ms: now_ms + 1,
            conditions: vec![self.condition()],
            id: None,
            order: Order::Newest,
        };
        let mut tx = self.store.read_consistent().await?;
        oldest(&mut tx, &search).await
    }
}
