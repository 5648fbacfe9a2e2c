//! How long a session lasts.

use crate::document::AdminSessions;

/// Why a session has ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was asked with it for too long.
    Idle,
    /// It is too old.
    Absolute,
}

/// Whether a session has ended by itself, by the limits that are in force now.
pub fn ended(limits: &AdminSessions, created_ms: i64, last_used_ms: i64, now_ms: i64) -> Option<Ended> {
    let since = |at: i64| u64::try_from(now_ms.saturating_sub(at)).unwrap_or(0);
    if since(created_ms) >= limits.absolute_timeout.millis() {
        Some(Ended::Absolute)
    } else if since(last_used_ms) >= limits.idle_timeout.millis() {
        Some(Ended::Idle)
    } else {
        None
    }
}

/// Whether somebody logged in not long ago.
pub fn is_recent(limits: &AdminSessions, authenticated_ms: i64, now_ms: i64) -> bool {
    let age = now_ms.saturating_sub(authenticated_ms);
    u64::try_from(age).unwrap_or(0) < limits.recent_login.millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_not_used_and_when_it_is_old() {
        let limits = AdminSessions::default();
        let (minute, hour) = (60_000, 3_600_000);
        assert_eq!(ended(&limits, 0, 0, hour - 1), None);
        assert_eq!(ended(&limits, 0, 0, hour), Some(Ended::Idle));
        assert_eq!(ended(&limits, 0, 11 * hour + 59 * minute, 12 * hour - 1), None);
        assert_eq!(ended(&limits, 0, 12 * hour - 1, 12 * hour), Some(Ended::Absolute));
        // A clock that goes back ends nothing.
        assert_eq!(ended(&limits, hour, hour, 0), None);
        assert!(is_recent(&limits, 0, 10 * minute - 1) && !is_recent(&limits, 0, 10 * minute));
    }
}
