use proptest::prelude::*;

use super::*;

fn artefact(dialect: Dialect, block: &str) -> Artefact<'_> {
    Artefact { realm: None, dialect, block: block.into() }
}

#[test]
fn a_mark_leaves_the_value_as_it_was_minted() {
    let realm = Realm::of("vendor");
    let marked = format!("{}EqQBCg.x.y+/==", mark(realm));
    assert_eq!(Sealed::read(&marked), Sealed::Marked { realm, value: "EqQBCg.x.y+/==" });
}

#[test]
fn what_only_looks_like_a_seal_is_a_plain_value() {
    for value in [
        "",
        "EqQBCg==",
        "sr1.",
        "sr1.0000000.n.x",
        "sr1.000000001.n.x",
        "sr1.zzzzzzzz.n.x",
        "sr1.+0000001.n.x",
        "sr1.0000000A.n.x",
        "sr1.00000001.q.x",
        "sr1.00000001.m.***",
        "sr1.00000001.m./w",
        "sr1.00000001.m",
    ] {
        assert_eq!(Sealed::read(value), Sealed::Plain(value));
    }
}

#[test]
fn it_is_at_home_where_it_was_minted_only() {
    let realm = Realm::of("vendor");
    let minted = Artefact { realm: Some(realm), ..artefact(Dialect::OpenaiResponses, "{}") };
    assert!(minted.is_at_home(realm, Dialect::OpenaiResponses));
    assert!(!minted.is_at_home(realm, Dialect::OpenaiChat));
    assert!(!minted.is_at_home(Realm::of("other"), Dialect::OpenaiResponses));
    assert!(!artefact(Dialect::OpenaiResponses, "{}").is_at_home(realm, Dialect::OpenaiResponses));
}

proptest! {
    #[test]
    fn a_block_comes_back_byte_for_byte(block: String, provider: String, which in 0..3_usize) {
        let (realm, dialect) = (Realm::of(&provider), Dialect::ALL[which]);
        let sealed = artefact(dialect, &block).seal(realm);
        prop_assert!(sealed.bytes().all(|it| it.is_ascii_graphic() && it != b'"' && it != b'\\'));
        let expected = Artefact { realm: Some(realm), dialect, block: block.into() };
        prop_assert_eq!(Sealed::read(&sealed), Sealed::Foreign(expected));
    }

    #[test]
    fn any_value_is_read(value: String) {
        prop_assert_eq!(Sealed::read(&value), Sealed::Plain(&value));
        let _ = Sealed::read(&format!("sr1.{value}"));
    }
}
