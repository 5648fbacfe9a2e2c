use std::time::Duration;

use crate::clock;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// How long to wait before the next try: at random between nothing and a bound that doubles from 100 ms to 10 s, so
/// that routers that lost the same control plane do not come back all at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Starts again with short waits.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits, and will wait longer the next time.
    pub async fn wait(&mut self) {
        let share = f64::from(clock::random_bits() as u32) / f64::from(u32::MAX);
        let wait = self.bound().mul_f64(share);
        self.failures += 1;
        tokio::time::sleep(wait).await;
    }

    fn bound(self) -> Duration {
        FIRST.saturating_mul(2u32.saturating_pow(self.failures)).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_ten_seconds() {
        let bounds = [0, 1, 3, 6, 7, 500].map(|failures| Backoff { failures }.bound().as_millis());
        assert_eq!(bounds, [100, 200, 800, 6_400, 10_000, 10_000]);
    }
}
