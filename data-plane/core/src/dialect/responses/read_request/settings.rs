use super::super::take;
use super::Reading;
use crate::dialect::InvalidBody;
use crate::dialect::json::Fields;
use crate::dialect::neutral::{Effort, Format, ReasoningAsk, Thinking};

/// Asks for the probabilities of tokens.
const LOGPROBS: &str = "message.output_text.logprobs";

impl<'a> Reading<'a> {
    /// Fields that say how to answer.
    pub(super) fn settings(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let request = &mut self.request;
        request.stream = take::boolean(fields, "", "stream")?.unwrap_or_default();
        request.max_output_tokens = take::count(fields, "", "max_output_tokens")?;
        request.sampling.temperature = take::number(fields, "", "temperature")?;
        request.sampling.top_p = take::number(fields, "", "top_p")?;
        request.metadata = take::raw_object(fields, "", "metadata")?.filter(|it| it != "{}");
        request.prompt_cache_key = take::string(fields, "", "prompt_cache_key")?;
        request.service_tier = take::string(fields, "", "service_tier")?;
        let user = take::string(fields, "", "user")?;
        request.user = take::string(fields, "", "safety_identifier")?;
        match (user, &request.user) {
            (user, None) => request.user = user,
            (Some(user), Some(safe)) if user != *safe => request.warnings.dropped("user"),
            _ => {}
        }
        // The default is no loss.
        if take::string(fields, "", "truncation")?.is_some_and(|it| it != "disabled") {
            request.warnings.dropped("truncation");
        }
        if take::string(fields, "", "prompt_cache_retention")?.is_some_and(|it| it != "in_memory" && it != "in-memory")
        {
            self.request.warnings.dropped("prompt_cache_retention");
        }
        self.text(fields)?;
        self.reasoning(fields)
    }

    /// Both ways to ask for them.
    pub(super) fn logprobs(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let included = fields.get("include").and_then(|it| it.elements()).unwrap_or_default();
        let asked = included.iter().any(|it| it.string().as_deref() == Some(LOGPROBS));
        let alternatives = take::count(fields, "", "top_logprobs")?.filter(|it| *it > 0);
        self.request.logprobs = alternatives.or(asked.then_some(0));
        Ok(())
    }

    fn text(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let Some(mut text) = take::object(fields, "", "text")? else { return Ok(()) };
        self.request.verbosity = take::string(&mut text, "text", "verbosity")?;
        if let Some(format) = take::object(&mut text, "text", "format")? {
            self.request.format = self.format(format)?;
        }
        self.lost("text", text);
        Ok(())
    }

    fn format(&mut self, mut fields: Fields<'a>) -> Result<Option<Format<'a>>, InvalidBody> {
        let owner = "text.format";
        let format = match &*take::required(&mut fields, owner, "type")? {
            "text" => None,
            "json_object" => Some(Format::JsonObject),
            "json_schema" => {
                let offset = fields.offset;
                let schema = take::raw_object(&mut fields, owner, "schema")?;
                Some(Format::JsonSchema {
                    name: take::string(&mut fields, owner, "name")?,
                    description: take::string(&mut fields, owner, "description")?,
                    schema: schema.ok_or_else(|| InvalidBody::field("text.format.schema", offset, "an object"))?,
                    strict: take::boolean(&mut fields, owner, "strict")?,
                })
            }
            _ => {
                self.request.warnings.dropped(owner);
                return Ok(None);
            }
        };
        self.lost(owner, fields);
        Ok(format)
    }

    fn reasoning(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let owner = "reasoning";
        let Some(mut reasoning) = take::object(fields, "", owner)? else { return Ok(()) };
        let mut ask = ReasoningAsk::default();
        if let Some(effort) = take::string(&mut reasoning, owner, "effort")? {
            ask.effort = Effort::parse(&effort);
            match ask.effort {
                Some(Effort::None) => ask.thinking = Thinking::Off,
                Some(_) => {}
                None => self.request.warnings.dropped("reasoning.effort"),
            }
        }
        if let Some(tokens) = take::count(&mut reasoning, owner, "max_tokens")? {
            ask.thinking = Thinking::Budget(tokens);
        }
        let summary = take::string(&mut reasoning, owner, "summary")?;
        // Its name before it was called `summary`.
        let older = take::string(&mut reasoning, owner, "generate_summary")?;
        ask.display = summary.or(older);
        if take::string(&mut reasoning, owner, "context")?.is_some_and(|it| it != "auto") {
            self.request.warnings.dropped("reasoning.context");
        }
        self.request.reasoning = (ask != ReasoningAsk::default()).then_some(ask);
        self.lost(owner, reasoning);
        Ok(())
    }

    fn lost(&mut self, owner: &str, fields: Fields<'a>) {
        for (name, _) in fields.rest() {
            self.request.warnings.dropped(format!("{owner}.{name}"));
        }
    }
}
