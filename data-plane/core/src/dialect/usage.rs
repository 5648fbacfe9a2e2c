//! Token counts as the dialects write them.

mod cost;

use self::cost::ReportedCost;
use super::Dialect;
use crate::json::{InvalidBody, Key, Kind, Raw, Reader};
use crate::usage::{Shortfall, TokenUsage};

/// Counts as reported; `None`: not reported (yet). Streams report in several events, and counts only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportedUsage {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
    cache_write_5m: Option<u64>,
    cache_write_1h: Option<u64>,
    reasoning: Option<u64>,
    image_input: Option<u64>,
    image_output: Option<u64>,
    cost: ReportedCost,
    /// A count is none that an upstream could mean, so the others are not believed either.
    is_nonsense: bool,
}

/// More tokens than this are in no answer: it is twice the largest context window. The tables take more.
const MOST_TOKENS: u64 = 20_000_000;

/// What stands where a count should.
enum Count {
    /// `null`
    Unsaid,
    Tokens(u64),
    /// Negative, a fraction, a text, or far too much.
    Nonsense,
}

impl Count {
    fn read(reader: &mut Reader<'_>) -> Result<Self, InvalidBody> {
        if reader.kind()? == Kind::Null {
            return reader.skip().map(|_| Self::Unsaid);
        }
        let tokens = reader.maybe_count()?.filter(|it| *it <= MOST_TOKENS);
        Ok(tokens.map_or(Self::Nonsense, Self::Tokens))
    }
}

impl ReportedUsage {
    /// Reads a `usage` object; `None`: it is `null` or something else.
    ///
    /// Chat: <https://platform.openai.com/docs/api-reference/chat/object>; Responses:
    /// <https://platform.openai.com/docs/api-reference/responses/object>; Messages:
    /// <https://docs.anthropic.com/en/api/messages#response-usage>.
    pub fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, InvalidBody> {
        let mut usage = Self::default();
        let object = reader.maybe_object(|reader, key| usage.field(reader, key))?;
        Ok(object.map(|_| usage))
    }

    /// The same of a value that is at hand.
    pub fn of(raw: &Raw<'_>) -> Option<Self> {
        Self::read(&mut Reader::of_text(raw.as_str())).ok().flatten()
    }

    /// What counting tokens reports.
    pub fn of_input(input: u64) -> Self {
        Self { input: Some(input), ..Self::default() }
    }

