use super::Reading;
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Effort, Format, ReasoningAsk, Thinking};
use crate::json::{Fields, want};

/// Asks for the probabilities of tokens.
const LOGPROBS: &str = "message.output_text.logprobs";

impl<'a> Reading<'a> {
    /// Fields that say how to answer.
    pub(super) fn settings(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let request = &mut self.request;
        request.stream = want::boolean(fields, "", "stream")?.unwrap_or_default();
        request.max_output_tokens = want::count(fields, "", "max_output_tokens")?;
        request.sampling.temperature = want::number(fields, "", "temperature")?;
        request.sampling.top_p = want::number(fields, "", "top_p")?;
        request.metadata = want::raw_object(fields, "", "metadata")?.filter(|it| it != "{}");
        request.prompt_cache_key = want::string(fields, "", "prompt_cache_key")?;
        request.service_tier = want::string(fields, "", "service_tier")?;
        let user = want::string(fields, "", "user")?;
        request.user = want::string(fields, "", "safety_identifier")?;
        match (user, &request.user) {
            (user, None) => request.user = user,
            (Some(user), Some(safe)) if user != *safe => request.warnings.dropped("user"),
            _ => {}
        }
        // The default is no loss.
        if want::string(fields, "", "truncation")?.is_some_and(|it| it != "disabled") {
            request.warnings.dropped("truncation");
        }
        if want::string(fields, "", "prompt_cache_retention")?.is_some_and(|it| it != "in_memory" && it != "in-memory")
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
        let alternatives = want::count(fields, "", "top_logprobs")?.filter(|it| *it > 0);
        self.request.logprobs = alternatives.or(asked.then_some(0));
        Ok(())
    }

    fn text(&mut self, fields: &mut Fields<'a>) -> Result<(), InvalidBody> {
        let Some(mut text) = want::object(fields, "", "text")? else { return Ok(()) };
        self.request.verbosity = want::string(&mut text, "text", "verbosity")?;
        if let Some(format) = want::object(&mut text, "text", "format")? {
            self.request.format = self.format(format)?;
        }
        self.lost("text", text);
        Ok(())
    }

    fn format(&mut self, mut fields: Fields<'a>) -> Result<Option<Format<'a>>, InvalidBody> {
        let owner = "text.format";
        let format = match &*want::required(&mut fields, owner, "type")? {
            "text" => None,
            "json_object" => Some(Format::JsonObject),
            "json_schema" => {
                let offset = fields.offset;
                let schema = want::raw_object(&mut fields, owner, "schema")?;
                Some(Format::JsonSchema {
                    name: want::string(&mut fields, owner, "name")?,
                    description: want::string(&mut fields, owner, "description")?,
                    schema: schema.ok_or_else(|| InvalidBody::field("text.format.schema", offset, "an object"))?,
                    strict: want::boolean(&mut fields, owner, "strict")?,
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
        let Some(mut reasoning) = want::object(fields, "", owner)? else { return Ok(()) };
        let mut ask = ReasoningAsk::default();
        if let Some(effort) = want::string(&mut reasoning, owner, "effort")? {
            ask.effort = Effort::parse(&effort);
            match ask.effort {
                Some(Effort::None) => ask.thinking = Thinking::Off,
                Some(_) => {}
                None => self.request.warnings.dropped("reasoning.effort"),
            }
        }
        if let Some(tokens) = want::count(&mut reasoning, owner, "max_tokens")? {
            ask.thinking = Thinking::Budget(tokens);
        }
        let summary = want::string(&mut reasoning, owner, "summary")?;
        // Its name before it was called `summary`.
        let older = want::string(&mut reasoning, owner, "generate_summary")?;
        ask.display = summary.or(older);
        if want::string(&mut reasoning, owner, "context")?.is_some_and(|it| it != "auto") {
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
