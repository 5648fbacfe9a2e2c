#![expect(clippy::unwrap_used, reason = "tests")]

use super::{block, of_caller, opaque_field};
use crate::dialect::messages::fixtures::realm;
use crate::dialect::neutral::{Place, mark};
use crate::json::Fields;

/// What a caller's block is, once its mark is off.
fn unmarked(block: &str) -> Option<String> {
    let body = format!(r#"{{"x": {block}}}"#);
    let raw = Fields::document(body.as_bytes()).unwrap().take("x").unwrap();
    let mut fields = raw.fields().unwrap();
    let kind = fields.take_string("type").unwrap();
    of_caller(Place::default(), &raw, &mut fields, opaque_field(&kind).unwrap())
        .artefact
        .map(|it| it.block.into_owned())
}

#[test]
fn taking_a_mark_off_changes_nothing_else() {
    let mark = mark(realm());
    let marked = format!(r#"{{ "signature" : "{mark}a+/=" , "thinking":"\u0041","type":"thinking"}}"#);
    assert_eq!(unmarked(&marked).unwrap(), r#"{ "signature" : "a+/=" , "thinking":"\u0041","type":"thinking"}"#);
    let redacted = format!(r#"{{"type":"redacted_thinking","data":"{mark}x"}}"#);
    assert_eq!(unmarked(&redacted).unwrap(), r#"{"type":"redacted_thinking","data":"x"}"#);
}

#[test]
fn a_block_is_built_of_its_pieces() {
    assert_eq!(block("a\"b", "c2ln"), r#"{"type":"thinking","thinking":"a\"b","signature":"c2ln"}"#);
}
