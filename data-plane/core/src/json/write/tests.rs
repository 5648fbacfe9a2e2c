#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::json::Fields;

fn written(write: impl FnOnce(&mut ObjectWriter<'_>)) -> String {
    let mut out = Vec::new();
    object(&mut out, write);
    String::from_utf8(out).unwrap()
}

#[test]
fn fields_stand_in_the_order_in_which_they_are_written() {
    let text = written(|it| {
        it.string("b", "x\"\\\n\u{1}é");
        it.optional("none", None);
        it.optional("a", Some(""));
        it.raw("raw", "{\"kept\" : 1.0}");
        it.plain("count", 3);
        it.plain("yes", true);
        it.null("nothing");
        it.object("empty", |_| {});
        it.object("inner", |it| it.array("list", |_| {}));
        it.array("list", |it| {
            it.string("s");
            it.raw("1e3");
            it.object(|it| it.plain("n", -1));
        });
    });
    assert_eq!(
        text,
        r#"{"b":"x\"\\\n\u0001é","a":"","raw":{"kept" : 1.0},"count":3,"yes":true,"nothing":null,"empty":{},"inner":{"list":[]},"list":["s",1e3,{"n":-1}]}"#
    );
    let mut out = Vec::new();
    array(&mut out, |it| it.raw("null"));
    assert_eq!(out, b"[null]");
}

#[test]
fn raw_values_are_put_on_one_line() {
    let text = written(|it| {
        it.raw("a", "{\r\n  \"b\": \"\\n\"\n}");
        it.array("c", |it| it.raw("[\n1]"));
    });
    assert_eq!(text, r#"{"a":{    "b": "\n" },"c":[[ 1]]}"#);
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(name: String, value: String) {
        let text = written(|it| it.string(&name, &value));
        prop_assert_eq!(Fields::document(text.as_bytes()).unwrap().take_string(&name).unwrap(), value);
    }
}
