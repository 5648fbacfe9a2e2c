//! The allocator, and how it gives memory back.

use std::hint::black_box;
use std::time::Duration;

/// Request bodies are large and short-lived: this allocator does not return them to the kernel one by one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often the allocator is given the chance to return what it no longer needs.
const EVERY: Duration = Duration::from_secs(2);
/// More than it keeps for itself when it is freed.
const LARGE: usize = 4 * 1024 * 1024;

/// Makes an idle process small again, for ever. The allocator returns memory that was free for a second when next a large
/// piece is freed; after a peak that may be never.
pub async fn give_back() {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        // Reserved and never touched, so it costs no memory itself.
        drop(black_box(Vec::<u8>::with_capacity(LARGE)));
    }
}
