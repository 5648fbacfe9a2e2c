use std::borrow::Cow;
use std::collections::HashSet;

use crate::dialect::neutral::{Arguments, arguments, custom, mint_id, tool_call_id};
use crate::json::write;

/// A call's arguments as `input`, which has to be an object; tells whether they were one.
pub fn of_arguments<'a>(arguments: &'a Arguments<'_>) -> (Cow<'a, str>, bool) {
    match arguments {
        Arguments::Json(json) if json.trim().is_empty() => (Cow::Borrowed("{}"), true),
        Arguments::Json(json) if !arguments::is_broken(json) => (Cow::Borrowed(json), true),
        Arguments::Json(json) => (unread(json), false),
        Arguments::Text(text) => (Cow::Owned(custom::wrap(text)), true),
    }
}

/// What the model got wrong, as the tool's owner can still see it.
fn unread(json: &str) -> Cow<'static, str> {
    let mut out = Vec::new();
    write::object(&mut out, |out| out.string("arguments", json));
    Cow::Owned(String::from_utf8(out).expect("JSON is written in UTF-8"))
}

/// The longest id that is accepted.
const MAX_ID: usize = 64;

/// Ids of calls as this dialect writes them, each given once: some servers number the calls of every answer from zero.
#[derive(Default)]
pub struct CallIds {
    used: HashSet<String>,
}

impl CallIds {
    /// The id of the next call. `number` makes one that the upstream did not give, together with the request's id.
    pub fn next(&mut self, id: &str, request_id: &str, number: usize) -> String {
        let wire =
            if id.is_empty() { mint_id("toolu_", request_id, number) } else { tool_call_id(id, "toolu_").into_owned() };
        if self.used.insert(wire.clone()) {
            return wire;
        }
        let number = self.used.len();
        let longer = format!("{wire}_{number}");
        let other = if longer.len() <= MAX_ID {
            longer
        } else {
            format!("toolu_{:08x}_{number}", crc32fast::hash(wire.as_bytes()))
        };
        self.used.insert(other.clone());
        other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_always_an_object() {
        let input = |json: &'static str| of_arguments(&Arguments::Json(json.into())).0.into_owned();
        assert_eq!(input(""), "{}");
        assert_eq!(input(r#"{"a": 1e2 }"#), r#"{"a": 1e2 }"#);
        assert_eq!(input("[1]"), r#"{"arguments":"[1]"}"#);
        assert_eq!(input(r#"{"a":"#), r#"{"arguments":"{\"a\":"}"#);
        let custom = Arguments::Text("*** Begin".into());
        assert_eq!(of_arguments(&custom).0, r#"{"input":"*** Begin"}"#);
    }

    #[test]
    fn no_two_calls_share_an_id() {
        let mut ids = CallIds::default();
        assert_eq!(ids.next("call_0", "r", 0), "toolu_call_0");
        assert_eq!(ids.next("call_0", "r", 1), "toolu_call_0_1");
        assert_eq!(ids.next("", "r", 2), "toolu_r_2");
        assert_eq!(ids.next("toolu_01", "r", 3), "toolu_01");
    }
}
