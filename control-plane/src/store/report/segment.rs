//! Which table answers which part of a period, as a pure function.

use control_plane_core::{
    insight::{Buckets, Grain},
    rollup::Period,
};

/// A part of a period and where its sums stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// Milliseconds since the Unix epoch; not included.
    pub to_ms: i64,
    pub table: SumsIn,
    /// Parts of this many milliseconds are told apart, because buckets meet in it; `None`: it is in one bucket.
    pub step_ms: Option<i64>,
}

/// Where sums stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SumsIn {
    /// One row per request.
    Rows,
    /// One row per period and combination of dimensions.
    Rollup(Period),
}

/// Cuts a period where its buckets meet, and each bucket at what there are roll-ups of, the finest first. What is one after the
/// other in the same table is one segment again. What lasts until now takes the roll-ups of the day that is not over.
pub(super) fn segments(buckets: &Buckets, levels: &[Period]) -> Vec<Segment> {
    let mut bounds = buckets.bounds().to_vec();
    if buckets.is_open()
        && let Some(last) = bounds.last_mut()
    {
        *last = first_at_or_after(Period::Day, *last);
    }
    let mut pieces = Vec::new();
    for bucket in bounds.windows(2) {
        cut(bucket[0], bucket[1], SumsIn::Rows, levels, &mut pieces);
    }
    let mut segments: Vec<Segment> = Vec::new();
    for (from_ms, to_ms, table) in pieces {
        match segments.last_mut() {
            Some(last) if last.table == table && last.to_ms == from_ms => last.to_ms = to_ms,
            _ => segments.push(Segment { from_ms, to_ms, table, step_ms: None }),
        }
    }
    for it in &mut segments {
        let inside = bounds.iter().copied().filter(|at| it.from_ms < *at && *at < it.to_ms);
        let mut inside = inside.peekable();
        it.step_ms = inside.peek().is_some().then(|| Grain::of(inside).length_ms());
    }
    segments
}

/// The whole periods of the next level in the middle, this level on both sides.
fn cut(from_ms: i64, to_ms: i64, table: SumsIn, levels: &[Period], out: &mut Vec<(i64, i64, SumsIn)>) {
    let mut keep = |from_ms, to_ms| {
        if from_ms < to_ms {
            out.push((from_ms, to_ms, table));
        }
    };
    let Some((&period, levels)) = levels.split_first() else {
        return keep(from_ms, to_ms);
    };
    let (first, last) = (first_at_or_after(period, from_ms), period.start_ms(to_ms));
    if first >= last {
        return keep(from_ms, to_ms);
    }
    keep(from_ms, first);
    cut(first, last, SumsIn::Rollup(period), levels, out);
    if last < to_ms {
        out.push((last, to_ms, table));
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
    const LEVELS: [Period; 2] = [Period::Hour, Period::Day];

    fn of(bounds: &[i64]) -> Vec<(i64, i64, SumsIn)> {
        let buckets = Buckets::whole(bounds[0], bounds[1], false);
        segments(&buckets, &LEVELS).into_iter().map(|it| (it.from_ms, it.to_ms, it.table)).collect()
    }

    #[test]
    fn whole_days_and_hours_come_from_roll_ups() {
        let rows = |from_ms, to_ms| (from_ms, to_ms, SumsIn::Rows);
        let hours = |from_ms, to_ms| (from_ms, to_ms, SumsIn::Rollup(Period::Hour));
        let days = |from_ms, to_ms| (from_ms, to_ms, SumsIn::Rollup(Period::Day));
        assert_eq!(of(&[0, 3 * DAY]), [days(0, 3 * DAY)]);
        assert_eq!(of(&[HOUR, 3 * HOUR]), [hours(HOUR, 3 * HOUR)]);
        assert_eq!(of(&[5, 10]), [rows(5, 10)]);
        assert_eq!(of(&[HOUR - 1, HOUR + 1]), [rows(HOUR - 1, HOUR + 1)]);
        assert_eq!(of(&[7, 7]), []);
        assert_eq!(
            of(&[DAY - HOUR - 1, 2 * DAY + HOUR + 1]),
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
                for buckets in [Buckets::whole(since, until, false), Buckets::hours(since, until.max(since), false)] {
                    let mut at = since;
                    for segment in segments(&buckets, &LEVELS) {
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

    #[test]
    fn buckets_of_one_table_are_asked_for_at_once() {
        let found = segments(&Buckets::hours(HOUR / 2, 3 * DAY, false), &LEVELS);
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].table, found[1].step_ms), (SumsIn::Rollup(Period::Hour), Some(HOUR)));
        let days = segments(&Buckets::whole(0, DAY + 5, true), &LEVELS);
        assert_eq!((days[0].to_ms, days[0].table, days[0].step_ms), (2 * DAY, SumsIn::Rollup(Period::Day), None));
    }
}
