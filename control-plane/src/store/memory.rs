//! What a process remembers of roll-ups: what their keys mean, and whole days of them, added up.

mod days;
mod keys;

pub use self::{
    days::{DayPart, DaySpan, Text, added_up},
    keys::{Keys, KeysAsked},
};

/// Remembered for all who read; see its parts for why each is never out of date.
#[derive(Default)]
pub struct RollupMemory {
    /// What keys mean.
    pub keys: keys::KnownKeys,
    /// Whole days.
    pub days: days::KnownDays,
}
