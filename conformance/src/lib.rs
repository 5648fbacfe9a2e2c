//! The conformance kit: requests that real clients sent, played against any deployment, and what its answers lack that
//! those clients need.
//!
//! Never here: knowledge of one deployment, configuration, files. What is judged is what a client sees.

mod judge;
mod play;
mod recording;

pub use judge::Verdict;
pub use play::{Deployment, Played, play};
pub use recording::{Recording, recordings};
