#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Reasoning, read_history};
use crate::dialect::Dialect;
use crate::dialect::neutral::{Artefact, Place, Realm, ReasoningItem, mark};
use crate::json::Fields;

fn history(message: &str) -> Vec<ReasoningItem<'_>> {
    read_history(&mut Fields::document(message.as_bytes()).unwrap(), Place::of("messages", 0))
}

#[test]
fn a_mark_is_taken_off_and_the_rest_of_the_entry_stays() {
    let realm = Realm::of("vendor");
    let entry = |data: &str| format!(r#"{{ "type":"reasoning.encrypted", "data" : "{data}","format":"f" }}"#);
    let marked = format!("{}b3BhcXVl", mark(realm));
    let message = format!(r#"{{"reasoning_details":[{}]}}"#, entry(&marked));
    let block = format!(r#"{{"reasoning_details":[{}]}}"#, entry("b3BhcXVl"));
    let expected = Artefact { realm: Some(realm), dialect: Dialect::OpenaiChat, block: block.into() };
    assert_eq!(history(&message)[0].artefact, Some(expected));
}

#[test]
fn readable_and_opaque_entries_belong_together() {
    let items = history(
        r#"{"reasoning":"ab\n\nc","reasoning_details":[
            {"type":"reasoning.text","text":"a","index":0},{"type":"reasoning.text","text":"b","index":0},
            {"type":"reasoning.encrypted","data":"x","index":1},
            {"type":"reasoning.summary","summary":"c","index":2},{"type":"reasoning.encrypted","data":"","index":3}]}"#,
    );
    assert_eq!(items.len(), 2);
    assert_eq!((&*items[0].text, items[0].artefact.is_some()), (&["ab".into()][..], true));
    assert_eq!((&*items[1].text, items[1].artefact.is_some()), (&["c".into()][..], false));
    let plain = history(r#"{"reasoning_content":"a"}"#);
    assert_eq!((plain.len(), plain[0].artefact.is_none()), (1, true));
    assert_eq!(history(r#"{"reasoning_content":"","reasoning_details":[1,{}]}"#), []);
}

#[test]
fn fragments_of_details_come_together_as_they_were_minted() {
    let mut reasoning = Reasoning::default();
    let mut pieces = Vec::new();
    for delta in [
        r#"{"reasoning_details":[{"type":"reasoning.summary","summary":"a","index":0}]}"#,
        r#"{"reasoning_details":[{"type":"reasoning.summary","summary":"b","index":0},{"type":"reasoning.summary","summary":"c","index":1}]}"#,
        r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"x","id":"rs_1","index":0}]}"#,
        r#"{"content":"no reasoning"}"#,
    ] {
        let taken = reasoning.take(&mut Fields::document(delta.as_bytes()).unwrap());
        pieces.extend(taken.into_iter().flatten().map(|it| (it.part, it.text)));
    }
    assert_eq!(pieces, [(0, "a".to_owned()), (0, "b".to_owned()), (1, "c".to_owned())]);
    let block = r#"{"reasoning_details":[{"type":"reasoning.summary","index":0,"summary":"ab"},{"type":"reasoning.summary","index":1,"summary":"c"},{"type":"reasoning.encrypted","data":"x","id":"rs_1","index":0}]}"#;
    assert_eq!(reasoning.artefact().unwrap().block, block);
}
