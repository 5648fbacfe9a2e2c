use crate::dialect::Dialect;
use crate::dialect::neutral::{Reply, Usage};
use crate::dialect::usage::ReportedUsage;
use crate::json::Raw;
use crate::json::write::ObjectWriter;
use crate::usage::TokenUsage;

/// Counts as reported; `None`: not reported (yet).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    write_5m: Option<u64>,
    write_1h: Option<u64>,
    reasoning: Option<u64>,
}

impl Counts {
    /// Reads a `usage` object; `None`: it is something else, or cannot be meant.
    pub fn read(usage: &Raw<'_>) -> Option<Self> {
        ReportedUsage::of(usage)?.normalise(Dialect::AnthropicMessages)?;
        let mut fields = usage.fields()?;
        let mut split = fields.take_fields("cache_creation").unwrap_or_default();
        let mut output = fields.take_fields("output_tokens_details").unwrap_or_default();
        Some(Self {
            input: fields.take_count("input_tokens"),
            output: fields.take_count("output_tokens"),
            cache_read: fields.take_count("cache_read_input_tokens"),
            cache_write: fields.take_count("cache_creation_input_tokens"),
            write_5m: split.take_count("ephemeral_5m_input_tokens"),
            write_1h: split.take_count("ephemeral_1h_input_tokens"),
            reasoning: output.take_count("thinking_tokens").or_else(|| output.take_count("reasoning_tokens")),
        })
    }

    /// Takes over what a later report says. Counts only grow: some servers report an input of zero at the end.
    pub fn update(&mut self, later: &Self) {
        *self = Self {
            input: self.input.max(later.input),
            output: self.output.max(later.output),
            cache_read: self.cache_read.max(later.cache_read),
            cache_write: self.cache_write.max(later.cache_write),
            write_5m: self.write_5m.max(later.write_5m),
            write_1h: self.write_1h.max(later.write_1h),
            reasoning: self.reasoning.max(later.reasoning),
        };
    }

    /// The counts as all dialects share them: input contains what is cached.
    pub fn usage(&self) -> Usage {
        let cached_input = self.cache_read.unwrap_or_default();
        let long = self.write_1h.unwrap_or_default();
        // Without the split by lifetime it is the default one, five minutes.
        let short = self.write_5m.unwrap_or_else(|| self.cache_write.unwrap_or_default().saturating_sub(long));
        let parts = [self.input.unwrap_or_default(), cached_input, short, long];
        Usage {
            tokens: TokenUsage {
                input: parts.into_iter().fold(0, u64::saturating_add),
                output: self.output.unwrap_or_default(),
                cached_input,
                cache_write_5m: short,
                cache_write_1h: long,
                reasoning: self.reasoning.unwrap_or_default(),
                image: 0,
                cost_nanousd: None,
            },
            says_cached: self.cache_read.is_some(),
            says_cache_write: self.cache_write.is_some() || self.write_5m.is_some() || self.write_1h.is_some(),
            says_reasoning: self.reasoning.is_some(),
        }
    }
}

/// The usage to tell when an answer begins: clients show it at once, and zero reads as an empty context.
pub fn at_start(known: Option<&Usage>, reply: &Reply) -> Usage {
    let mut usage = known.copied().unwrap_or_default();
    if usage.tokens.input == 0 {
        usage.tokens.input = reply.estimated_input;
    }
    usage
}

/// Writes the field `usage`. The cache's counts are always there, as clients add them up.
pub fn write(out: &mut ObjectWriter<'_>, usage: &Usage, tier: Option<&str>) {
    let tokens = &usage.tokens;
    let written = tokens.cache_write_5m.saturating_add(tokens.cache_write_1h);
    let fresh = tokens.input.saturating_sub(tokens.cached_input).saturating_sub(written);
    out.object("usage", |out| {
        out.plain("input_tokens", fresh);
        out.plain("cache_creation_input_tokens", written);
        out.plain("cache_read_input_tokens", tokens.cached_input);
        out.object("cache_creation", |out| {
            out.plain("ephemeral_5m_input_tokens", tokens.cache_write_5m);
            out.plain("ephemeral_1h_input_tokens", tokens.cache_write_1h);
        });
        out.plain("output_tokens", tokens.output);
        out.optional("service_tier", tier.and_then(tier_of_answer));
    });
}

fn tier_of_answer(tier: &str) -> Option<&'static str> {
    match tier {
        "default" | "standard" => Some("standard"),
        "priority" => Some("priority"),
        "batch" => Some("batch"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
