#![expect(clippy::unwrap_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use bytes::Bytes;

use super::*;

const KEY: &str = "sk-a/b+c==Zz9_";

fn scrub() -> Scrub {
    Scrub::new(&Secret::new(KEY.to_owned())).unwrap()
}

fn every(escape: impl Fn(u8) -> String) -> String {
    KEY.bytes().map(escape).collect()
}

/// As programs write a whole key.
fn usual() -> Vec<String> {
    let mut forms = vec![
        KEY.to_owned(),
        KEY.replace('/', "\\/"),
        KEY.replace('+', "\\u002B").replace('=', "\\u003D"),
        KEY.replace('+', "\\u002b").replace('=', "\\u003d"),
        KEY.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
        KEY.replace('/', "%2f").replace('+', "%2b").replace('=', "%3d"),
        every(|it| format!("{it:02x}")),
        every(|it| format!("{it:02X}")),
    ];
    for before in ["", "u", "u:", "Bearer ", "user:"] {
        for after in ["", "x", "xy"] {
            let text = format!("{before}{KEY}{after}");
            forms.push(STANDARD.encode(&text));
            forms.push(URL_SAFE.encode(&text));
        }
    }
    forms
}

/// What only somebody writes who means it, or texts within texts.
fn unusual() -> Vec<String> {
    let unicode = every(|it| format!("\\u00{it:02x}"));
    let mut forms = vec![
        KEY.replace('-', "\\u002d"),
        KEY.replace('-', "\\u002D").replace('s', "%73"),
        unicode.clone(),
        unicode.replace('\\', "\\\\"),
        serde_json::to_string(&serde_json::to_string(&unicode).unwrap()).unwrap(),
        every(|it| format!("%{it:02X}")),
        every(|it| format!("%25{it:02X}")),
        every(|it| format!("&#{it};")),
        every(|it| format!("&amp;#x{it:x};")),
        every(|it| format!("\\x{it:02x}")),
        every(|it| format!("{}\0", char::from(it))),
        KEY.to_ascii_uppercase(),
        STANDARD.encode(KEY).replace('c', "\\u0063"),
    ];
    forms.extend(usual().iter().map(|it| it.replace('/', "\\/")));
    forms
}

#[test]
fn a_key_is_taken_out_of_errors_however_it_is_written() {
    for form in usual().into_iter().chain(unusual()) {
        let text = Bytes::from(format!("{{\"m\":\"key {form} is wrong\"}}"));
        let clean = String::from_utf8(scrub().clean(&text).to_vec()).unwrap();
        assert!(clean.contains("[redacted]"), "{form}: {clean}");
        // A digit of Base64 on either side tells no more than half a letter.
        let left = clean.len() - r#"{"m":"key [redacted] is wrong"}"#.len();
        assert!(left <= 16, "{form}: {clean}");
        assert_eq!(clean.find("key "), Some(6), "{clean}");
        assert!(clean.ends_with(" is wrong\"}"), "{clean}");
    }
}

#[test]
fn a_key_is_taken_out_of_answers_in_the_forms_that_programs_write() {
    for form in usual() {
        let text = Bytes::from(format!("\"key {form} is wrong\""));
        let clean = scrub().clean_answer(&text);
        assert!(memchr::memmem::find(&clean, b"[redacted]").is_some(), "{form}: {clean:?}");
    }
}

#[test]
fn what_is_around_a_key_stays_as_it_is() {
    let text = Bytes::from(format!(r#"{{"m":"a\n{KEY}\n\u00e9%41 {KEY}","n":"sk-a"}}"#));
    let clean = r#"{"m":"a\n[redacted]\n\u00e9%41 [redacted]","n":"sk-a"}"#;
    assert_eq!(scrub().clean(&text), clean);
    assert_eq!(scrub().clean_answer(&text), clean);
    let plain = Bytes::from_static(b"nothing \\u0041 %41");
    assert_eq!(scrub().clean(&plain).as_ptr(), plain.as_ptr());
    assert_eq!(scrub().clean_answer(&plain).as_ptr(), plain.as_ptr());
    assert!(Scrub::new(&Secret::new("none".to_owned())).is_none());
    assert!(!format!("{:?}", scrub()).contains("sk-a"));
}
