#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::permission::Visible;

const NOW: i64 = 1_767_225_600_000;

fn query(filters: &[&str]) -> SearchQuery {
    SearchQuery { filters: filters.iter().map(|it| (*it).to_owned()).collect(), ..SearchQuery::default() }
}

fn parse(query: &SearchQuery) -> Result<Search, Vec<SearchError>> {
    Search::parse(Visible::All, query, NOW)
}

#[test]
fn filters_of_every_kind_are_read_and_written_back() {
    let filters = [
        "caller=ana",
        "caller=bo",
        "code!=ok",
        "status=5xx",
        "latency>2s",
        "first_byte<=250ms",
        "cost>=0.05",
        "tokens>1000",
        "stream=yes",
        "warnings=no",
        "model=a=b<c",
    ];
    let search = parse(&query(&filters)).unwrap();
    assert_eq!(search.conditions.len(), 10, "two callers are one condition");
    assert_eq!(
        search.conditions[0],
        Condition::Text { field: TextField::Caller, negated: false, values: vec!["ana".into(), "bo".into()] }
    );
    assert!(search.conditions.contains(&Condition::Number {
        field: NumberField::Cost,
        comparison: Comparison::AtLeast,
        bound: 50_000_000
    }));
    let written = search.filters();
    assert_eq!(parse(&SearchQuery { filters: written, ..SearchQuery::default() }).unwrap(), search);
}

#[test]
fn every_mistake_is_told() {
    for (filter, told) in [
        ("caller", "is no filter"),
        ("calle=ana", "did you mean `caller`?"),
        ("caller>ana", "write `=` or `!=`"),
        ("latency!=2s", "write `>`"),
        ("latency>soon", "a length of time"),
        ("latency>1", "a length of time"),
        ("cost>1,5", "US dollars"),
        ("cost>.", "US dollars"),
        ("cost>99999999999", "US dollars"),
        ("tokens>many", "a whole number"),
        ("stream=maybe", "`=yes` or `=no`"),
        ("status=abc", "a status"),
        ("status=éxx", "a status"),
        ("status=", "a status"),
        ("hour=1", "requests have no `hour`"),
    ] {
        let errors = parse(&query(&[filter])).unwrap_err();
        assert!(errors[0].to_string().contains(told), "{filter}: {}", errors[0]);
    }
    let all = SearchQuery { since: "soon".into(), sort: "best".into(), ..query(&["x=1", "caller"]) };
    assert_eq!(parse(&all).unwrap_err().len(), 4);
    let many: Vec<String> = (0..51).map(|it| format!("caller=c{it}")).collect();
    assert_eq!(
        parse(&SearchQuery { filters: many, ..SearchQuery::default() }).unwrap_err(),
        [SearchError::TooMany { most: 50 }]
    );
}

#[test]
fn the_period_is_a_day_unless_an_id_is_looked_for() {
    let day = parse(&query(&[])).unwrap();
    assert_eq!((day.since_ms, day.until_ms), (NOW - 86_400_000, NOW + 1));
    let by_id = parse(&SearchQuery { text: " req_1 ".into(), ..SearchQuery::default() }).unwrap();
    assert_eq!((by_id.since_ms, by_id.id.as_deref()), (0, Some("req_1")));
    let swapped = SearchQuery { since: "1h".into(), until: "2h".into(), ..SearchQuery::default() };
    assert!(matches!(parse(&swapped).unwrap_err()[..], [SearchError::Period { .. }]));
    let ranked =
        |since: &str| parse(&SearchQuery { since: since.into(), sort: "cost".into(), ..SearchQuery::default() });
    assert_eq!(ranked("30d").unwrap().order, Order::Cost);
    assert_eq!(ranked("33d").unwrap_err(), [SearchError::TooLong { name: "cost", days: 32 }]);
}

#[test]
fn a_place_is_read_as_it_is_written() {
    let newest = Cursor { rank: None, started_ms: -5, epoch: 7, sequence: 9, node: "a.b~c".into() };
    let dearest = Cursor { rank: Some(12), ..newest.clone() };
    for cursor in [newest, dearest] {
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
    for wrong in ["", "1.2.3", "x.2.3.n", "1.-2.3.n", "y~1.2.3.n"] {
        assert_eq!(wrong.parse::<Cursor>(), Err(()), "{wrong}");
    }
}
