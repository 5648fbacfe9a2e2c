//! What a process remembers of roll-ups: what their keys mean, and whole days of them, added up.

mod days;
mod keys;

pub(super) use self::{
    days::{Part, Stretch, Text, added_up},
    keys::{Keys, KnownKeys},
};

/// Remembered for all who read; see its parts for why each is never out of date.
#[derive(Default)]
pub struct RollupMemory {
    pub(super) keys: KnownKeys,
    pub(super) days: days::KnownDays,
}
