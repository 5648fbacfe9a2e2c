//! What follows a failed attempt.

use super::FailureClass;
use crate::config::Fallback;

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try the next candidate.
    Fallback,
    /// Answer the caller with this failure.
    Stop,
}

/// Whether the next candidate is tried after an attempt failed.
///
/// `attempts_made` counts the failed one, `remaining` the candidates not yet tried. `no_fallback`: the caller sent
/// `x-router-no-fallback`. An attempt whose content has begun to reach the caller never comes here: nothing can be taken back.
pub fn next(fallback: &Fallback, class: FailureClass, attempts_made: u32, remaining: usize, no_fallback: bool) -> Next {
    let allowed =
        !no_fallback && remaining > 0 && attempts_made < fallback.max_attempts && fallback.on.contains(&named(class));
    if allowed { Next::Fallback } else { Next::Stop }
}

/// How many targets are tried at most, whatever happens.
pub fn most(fallback: &Fallback, no_fallback: bool) -> u32 {
    if no_fallback || fallback.on.is_empty() { 1 } else { fallback.max_attempts.max(1) }
}

/// What groups call that class: an answer that cannot be read is the provider's failure like any other.
fn named(class: FailureClass) -> FailureClass {
    if class == FailureClass::InvalidResponse { FailureClass::ServerError } else { class }
}

#[cfg(test)]
mod tests {
    use super::{Next, most, next};
    use crate::config::Fallback;
    use crate::decide::FailureClass;

    fn fallback() -> Fallback {
        Fallback { max_attempts: 3, on: vec![FailureClass::Timeout, FailureClass::ServerError] }
    }

    #[test]
    fn a_named_class_moves_on_while_attempts_and_candidates_are_left() {
        let after = |attempts, remaining| next(&fallback(), FailureClass::Timeout, attempts, remaining, false);
        assert_eq!(after(1, 2), Next::Fallback);
        assert_eq!(after(2, 1), Next::Fallback);
        assert_eq!(after(3, 1), Next::Stop, "attempts are used up");
        assert_eq!(after(1, 0), Next::Stop, "no candidate is left");
    }

    #[test]
    fn no_more_are_tried_than_the_group_and_the_caller_allow() {
        assert_eq!((most(&fallback(), false), most(&fallback(), true)), (3, 1));
        assert_eq!(most(&Fallback { on: Vec::new(), ..fallback() }, false), 1);
        assert_eq!(most(&Fallback { max_attempts: 0, ..fallback() }, false), 1);
    }

    #[test]
    fn a_class_that_the_group_does_not_name_stops() {
        for class in FailureClass::ALL {
            let expected = match class {
                FailureClass::Timeout | FailureClass::ServerError | FailureClass::InvalidResponse => Next::Fallback,
                _ => Next::Stop,
            };
            assert_eq!(next(&fallback(), class, 1, 2, false), expected, "{}", class.as_str());
        }
    }

    #[test]
    fn nothing_is_tried_against_the_callers_will() {
        assert_eq!(next(&fallback(), FailureClass::Timeout, 1, 2, true), Next::Stop);
    }

    #[test]
    fn names_of_classes_are_read_back() {
        for class in FailureClass::ALL {
            assert_eq!(FailureClass::parse(class.as_str()), Some(class));
        }
        assert_eq!(FailureClass::parse("Timeout"), None);
    }
}
