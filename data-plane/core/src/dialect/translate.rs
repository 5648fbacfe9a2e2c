//! From one dialect to another: requests, answers and streams. Each pair goes through the [neutral form](super::neutral);
//! this is where the dialects meet, and the only place that knows all three.

mod answer;
mod calls;
mod filtered;
mod lost;
mod order;
mod request;
mod stream;

pub use super::codec::Terminal;
pub use super::neutral::{Fidelity, Impossible, Realm, Reply, ToolNames, Warning, Warnings};
pub use answer::{Translated, answer_operation, translate_answer};
pub use request::{Neutral, Written};
pub use stream::StreamTranslator;
