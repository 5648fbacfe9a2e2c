use super::*;

#[test]
fn money_never_reads_as_nothing() {
    let short = |nanos| Money(nanos).short();
    assert_eq!(short(0), "$0");
    assert_eq!(short(1), "<$0.000001");
    assert_eq!(short(4_200_000), "$0.0042");
    assert_eq!(short(42_100), "$0.000042");
    assert_eq!(short(10_000_000), "$0.01");
    assert_eq!(short(1_234_500_000_000), "$1,234.50");
    assert_eq!(short(123_456_000_000_000), "$123.5k");
    assert_eq!(short(-2_500_000_000), "−$2.50");
    assert_eq!(Money(12_345).exact(), "0.000012345");
    assert_eq!(Money(2_000_000_000).exact(), "2.00");
    assert_eq!(Money(-1_500_000_000).exact(), "-1.50");
}

#[test]
fn counts_are_short_and_whole() {
    assert_eq!(Count(99_999).short(), "99,999");
    assert_eq!(Count(1_234_567).short(), "1.23M");
    assert_eq!(Count(1_234_567).to_string(), "<data class=\"num\" value=\"1234567\" title=\"1,234,567\">1.23M</data>");
}

#[test]
fn changes_are_said_in_words() {
    let delta = |now, before| Delta { now, before, wish: Wish::Less }.words();
    assert_eq!(delta(112.0, 100.0).as_deref(), Some("12% more"));
    assert_eq!(delta(50.0, 100.0).as_deref(), Some("50% less"));
    assert_eq!(delta(100.0, 100.0).as_deref(), Some("unchanged"));
    assert_eq!(delta(2500.0, 100.0).as_deref(), Some("25× as much"));
    assert_eq!(delta(1.0, 0.0), None);
}

#[test]
fn moments_are_told_from_now() {
    let words = |ago_s: i64| Moment { at_ms: 10_000_000_000, now_ms: 10_000_000_000 + ago_s * 1000 }.words();
    assert_eq!(words(3), "just now");
    assert_eq!(words(61), "1 minute ago");
    assert_eq!(words(-7200), "in 2 hours");
    assert_eq!(words(172_800), "2 days ago");
}

#[test]
fn durations_have_units() {
    assert_eq!(Millis(Some(0.4231)).short(), "0.42 ms");
    assert_eq!(Millis(Some(820.4)).short(), "820 ms");
    assert_eq!(Millis(Some(125_000.0)).short(), "2 min 5 s");
    assert_eq!(Millis(None).short(), "–");
}

#[test]
fn what_stands_between_backticks_is_code() {
    assert_eq!(Prose("Write `24h` or `<b>`.").to_string(), "Write <code>24h</code> or <code>&#60;b&#62;</code>.");
    assert_eq!(Prose("a ` <i>").to_string(), "a ` &#60;i&#62;");
}
