#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use super::{After, BEHAVIOUR_KEYS, Behaviour};
use crate::{
    fault::Fault,
    problem::{Problem, Refusal},
};

#[test]
fn plain_names_have_the_default_behaviour() {
    for name in ["sandbox", "sandbox-fast", "llama3:8b", "ft:gpt:org", ""] {
        assert_eq!(Behaviour::read(name, None).unwrap(), Behaviour::default(), "{name}");
    }
}

#[test]
fn pairs_follow_the_first_colon() {
    let read = Behaviour::read("sandbox:latency=50, chunks=100,chunk_delay=10", None).unwrap();
    assert_eq!(read.latency, Duration::from_millis(50));
    assert_eq!(read.chunks, Some(100));
    assert_eq!(read.chunk_delay, Duration::from_millis(10));

    let read = Behaviour::read("sandbox:fail=429-retry-after:2,first=3", None).unwrap();
    let expected = Fault::Refuse(Refusal { problem: Problem::RateLimit, retry_after: Some(2) });
    assert_eq!(read.fail, Some(expected));
    assert_eq!(read.first, Some(3));
}

#[test]
fn the_header_wins_over_the_name() {
    let read = Behaviour::read("sandbox:size=10,after=start", Some("size=20")).unwrap();
    assert_eq!(read.size, Some(20));
    assert_eq!(read.after, After::Start);
}

#[test]
fn mistakes_are_named() {
    for (pairs, part) in [
        ("latncy=50", "`latncy` is not a behaviour"),
        ("latency=fast", "`latency=fast`"),
        ("chunks=0", "from 1 to"),
        ("size=67108865", "from 0 to 67108864"),
        ("fail=maybe", "`fail=maybe`"),
        ("fail=hang-retry-after:2", "`fail=hang-retry-after:2`"),
        ("latency", "key=value"),
    ] {
        let error = Behaviour::read("sandbox", Some(pairs)).unwrap_err();
        assert!(error.contains(part), "{pairs}: {error}");
    }
}

#[test]
fn every_documented_failure_is_known() {
    let (_, failures) = BEHAVIOUR_KEYS.iter().find(|(key, _)| *key == "fail").unwrap();
    let failures = failures.replace("(each also with -retry-after:<seconds>)", "");
    for failure in failures.split(',').map(str::trim) {
        assert!(Fault::parse(failure).is_some(), "{failure}");
    }
}