    fn field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        let count = match &*key.name {
            "prompt_tokens" | "input_tokens" => &mut self.input,
            "completion_tokens" | "output_tokens" => &mut self.output,
            "total_tokens" => &mut self.total,
            // Beside Anthropic, vendors of Chat report it here: Moonshot, DeepSeek.
            "cache_read_input_tokens" | "cached_tokens" | "prompt_cache_hit_tokens" => &mut self.cache_read,
            "cache_creation_input_tokens" => &mut self.cache_write,
            "cache_creation" | "prompt_tokens_details" | "input_tokens_details" => {
                return reader.maybe_object(|reader, key| self.input_detail(reader, key)).map(drop);
            }
            "completion_tokens_details" | "output_tokens_details" => {
                return reader.maybe_object(|reader, key| self.output_detail(reader, key)).map(drop);
            }
            _ => return self.cost.field(reader, key),
        };
        match Count::read(reader)? {
            Count::Tokens(tokens) => *count = Some(tokens),
            Count::Unsaid => {}
            Count::Nonsense => self.is_nonsense = true,
        }
        Ok(())
    }

    fn input_detail<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        let count = match &*key.name {
            "cached_tokens" => &mut self.cache_read,
            "cache_write_tokens" => &mut self.cache_write,
            "ephemeral_5m_input_tokens" => &mut self.cache_write_5m,
            "ephemeral_1h_input_tokens" => &mut self.cache_write_1h,
            "image_tokens" => &mut self.image_input,
            _ => return reader.skip().map(drop),
        };
        match Count::read(reader)? {
            Count::Tokens(tokens) => *count = Some(tokens),
            Count::Unsaid => {}
            Count::Nonsense => self.is_nonsense = true,
        }
        Ok(())
    }

    fn output_detail<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        let count = match &*key.name {
            "reasoning_tokens" | "thinking_tokens" => &mut self.reasoning,
            "image_tokens" => &mut self.image_output,
            _ => return reader.skip().map(drop),
        };
        match Count::read(reader)? {
            Count::Tokens(tokens) => *count = Some(tokens),
            Count::Unsaid => {}
            Count::Nonsense => self.is_nonsense = true,
        }
        Ok(())
    }

    /// Takes over what a later report says: counts of one answer only grow.
    pub fn update(&mut self, later: &Self) {
        *self = Self {
            input: later.input.max(self.input),
            output: later.output.max(self.output),
            total: later.total.max(self.total),
            cache_read: later.cache_read.max(self.cache_read),
            cache_write: later.cache_write.max(self.cache_write),
            cache_write_5m: later.cache_write_5m.max(self.cache_write_5m),
            cache_write_1h: later.cache_write_1h.max(self.cache_write_1h),
            reasoning: later.reasoning.max(self.reasoning),
            image_input: later.image_input.max(self.image_input),
            image_output: later.image_output.max(self.image_output),
            cost: self.cost.updated(&later.cost),
            is_nonsense: self.is_nonsense || later.is_nonsense,
        };
    }

    /// The counts in the form that all dialects share, and what is wrong with them. `None`: they cannot be meant, which is as
    /// good as no report. A part that is larger than its whole is cut to it.
    pub fn normalise(&self, dialect: Dialect) -> Option<(TokenUsage, Shortfall)> {
        if self.is_nonsense {
            return None;
        }
        let beside = dialect == Dialect::AnthropicMessages;
        let told = [self.cache_read.unwrap_or_default(), self.short(), self.cache_write_1h.unwrap_or_default()];
        let cached = told.into_iter().fold(0, u64::saturating_add);
        let (input, output) = self.halves();
        let whole = if beside { input.unwrap_or_default().saturating_add(cached) } else { input.unwrap_or(cached) };
        let mut room = whole;
        let parts = told.map(|part| {
            let part = part.min(room);
            room -= part;
            part
        });
        let told_reasoning = self.reasoning.unwrap_or_default();
        let written =
            output.map_or(told_reasoning, |it| self.whole_output(input.unwrap_or_default(), it, told_reasoning));
        let tokens = TokenUsage {
            input: whole,
            output: written,
            cached_input: parts[0],
            cache_write_5m: parts[1],
            cache_write_1h: parts[2],
            reasoning: told_reasoning.min(written),
            image: self.image_input.unwrap_or_default().saturating_add(self.image_output.unwrap_or_default()),
            cost_nanousd: self.cost.nanousd(),
        };
        let was_cut = told != parts || told_reasoning > written;
        let shortfall = Shortfall { no_input: input.is_none(), no_output: output.is_none(), was_cut };
        (whole.max(written) <= MOST_TOKENS).then_some((tokens, shortfall))
    }

    /// Without the split by lifetime what is written to the cache is so for the usual one, five minutes.
    fn short(&self) -> u64 {
        let long = self.cache_write_1h.unwrap_or_default();
        self.cache_write_5m.unwrap_or_else(|| self.cache_write.unwrap_or_default().saturating_sub(long))
    }

    /// Input and output. Of a total and one half the other one follows; a total alone says nothing of either.
    fn halves(&self) -> (Option<u64>, Option<u64>) {
        let rest = |half: Option<u64>| Some(self.total?.saturating_sub(half?));
        (self.input.or_else(|| rest(self.output)), self.output.or_else(|| rest(self.input)))
    }

    /// Some vendors of Chat leave reasoning out of `completion_tokens`; their `total_tokens` tells.
    fn whole_output(&self, input: u64, output: u64, reasoning: u64) -> u64 {
        let whole = output.saturating_add(reasoning);
        if self.total == Some(input.saturating_add(whole)) { whole } else { output }
    }
}

#[cfg(test)]
mod tests;
