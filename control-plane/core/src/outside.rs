//! Secrets from the surroundings of several control planes: which of their values is in force. Routers are served one value by
//! all, and no two control planes ever take turns in replacing each other's.

/// How long a value stands for which no control plane vouches any more, before one that was in force earlier may return.
pub const VOUCHED_FOR_MS: i64 = 60_000;
/// How old a vouching is when it is renewed.
const VOUCH_AGAIN_MS: i64 = 20_000;

/// What a control plane found, compared with what is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mine {
    /// Nothing.
    Nothing,
    /// The very value that is in force.
    InForce,
    /// One that was in force before another took its place.
    Earlier,
    /// One that was never published.
    New,
}

/// What a control plane does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Serves what is in force.
    Serve,
    /// The same, and says that the value is found here.
    Vouch,
    /// Puts its own value in force.
    Publish,
    /// Serves what is in force, and says that its own value is an older one.
    Outdated,
    /// Serves what is in force, and says that it has none of its own.
    Lacking,
    /// Nobody ever had it: routers may look for it themselves.
    Unknown,
}

/// Decides; `in_force`: when a control plane last vouched for the value in force, if there is one.
///
/// A new value wins at once: keys are rotated by starting one control plane after the other with the new one. An earlier value
/// returns only when nobody has the one in force any more, so that a control plane that was forgotten changes nothing.
pub fn decide(mine: Mine, in_force: Option<i64>, now_ms: i64) -> Verdict {
    let age = in_force.map(|vouched_ms| now_ms.saturating_sub(vouched_ms));
    match (mine, age) {
        (Mine::Nothing, None) => Verdict::Unknown,
        (Mine::Nothing, Some(_)) => Verdict::Lacking,
        (Mine::InForce, Some(age)) if age < VOUCH_AGAIN_MS => Verdict::Serve,
        (Mine::InForce, Some(_)) => Verdict::Vouch,
        (Mine::Earlier, Some(age)) if age <= VOUCHED_FOR_MS => Verdict::Outdated,
        (Mine::InForce | Mine::Earlier | Mine::New, _) => Verdict::Publish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_value_wins_and_an_earlier_one_waits_until_nobody_has_the_one_in_force() {
        let now = 1_000_000;
        let decided = |mine, age| decide(mine, Some(now - age), now);
        assert_eq!(decided(Mine::New, 0), Verdict::Publish);
        assert_eq!(decided(Mine::Earlier, 0), Verdict::Outdated);
        assert_eq!(decided(Mine::Earlier, VOUCHED_FOR_MS), Verdict::Outdated);
        assert_eq!(decided(Mine::Earlier, VOUCHED_FOR_MS + 1), Verdict::Publish);
        assert_eq!(decided(Mine::InForce, 0), Verdict::Serve);
        assert_eq!(decided(Mine::InForce, VOUCH_AGAIN_MS), Verdict::Vouch);
        assert_eq!(decided(Mine::Nothing, 0), Verdict::Lacking);
        assert_eq!(decided(Mine::Nothing, VOUCHED_FOR_MS * 100), Verdict::Lacking);
        assert_eq!(decide(Mine::Nothing, None, now), Verdict::Unknown);
        assert_eq!(decide(Mine::New, None, now), Verdict::Publish);
        assert_eq!(decide(Mine::Earlier, None, now), Verdict::Publish);
    }

    #[test]
    fn control_planes_that_differ_come_to_rest() {
        // Each with its own value; the last one in force, and who has had one.
        let (mut in_force, mut published) = (None::<(usize, i64)>, Vec::new());
        let mut changes = 0;
        for second in 0..600 {
            for replica in 0..3 {
                let now = second * 1000;
                let mine = match in_force {
                    Some((it, _)) if it == replica => Mine::InForce,
                    _ if published.contains(&replica) => Mine::Earlier,
                    _ => Mine::New,
                };
                match decide(mine, in_force.map(|it| it.1), now) {
                    Verdict::Publish => {
                        in_force = Some((replica, now));
                        published.push(replica);
                        changes += 1;
                    }
                    Verdict::Vouch => in_force = Some((replica, now)),
                    _ => {}
                }
            }
        }
        assert_eq!(changes, 3, "each value once");
        assert_eq!(in_force.map(|it| it.0), Some(2));
    }
}
