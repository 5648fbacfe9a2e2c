use proptest::prelude::*;

use super::*;
use crate::usage::Tokens;

proptest! {
    #[test]
    fn a_bucket_says_its_values_within_five_per_cent(value in 0_u64..10_000_000_000) {
        let told = percentile([(bucket(value), 1)], 0.5).unwrap_or_default();
        prop_assert!((told as f64 - value as f64).abs() <= 0.05 * value as f64, "{value} became {told}");
    }

    #[test]
    fn buckets_keep_the_order_of_values(a in any::<u64>(), b in any::<u64>()) {
        prop_assert!(bucket(a.min(b)) <= bucket(a.max(b)));
    }

    #[test]
    fn a_percentile_is_near_the_exact_one(mut values in prop::collection::vec(1_u64..1_000_000_000, 1..300), p in 0.0_f64..=1.0) {
        let counts: Vec<(u32, u64)> = values.iter().map(|it| (bucket(*it), 1)).collect();
        values.sort_unstable();
        let rank = ((p * values.len() as f64).ceil() as usize).clamp(1, values.len());
        let exact = values[rank - 1] as f64;
        let told = percentile(counts.iter().copied(), p).unwrap_or_default() as f64;
        prop_assert!((told - exact).abs() <= 0.05 * exact, "{exact} became {told}");
    }

    #[test]
    fn sums_do_not_depend_on_the_order(rows in prop::collection::vec((any::<u32>(), any::<bool>()), 0..20)) {
        let measures: Vec<Measures> = rows
            .iter()
            .map(|(tokens, ok)| Measures::of(&UsageRecord {
                tokens: Tokens { input: u64::from(*tokens), ..Tokens::default() },
                code: if *ok { "ok".into() } else { "upstream-failed".into() },
                ..UsageRecord::default()
            }))
            .collect();
        let sum = |it: &mut dyn Iterator<Item = &Measures>| {
            it.fold(Measures::default(), |mut sum, it| { sum.add(it); sum })
        };
        prop_assert_eq!(sum(&mut measures.iter()), sum(&mut measures.iter().rev()));
        prop_assert_eq!(sum(&mut measures.iter()).errors, rows.iter().filter(|(_, ok)| !ok).count() as u64);
    }
}

#[test]
fn nothing_counted_has_no_percentile() {
    assert_eq!(percentile([], 0.5), None);
    assert_eq!(percentile([(100, 0)], 0.5), None);
    assert!(percentile([(u32::MAX, 1)], 0.5).is_some());
}

#[test]
fn periods_start_at_whole_hours_and_days_of_utc() {
    let at = 1_767_225_599_999; // 2025-12-31T23:59:59.999Z
    assert_eq!(Period::Hour.start_ms(at), 1_767_222_000_000);
    assert_eq!(Period::Day.start_ms(at), 1_767_139_200_000);
    assert_eq!(Period::Day.start_ms(-1), -86_400_000);
}

#[test]
fn a_row_falls_under_its_own_values() {
    let row = UsageRecord {
        started_ms: 3_600_001,
        caller: "ana".into(),
        group: "fast".into(),
        model: "openai/mini".into(),
        status: 200,
        ..UsageRecord::default()
    };
    let key = RollupKey::of(&row, Period::Hour);
    assert_eq!(key.start_ms, 3_600_000);
    assert_eq!(key.values.join("|"), "ana|||||fast||openai/mini||200|");
}
