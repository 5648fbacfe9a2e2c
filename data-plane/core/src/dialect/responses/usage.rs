//! `usage`, read and written.

use crate::dialect::Dialect;
use crate::dialect::neutral::Usage;
use crate::dialect::usage::ReportedUsage;
use crate::json::write::ObjectWriter;
use crate::json::{Raw, Reader};

/// What an upstream reports; `None`: nothing that can be read.
pub fn read(raw: &Raw<'_>) -> Option<Usage> {
    let mut fields = raw.fields()?;
    let mut reader = Reader::lenient(raw.as_str().as_bytes()).ok()?;
    let reported = ReportedUsage::read(&mut reader).ok()??;
    let input = fields.take_fields("input_tokens_details").unwrap_or_default();
    let output = fields.take_fields("output_tokens_details").unwrap_or_default();
    Some(Usage {
        tokens: reported.normalise(Dialect::OpenaiResponses)?.0,
        says_cached: input.get("cached_tokens").is_some(),
        says_cache_write: input.get("cache_write_tokens").is_some(),
        says_reasoning: output.get("reasoning_tokens").is_some(),
    })
}

/// Writes it, every part: clients break where one is missing.
pub fn write(object: &mut ObjectWriter<'_>, usage: &Usage) {
    let tokens = &usage.tokens;
    object.object("usage", |it| {
        it.plain("input_tokens", tokens.input);
        it.object("input_tokens_details", |it| {
            it.plain("cached_tokens", tokens.cached_input);
            it.plain("cache_write_tokens", tokens.cache_write_5m.saturating_add(tokens.cache_write_1h));
        });
        it.plain("output_tokens", tokens.output);
        it.object("output_tokens_details", |it| it.plain("reasoning_tokens", tokens.reasoning));
        it.plain("total_tokens", tokens.total());
    });
}
