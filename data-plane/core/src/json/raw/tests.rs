#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

const BODY: &str = r#" {"text":"a\nbé","count":7,"number":-1.5e2,"yes":true,"no":false,"nothing":null,
    "list":[1, "two" ,{"three":[]},null],"inner":{"a":{"b":"deep"}},"te\u0078t":"second","left":0} "#;

fn document() -> Fields<'static> {
    Fields::document(BODY.as_bytes()).unwrap()
}

#[test]
fn values_are_taken_as_what_they_are() {
    let mut fields = document();
    assert_eq!(fields.take_string("text").unwrap(), "a\nbé");
    assert_eq!(fields.take_count("count"), Some(7));
    assert_eq!(fields.take("number").unwrap().number(), Some(-150.0));
    assert_eq!((fields.take_boolean("yes"), fields.take_boolean("no")), (Some(true), Some(false)));
    assert!(fields.take("nothing").is_none() && fields.take("absent").is_none());
    let kinds: Vec<Kind> = fields.take_elements("list").iter().map(Raw::kind).collect();
    assert_eq!(kinds, [Kind::Number, Kind::String, Kind::Object, Kind::Null]);
    assert_eq!(fields.take_fields("inner").unwrap().take_fields("a").unwrap().take_string("b").unwrap(), "deep");
    let rest: Vec<_> = fields.rest().map(|(name, raw)| (name, raw.as_str())).collect();
    assert_eq!(rest, [("text".into(), "\"second\""), ("left".into(), "0")]);
}

#[test]
fn values_of_another_kind_are_absent_but_taken() {
    let mut fields = document();
    assert!(fields.take_string("count").is_none());
    assert!(fields.take_count("number").is_none());
    assert!(fields.take_boolean("text").is_none());
    assert!(fields.take_elements("inner").is_empty());
    assert!(fields.take_fields("list").is_none());
    assert!(fields.get("nothing").is_none());
    let left: Vec<String> = fields.rest().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(left, ["yes", "no", "text", "left"]);
}

#[test]
fn a_field_that_is_only_looked_at_stays() {
    let mut fields = document();
    assert_eq!(fields.get("count").unwrap().count(), fields.take("count").unwrap().count());
    assert!(fields.get("count").is_none());
}

#[test]
fn values_tell_where_they_stand() {
    let mut fields = document();
    assert_eq!(fields.offset, 1);
    let check = |raw: Raw<'_>| assert_eq!(&BODY[raw.offset..raw.offset + raw.as_str().len()], raw.as_str());
    check(fields.get("number").unwrap());
    for element in fields.take_elements("list") {
        check(element);
    }
    let mut inner = fields.take_fields("inner").unwrap().take_fields("a").unwrap();
    check(inner.take("b").unwrap());
}

#[test]
fn a_document_is_one_object() {
    for body in ["", "[]", "1", "{} {}", "{\"a\":}", "{\"a\":[1,]}"] {
        assert!(Fields::document(body.as_bytes()).is_err(), "{body}");
    }
}
