use bytes::Bytes;
use proptest::prelude::*;

use super::{Splice, apply, json_string};

fn splice(range: std::ops::Range<usize>, with: &'static str) -> Splice {
    Splice { range, with: Bytes::from_static(with.as_bytes()) }
}

#[test]
fn replaces_inserts_and_removes() {
    let body = Bytes::from_static(b"0123456789");
    let segments = apply(&body, &[splice(0..1, "a"), splice(3..3, "bc"), splice(5..8, ""), splice(9..10, "z")]);
    assert_eq!(segments.concat(), b"a12bc348z");
}

#[test]
fn the_original_is_shared() {
    let body = Bytes::from_static(b"0123456789");
    let segments = apply(&body, &[splice(4..5, "x")]);
    assert_eq!(segments.len(), 3);
    assert_eq!(segments[0].as_ptr(), body.as_ptr());
    assert_eq!(segments[2].as_ptr(), body[5..].as_ptr());
    assert_eq!(apply(&body, &[]), [body]);
}

proptest! {
    #[test]
    fn any_text_becomes_a_json_string(text: String) {
        let written = json_string(&text);
        prop_assert_eq!(serde_json::from_slice::<String>(&written).ok(), Some(text));
    }
}
