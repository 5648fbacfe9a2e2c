use crate::dialect::Dialect;
use crate::dialect::neutral::Usage;
use crate::dialect::usage::ReportedUsage;
use crate::json::write::ObjectWriter;
use crate::json::{Fields, Raw, Reader};

/// Reads a `usage` object; `None`: it is something else.
pub fn read(raw: &Raw<'_>) -> Option<Usage> {
    let reported = ReportedUsage::read(&mut Reader::of_text(raw.as_str())).ok().flatten()?;
    let fields = raw.fields()?;
    let details = |name: &str| fields.get(name).and_then(|it| it.fields());
    let input = details("prompt_tokens_details").or_else(|| details("input_tokens_details"));
    let output = details("completion_tokens_details").or_else(|| details("output_tokens_details"));
    let says = |fields: Option<&Fields<'_>>, names: &[&str]| {
        fields.is_some_and(|it| names.iter().any(|name| it.get(name).is_some_and(|it| it.number().is_some())))
    };
    Some(Usage {
        tokens: reported.normalise(Dialect::OpenaiChat)?.0,
        says_cached: says(input.as_ref(), &["cached_tokens"])
            || says(Some(&fields), &["cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens"]),
        says_cache_write: says(input.as_ref(), &["cache_write_tokens"])
            || says(Some(&fields), &["cache_creation_input_tokens"]),
        says_reasoning: says(output.as_ref(), &["reasoning_tokens", "thinking_tokens"]),
    })
}

/// Parts that a `usage` object counts and no other dialect has a word for: their paths in the answer.
pub fn untold(raw: &Raw<'_>) -> Vec<String> {
    let fields = raw.fields().unwrap_or_default();
    let mut untold = Vec::new();
    for details in ["prompt_tokens_details", "completion_tokens_details"] {
        let counts = fields.get(details).and_then(|it| it.fields()).unwrap_or_default();
        for name in ["audio_tokens", "image_tokens"] {
            if counts.get(name).and_then(|it| it.count()).is_some_and(|it| it > 0) {
                untold.push(format!("usage.{details}.{name}"));
            }
        }
    }
    untold
}

/// Writes the fields of a `usage` object: what the upstream did not say does not appear.
pub fn write(usage: &Usage, out: &mut ObjectWriter<'_>) {
    let tokens = &usage.tokens;
    out.plain("prompt_tokens", tokens.input);
    out.plain("completion_tokens", tokens.output);
    out.plain("total_tokens", tokens.total());
    if usage.says_cached || usage.says_cache_write {
        out.object("prompt_tokens_details", |out| {
            if usage.says_cached {
                out.plain("cached_tokens", tokens.cached_input);
            }
            if usage.says_cache_write {
                out.plain("cache_write_tokens", tokens.cache_write_5m.saturating_add(tokens.cache_write_1h));
            }
        });
    }
    if usage.says_reasoning {
        out.object("completion_tokens_details", |out| out.plain("reasoning_tokens", tokens.reasoning));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::json::write::object;

    fn round(usage: &str) -> String {
        let body = format!(r#"{{"usage":{usage}}}"#);
        let usage = read(&Fields::document(body.as_bytes()).unwrap().take("usage").unwrap()).unwrap();
        let mut out = Vec::new();
        object(&mut out, |out| write(&usage, out));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn zero_is_not_absent() {
        let bare = r#"{"prompt_tokens":2852,"completion_tokens":4,"total_tokens":2856}"#;
        assert_eq!(round(bare), bare);
        let zeros = r#"{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}"#;
        assert_eq!(round(zeros), zeros);
    }

    #[test]
    fn cached_tokens_are_part_of_the_input_wherever_a_vendor_reports_them() {
        let expected = r#"{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_tokens_details":{"cached_tokens":80}}"#;
        for usage in [
            r#"{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_tokens_details":{"cached_tokens":80}}"#,
            r#"{"prompt_tokens":100,"completion_tokens":5,"prompt_cache_hit_tokens":80,"prompt_cache_miss_tokens":20}"#,
            r#"{"prompt_tokens":100,"completion_tokens":5,"cached_tokens":80}"#,
        ] {
            assert_eq!(round(usage), expected);
        }
    }

    #[test]
    fn reasoning_that_a_vendor_left_out_of_the_output_is_counted_once() {
        let written = round(
            r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}"#,
        );
        assert_eq!(
            written,
            r#"{"prompt_tokens":10,"completion_tokens":25,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}"#
        );
    }
}
