use super::Writing;
use crate::dialect::neutral::{Effort, Field, Format, ReasoningAsk, Thinking, label};
use crate::json::write::ObjectWriter;

/// The smallest cap that the API takes; agents that only ask whether a model answers send less.
const MIN_CAP: u64 = 16;

impl<'a> Writing<'_, 'a> {
    /// Fields that say how to answer.
    pub(super) fn settings(&mut self, object: &mut ObjectWriter<'_>) {
        let request = self.request;
        if let Some(cap) = request.max_output_tokens {
            self.cap(object, cap);
        }
        self.sampling(object);
        let reasons = self.reasoning(object);
        self.text(object);
        if let Some(metadata) = &request.metadata {
            object.raw("metadata", metadata);
        }
        self.label(object, "user", request.user.as_deref(), Field::User);
        self.label(object, "prompt_cache_key", request.prompt_cache_key.as_deref(), Field::PromptCacheKey);
        match request.service_tier.as_deref() {
            // Messages' word for it.
            Some("standard_only") => object.string("service_tier", "default"),
            tier => object.optional("service_tier", tier),
        }
        let sealed = reasons || self.gives_reasoning_back();
        if sealed || request.logprobs.is_some() {
            object.array("include", |include| {
                if sealed {
                    include.string("reasoning.encrypted_content");
                }
                if request.logprobs.is_some() {
                    include.string("message.output_text.logprobs");
                }
            });
        }
        if request.stream {
            object.plain("stream", true);
        }
    }

    fn label(&mut self, object: &mut ObjectWriter<'_>, name: &str, said: Option<&str>, field: Field) {
        let Some((written, exact)) = said.map(label) else { return };
        if !exact {
            self.approximated(field);
        }
        object.string(name, &written);
    }

    fn cap(&mut self, object: &mut ObjectWriter<'_>, cap: u64) {
        if let Some(field) = self.target.output_cap.field {
            return object.plain(field.as_str(), cap);
        }
        if cap < MIN_CAP {
            self.approximated(Field::MaxOutputTokens);
        }
        object.plain("max_output_tokens", cap.max(MIN_CAP));
    }

    fn sampling(&mut self, object: &mut ObjectWriter<'_>) {
        let request = self.request;
        let sampling = &request.sampling;
        let known = [("temperature", &sampling.temperature), ("top_p", &sampling.top_p)];
        for (name, value) in known {
            if let Some(value) = value {
                object.raw(name, value);
            }
        }
        let unknown = [
            (Field::TopK, &sampling.top_k),
            (Field::FrequencyPenalty, &sampling.frequency_penalty),
            (Field::PresencePenalty, &sampling.presence_penalty),
            (Field::Seed, &sampling.seed),
        ];
        for (field, value) in unknown {
            // A penalty of nothing is the default.
            let penalty = matches!(field, Field::FrequencyPenalty | Field::PresencePenalty);
            if value.as_deref().is_some_and(|it| !(penalty && is_zero(it))) {
                self.dropped(field);
            }
        }
        if !request.stop.is_empty() {
            self.dropped(Field::Stop);
        }
        if let Some(alternatives) = request.logprobs {
            object.plain("top_logprobs", alternatives);
        }
    }

    fn text(&mut self, object: &mut ObjectWriter<'_>) {
        let request = self.request;
        if request.format.is_none() && request.verbosity.is_none() {
            return;
        }
        object.object("text", |text| {
            match &request.format {
                None => {}
                Some(Format::JsonObject) => text.object("format", |it| it.string("type", "json_object")),
                Some(Format::JsonSchema { name, description, schema, strict }) => text.object("format", |it| {
                    it.string("type", "json_schema");
                    it.string("name", name.as_deref().unwrap_or("answer"));
                    it.optional("description", description.as_deref());
                    it.raw("schema", schema);
                    if let Some(strict) = strict {
                        it.plain("strict", strict);
                    }
                }),
            }
            text.optional("verbosity", request.verbosity.as_deref());
        });
    }

    /// Writes what is asked of reasoning; tells whether anything is.
    fn reasoning(&mut self, object: &mut ObjectWriter<'_>) -> bool {
        let Some(ask) = &self.request.reasoning else { return false };
        if !self.target.reasoning {
            if ask.thinking != Thinking::Off {
                self.dropped(Field::Reasoning);
            }
            return false;
        }
        let effort = self.effort(ask);
        if effort == Some(Effort::None) {
            object.object("reasoning", |it| it.string("effort", "none"));
            return false;
        }
        let summary = match ask.display.as_deref() {
            Some("omitted" | "none") => None,
            Some(own @ ("auto" | "concise" | "detailed")) => Some(own),
            // Whoever asks for reasoning wants to see it.
            Some(_) | None => Some("auto"),
        };
        object.object("reasoning", |it| {
            it.optional("effort", effort.map(Effort::as_str));
            it.optional("summary", summary);
        });
        true
    }

    /// The effort that comes nearest to what is asked, of those that the target knows.
    fn effort(&mut self, ask: &ReasoningAsk<'a>) -> Option<Effort> {
        let wanted = match (ask.effort, ask.thinking) {
            (_, Thinking::Off) => Effort::None,
            (Some(effort), _) => effort,
            (None, Thinking::Budget(tokens)) => {
                self.approximated(Field::ThinkingBudget);
                Effort::of_budget(tokens)
            }
            (None, Thinking::Adaptive | Thinking::Unsaid) => return None,
        };
        let known: Vec<Effort> = self.target.reasoning_efforts.iter().filter_map(|it| Effort::parse(it)).collect();
        if known.is_empty() || known.contains(&wanted) {
            return Some(wanted);
        }
        if wanted == Effort::None || ask.effort.is_some() {
            self.approximated(Field::ReasoningEffort);
        }
        known.iter().filter(|it| **it < wanted).max().or(known.iter().min()).copied()
    }
}

fn is_zero(number: &str) -> bool {
    number.parse::<f64>().is_ok_and(|it| it == 0.0)
}
