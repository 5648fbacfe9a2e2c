//! Which table answers which part of a period, as a pure function.

use control_plane_core::rollup::Period;

/// A part of a period and where its sums stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// Milliseconds since the Unix epoch; not included.
    pub to_ms: i64,
    pub table: SumsIn,
}

/// Where sums stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SumsIn {
    /// One row per request.
    Rows,
    /// One row per hour or day and combination of dimensions.
    Rollup(Period),
}

/// Cuts a period at whole days and whole hours. `by_hour`: days are too coarse.
pub(super) fn segments(since_ms: i64, until_ms: i64, by_hour: bool) -> Vec<Segment> {
    let day = if by_hour { None } else { Some(Period::Day) };
    let levels = [Some(SumsIn::Rollup(Period::Hour)), day.map(SumsIn::Rollup)];
    let mut segments = Vec::new();
    cut(since_ms, until_ms, SumsIn::Rows, &levels, &mut segments);
    segments
}

/// The whole periods of the next level in the middle, this level on both sides.
fn cut(from_ms: i64, to_ms: i64, table: SumsIn, levels: &[Option<SumsIn>], out: &mut Vec<Segment>) {
    let mut keep = |from_ms, to_ms| {
        if from_ms < to_ms {
            out.push(Segment { from_ms, to_ms, table });
        }
    };
    let Some((&Some(next @ SumsIn::Rollup(period)), levels)) = levels.split_first() else {
        return keep(from_ms, to_ms);
    };
    let (first, last) = (first_at_or_after(period, from_ms), period.start_ms(to_ms));
    if first >= last {
        return keep(from_ms, to_ms);
    }
    keep(from_ms, first);
    cut(first, last, next, levels, out);
    if last < to_ms {
        out.push(Segment { from_ms: last, to_ms, table });
    }
}

fn first_at_or_after(period: Period, at_ms: i64) -> i64 {
    let start = period.start_ms(at_ms);
    if start == at_ms { start } else { start + period.length_ms() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    #[test]
    fn whole_days_and_hours_come_from_roll_ups() {
        let rows = |from_ms, to_ms| Segment { from_ms, to_ms, table: SumsIn::Rows };
        let hours = |from_ms, to_ms| Segment { from_ms, to_ms, table: SumsIn::Rollup(Period::Hour) };
        let days = |from_ms, to_ms| Segment { from_ms, to_ms, table: SumsIn::Rollup(Period::Day) };
        assert_eq!(segments(0, 3 * DAY, false), [days(0, 3 * DAY)]);
        assert_eq!(segments(0, 3 * DAY, true), [hours(0, 3 * DAY)]);
        assert_eq!(segments(HOUR, 3 * HOUR, false), [hours(HOUR, 3 * HOUR)]);
        assert_eq!(segments(5, 10, false), [rows(5, 10)]);
        assert_eq!(segments(HOUR - 1, HOUR + 1, false), [rows(HOUR - 1, HOUR + 1)]);
        assert_eq!(segments(7, 7, false), []);
        assert_eq!(
            segments(DAY - HOUR - 1, 2 * DAY + HOUR + 1, false),
            [
                rows(DAY - HOUR - 1, DAY - HOUR),
                hours(DAY - HOUR, DAY),
                days(DAY, 2 * DAY),
                hours(2 * DAY, 2 * DAY + HOUR),
                rows(2 * DAY + HOUR, 2 * DAY + HOUR + 1),
            ]
        );
    }

    #[test]
    fn segments_cover_the_period_once_and_roll_ups_are_whole() {
        let moments = [0, 1, HOUR - 1, HOUR, HOUR + 1, DAY - 1, DAY, DAY + HOUR, 2 * DAY - 1, 2 * DAY, 3 * DAY + 5];
        for since in moments {
            for until in moments {
                for by_hour in [false, true] {
                    let mut at = since;
                    for segment in segments(since, until, by_hour) {
                        assert_eq!(segment.from_ms, at);
                        assert!(segment.to_ms > segment.from_ms);
                        if let SumsIn::Rollup(period) = segment.table {
                            assert_eq!(period.start_ms(segment.from_ms), segment.from_ms);
                            assert_eq!(period.start_ms(segment.to_ms), segment.to_ms);
                        }
                        at = segment.to_ms;
                    }
                    assert_eq!(at, until.max(since));
                }
            }
        }
    }
}
