//! The ways to ask for reasoning.

use crate::facts::Reasoning;
use crate::facts::provenance::Thinking;
use crate::json::{InvalidBody, Reader};

/// What was read so far: the fields may come in any order, and more than one of them may be there.
#[derive(Default)]
pub struct ReasoningDraft {
    /// `Some(false)`: it is switched off by name.
    switched: Option<bool>,
    effort: Option<String>,
}

impl ReasoningDraft {
    /// `reasoning_effort`, `output_config.effort`: a level; `none` switches reasoning off.
    pub fn effort(&mut self, reader: &mut Reader<'_>, param: &str) -> Result<(), InvalidBody> {
        let Some(effort) = reader.want_string(param)? else { return Ok(()) };
        match &*effort.decode() {
            "none" => self.switched = Some(false),
            level => self.effort = Some(level.to_owned()),
        }
        Ok(())
    }

    /// `reasoning`: `{"effort", "summary", "max_tokens", "enabled", …}`; any setting asks for reasoning.
    pub fn settings(&mut self, reader: &mut Reader<'_>, param: &str) -> Result<(), InvalidBody> {
        reader.want_object(param, |reader, key| match &*key.name {
            "effort" => self.effort(reader, "reasoning.effort"),
            "enabled" => {
                let enabled = reader.want_bool("reasoning.enabled")?;
                self.switched = if enabled == Some(false) { enabled } else { self.switched.or(enabled) };
                Ok(())
            }
            _ => {
                if reader.skip()?.len() > "null".len() {
                    self.switched.get_or_insert(true);
                }
                Ok(())
            }
        })?;
        Ok(())
    }

    /// `thinking`: `{"type": "enabled" | "adaptive" | "disabled", "budget_tokens"}`.
    /// Returns where it stands, if it is on.
    pub fn thinking(&mut self, reader: &mut Reader<'_>) -> Result<Option<Thinking>, InvalidBody> {
        let mut thinking = None;
        let span = reader.want_object("thinking", |reader, key| {
            if key.name != "type" {
                return reader.skip().map(drop);
            }
            let kind = reader.want_string("thinking.type")?.map(|it| it.decode());
            match kind.as_deref() {
                Some("disabled") => self.switched = Some(false),
                Some(kind) => {
                    self.switched.get_or_insert(true);
                    thinking = Some(kind == "enabled");
                }
                None => {}
            }
            Ok(())
        })?;
        Ok(span.zip(thinking).map(|(span, budget)| Thinking { span, budget }))
    }

    /// What is asked for in the end: switched off wins over an effort that is named beside it.
    pub fn finish(self) -> Option<Reasoning> {
        match (self.switched, &self.effort) {
            (Some(false), _) | (None, None) => None,
            _ => Some(Reasoning { effort: self.effort }),
        }
    }
}
