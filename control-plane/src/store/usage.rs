//! Tables `usage_*`, written to: events, roll-ups, watermarks. All in one transaction of [`crate::ingest`].

mod event;
mod insert;
mod rollup;
mod watermark;

pub use event::{StoredEvent, insert_events};
pub use rollup::{Additions, RollupKeys, add_rollups, change_days, lock_rollups, prune_minutes, rollup_keys};
pub use watermark::{
    StoredWatermark, is_known, lock_log, lock_watermark, requests_of, set_watermark, watermarks, watermarks_of_others,
};
