use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::Level;

/// One line of a kind is written in this time; how many more there were is told afterwards.
pub(super) const WINDOW: Duration = Duration::from_secs(10);
/// Kinds that are told apart at the same time; what comes beyond is one kind.
const KINDS: usize = 512;
/// The module of lines that tell what was left out.
pub(super) const NEVER_LIMITED: &str = "smart_router::logging";
/// What is beyond them.
const OTHERS: &str = "others";

/// Lines that say the same, and how many of them were left out.
#[derive(Default)]
pub(super) struct Repeats {
    kinds: Mutex<HashMap<String, Repeated>>,
}

struct Repeated {
    since: Instant,
    level: Level,
    left_out: u64,
}

impl Repeats {
    /// Whether a line of that kind is written now. If not, it is counted.
    pub fn says(&self, kind: String, level: Level, now: Instant) -> bool {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = if kinds.len() < KINDS || kinds.contains_key(&kind) { kind } else { OTHERS.to_owned() };
        if let Some(kind) = kinds.get_mut(&kind) {
            kind.left_out += 1;
            return false;
        }
        kinds.insert(kind, Repeated { since: now, level, left_out: 0 });
        true
    }

    /// What was left out since this was asked before. A kind whose time is over without another line is forgotten; any other
    /// begins anew.
    pub fn left_out(&self, now: Instant) -> Vec<(String, Level, u64)> {
        let mut told = Vec::new();
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        kinds.retain(|kind, it| {
            let left_out = mem::take(&mut it.left_out);
            if left_out > 0 {
                told.push((kind.clone(), it.level, left_out));
            }
            now.duration_since(it.since) < WINDOW
        });
        told.sort_by(|a, b| a.0.cmp(&b.0));
        told
    }

    /// Writes it to the log.
    pub fn tell(&self) {
        for (kind, level, lines) in self.left_out(Instant::now()) {
            if level == Level::INFO {
                tracing::info!(target: NEVER_LIMITED, lines, kind, "more lines of a kind");
            } else {
                tracing::warn!(target: NEVER_LIMITED, lines, kind, "more lines of a kind");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_once_in_its_time_and_the_rest_is_counted() {
        let (repeats, start) = (Repeats::default(), Instant::now());
        let says = |kind: &str, at: u64| repeats.says(kind.to_owned(), Level::WARN, start + Duration::from_secs(at));
        let left_out = |at: u64| repeats.left_out(start + Duration::from_secs(at));
        assert!(says("a", 0) && says("b", 1));
        assert!(!says("a", 1) && !says("a", 9));
        assert_eq!(left_out(10), [("a".to_owned(), Level::WARN, 2)]);
        assert!(says("a", 10), "its time was over");
        assert!(!says("b", 10), "the other's is not");
        assert_eq!(left_out(11), [("b".to_owned(), Level::WARN, 1)]);
        assert!(left_out(30).is_empty());
        assert!(says("a", 30) && says("b", 30));
    }

    #[test]
    fn a_flood_of_kinds_is_one_kind() {
        let (repeats, now) = (Repeats::default(), Instant::now());
        let said = (0..KINDS + 100).filter(|it| repeats.says(it.to_string(), Level::WARN, now)).count();
        assert_eq!(said, KINDS + 1);
        assert_eq!(repeats.left_out(now), [(OTHERS.to_owned(), Level::WARN, 99)]);
    }
}
