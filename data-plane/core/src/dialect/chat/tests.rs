#![expect(clippy::unwrap_used, reason = "tests")]

mod captures;
mod golden;
mod reports;
pub(super) mod support;
