//! Values of fields, to choose filters from.

use control_plane_core::{
    permission::Visible,
    search::{Order, Search},
};

use crate::store::{
    Store, StoreError,
    request::{self, COUNTED},
};

/// So long ago values are of late.
const LATE_MS: i64 = 7 * 86_400_000;
/// More are nothing that one chooses from.
const MOST: usize = 20;

/// The values of a field that the newest requests have, those of most requests first: as many rows are looked at however many
/// there are.
pub async fn known(
    store: &Store,
    visible: Visible,
    field: &str,
    part: &str,
    now_ms: i64,
) -> Result<Vec<String>, StoreError> {
    let Some(field) = COUNTED.into_iter().find(|it| it.as_str() == field) else { return Ok(Vec::new()) };
    let search = Search {
        visible,
        since_ms: now_ms - LATE_MS,
        until_ms: now_ms + 1,
        conditions: Vec::new(),
        id: None,
        order: Order::Newest,
    };
    let mut tx = store.read_consistent().await?;
    request::known_values(&mut tx, &search, field, &part.to_lowercase(), MOST).await
}
