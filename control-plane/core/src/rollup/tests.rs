#![expect(clippy::unwrap_used, reason = "tests")]

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
        let sketch: Sketch = counts.iter().copied().collect();
        prop_assert_eq!(sketch.percentile(p), percentile(counts, p));
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
    let values = Cube::CallerModel.dimensions().iter().map(|it| value(*it, "n", &row)).collect::<Vec<_>>();
    assert_eq!(values.join("|"), "|||ana||fast|||openai/mini");
    assert_eq!(value(Dimension::Status, "n", &row), "200");
    assert_eq!(value(Dimension::Node, "n", &row), "n");
}

#[test]
fn the_narrowest_cube_answers() {
    use Dimension::{Caller, Client, Code, Model, Node, Project, Session};
    for (asked, expected) in [
        (&[][..], Some(Cube::Service)),
        (&[Model, Code], Some(Cube::Service)),
        (&[Client], Some(Cube::Client)),
        (&[Node, Model], Some(Cube::Place)),
        (&[Project], Some(Cube::Environment)),
        (&[Project, Client], Some(Cube::ProjectClient)),
        (&[Project, Model], Some(Cube::Project)),
        (&[Caller, Project], Some(Cube::Caller)),
        (&[Caller, Model], Some(Cube::CallerModel)),
        (&[Caller, Code], Some(Cube::Caller)),
        (&[Caller, Client], None),
        (&[Session], None),
    ] {
        assert_eq!(Cube::with(asked), expected, "{asked:?}");
    }
    for dimension in Dimension::OF_REQUESTS {
        let alone = Cube::with(&[dimension]).is_some();
        assert_eq!(alone, dimension.is_rolled_up() && dimension != Dimension::Hour, "{dimension:?}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_written_is_read_back(
        rows in proptest::collection::vec(
            (0..i64::MAX, proptest::array::uniform17(0..u64::MAX / 64), proptest::collection::vec((0_u32..976, 1_u64..1 << 50), 0..9)),
            0..9,
        ),
    ) {
        let (mut sums, mut sketches) = (String::new(), String::new());
        let mut expected: std::collections::BTreeMap<i64, Amounts> = std::collections::BTreeMap::new();
        for (key, values, counts) in rows {
            let latency: Sketch = counts.iter().copied().collect();
            let first_byte: Sketch = counts.into_iter().skip(1).collect();
            let amounts = Amounts { measures: Measures::from_values(values), latency, first_byte };
            sums += &text::write_sums(key, &amounts.measures);
            sketches += &text::write_sketches(key, &amounts);
            expected.entry(key).or_default().add(&amounts);
        }
        let mut found: std::collections::BTreeMap<i64, Amounts> =
            expected.keys().map(|key| (*key, Amounts::default())).collect();
        // A key that nobody asks for is passed over.
        let skipped = expected.pop_first().map(|(key, _)| key);
        found.retain(|key, _| Some(*key) != skipped);
        text::read_sums(&sums, &mut found, |it, key| it.get_mut(&key)).unwrap();
        text::read_sketches(&sketches, &mut found, |it, key| it.get_mut(&key)).unwrap();
        proptest::prop_assert_eq!(found, expected);
    }
}

#[test]
fn what_is_not_as_it_was_written_is_refused() {
    let amounts = Amounts { latency: [(7, 3)].into_iter().collect(), ..Amounts::default() };
    let whole = text::write_sketches(5, &amounts);
    let mut read = Amounts::default();
    for wrong in [&whole[..whole.len() - 1], "5\u{7f}\n", "!\n", "51zz\n", "5oooooooooooooo0\n", "\n"] {
        assert_eq!(text::read_sketches(wrong, &mut read, |it, _| Some(it)), None, "{wrong:?}");
    }
    // An older build has written fewer sums.
    let mut sums = Amounts::default();
    assert_eq!(text::read_sums("17\n", &mut sums, |it, _| Some(it)), Some(()));
    assert_eq!(sums.measures, Measures { requests: 7, ..Measures::default() });
}
