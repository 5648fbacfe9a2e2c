//! Numbers, money and moments as people read them: short, with the whole on hover and for machines.

mod amount;
mod moment;
mod money;
mod prose;

pub use amount::{Count, Delta, Millis, Percent, Rate, Wish};
pub use moment::{Clock, Moment, Stamp};
pub use money::{Money, UnitPrice};
pub use prose::Prose;

#[cfg(test)]
mod tests;
