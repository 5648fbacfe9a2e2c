//! How targets have done lately. An attempt counts half after a minute, a quarter after two: nothing has to be swept.

use std::time::Duration;

use super::FailureClass;

/// After so long an attempt counts half.
const HALF_LIFE: Duration = Duration::from_mins(1);
/// Whoever is left before an answer after so long is slow, if nothing else is known of it.
const LONG: Duration = Duration::from_secs(1);
/// Less than this is nothing: ten minutes after the last attempt.
const NOTHING: f64 = 0.001;

/// How a target has done lately. Figures are of attempts that came to an end or were left by their callers, each weighed by its
/// age.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    /// How many there were.
    pub attempts: f64,
    /// How many of them failed for a reason that another target does not share.
    pub failures: f64,
    /// Until the head of an answer, in the mean; `None`: there was none.
    pub first_byte: Option<Duration>,
}

/// A target's attempts, added up. `now` is time since any fixed moment, of a clock that does not jump.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lately {
    attempts: f64,
    failures: f64,
    answers: f64,
    /// Seconds until their heads, together.
    waited: f64,
    at: Duration,
}

impl Lately {
    /// An attempt came to an end. What the request itself is to blame for is no failure of the target.
    pub fn add(&mut self, failure: Option<FailureClass>, first_byte: Option<Duration>, now: Duration) {
        *self = self.aged(now);
        self.attempts += 1.0;
        let blamed = |it: FailureClass| !matches!(it, FailureClass::BadRequest | FailureClass::Policy);
        if failure.is_some_and(blamed) {
            self.failures += 1.0;
        }
        if let Some(first_byte) = first_byte {
            self.answers += 1.0;
            self.waited += first_byte.as_secs_f64();
        }
    }

    /// Its caller left an attempt after so long. `answered`: the head of the answer was there by then. Else it would have taken
    /// longer, which says something if that is long already.
    pub fn abandon(&mut self, waited: Duration, answered: bool, now: Duration) {
        let mean = self.statistics(now).first_byte.unwrap_or(LONG);
        self.add(None, Some(waited).filter(|it| answered || *it > mean), now);
    }

    /// How the target has done until now.
    pub fn statistics(&self, now: Duration) -> Statistics {
        let Self { attempts, failures, answers, waited, .. } = self.aged(now);
        if attempts < NOTHING {
            return Statistics::default();
        }
        let mean = (answers >= NOTHING).then(|| Duration::try_from_secs_f64(waited / answers).ok()).flatten();
        Statistics { attempts, failures, first_byte: mean }
    }

    fn aged(self, now: Duration) -> Self {
        let age = now.saturating_sub(self.at).as_secs_f64() / HALF_LIFE.as_secs_f64();
        let left = (-age).exp2();
        Self {
            attempts: self.attempts * left,
            failures: self.failures * left,
            answers: self.answers * left,
            waited: self.waited * left,
            at: self.at.max(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FailureClass, Lately, Statistics};

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn an_attempt_counts_half_after_a_minute() {
        let mut lately = Lately::default();
        assert_eq!(lately.statistics(seconds(9)), Statistics::default(), "nothing is known of a new target");
        lately.add(None, Some(Duration::from_millis(100)), seconds(10));
        lately.add(Some(FailureClass::Timeout), None, seconds(70));
        let told = lately.statistics(seconds(70));
        assert!(close(told.attempts, 1.5) && close(told.failures, 1.0), "{told:?}");
        let later = lately.statistics(seconds(130));
        assert!(close(later.attempts, 0.75) && close(later.failures, 0.5), "{later:?}");
        assert_eq!(later.first_byte, Some(Duration::from_millis(100)), "a mean does not age");
        assert_eq!(lately.statistics(seconds(4000)), Statistics::default(), "what is long ago is forgotten");
    }

    #[test]
    fn newer_answers_weigh_more_in_the_mean() {
        let mut lately = Lately::default();
        lately.add(None, Some(seconds(1)), seconds(0));
        lately.add(None, Some(seconds(4)), seconds(60));
        let mean = lately.statistics(seconds(60)).first_byte.map(|it| it.as_secs_f64());
        assert!(mean.is_some_and(|it| close(it, 3.0)), "{mean:?}");
    }

    #[test]
    fn what_callers_left_counts_and_never_makes_a_target_look_faster() {
        let mut lately = Lately::default();
        lately.abandon(Duration::from_millis(5), false, seconds(0));
        assert_eq!(lately.statistics(seconds(0)).first_byte, None);
        lately.abandon(seconds(30), false, seconds(0));
        let told = lately.statistics(seconds(0));
        assert!(close(told.attempts, 2.0) && close(told.failures, 0.0), "{told:?}");
        assert_eq!(told.first_byte, Some(seconds(30)));
        lately.abandon(seconds(20), false, seconds(0));
        assert_eq!(lately.statistics(seconds(0)).first_byte, Some(seconds(30)));
        lately.abandon(seconds(10), true, seconds(0));
        assert_eq!(lately.statistics(seconds(0)).first_byte, Some(seconds(20)));
    }

    #[test]
    fn what_the_request_is_to_blame_for_is_no_failure() {
        for class in FailureClass::ALL {
            let mut lately = Lately::default();
            lately.add(Some(class), None, seconds(0));
            let blamed = !matches!(class, FailureClass::BadRequest | FailureClass::Policy);
            assert!(close(lately.statistics(seconds(0)).failures, f64::from(u8::from(blamed))), "{}", class.as_str());
        }
    }

    #[test]
    fn a_clock_that_goes_back_ages_nothing() {
        let mut lately = Lately::default();
        lately.add(None, None, seconds(100));
        lately.add(None, None, seconds(40));
        assert!(close(lately.statistics(seconds(100)).attempts, 2.0));
    }
}
