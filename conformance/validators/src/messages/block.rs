use serde_json::Value;

/// A block that is open.
pub struct Open {
    kind: String,
    id: Option<String>,
    /// It has words.
    says: bool,
}

impl Open {
    /// Checks a block's start, which says what it is and nothing more.
    pub fn start(block: &Value, violations: &mut Vec<String>) -> Self {
        let kind = block["type"].as_str().unwrap_or_default().to_owned();
        let mut demand = |holds: bool, what: &str| {
            if !holds {
                violations.push(format!("the start of a `{kind}` block {what}"));
            }
        };
        match &*kind {
            "text" => demand(block["text"].is_string(), "has no `text`"),
            "thinking" => {
                demand(block["thinking"].is_string(), "has no `thinking`");
                demand(block["signature"].is_string(), "has no `signature`");
            }
            "redacted_thinking" => demand(!is_empty_text(&block["data"]), "has no `data`"),
            "tool_use" => {
                demand(is_call_id(&block["id"]), "has no `id` that starts with `toolu_`");
                demand(!is_empty_text(&block["name"]), "has no `name`");
                let empty = block["input"].as_object().is_some_and(serde_json::Map::is_empty);
                demand(empty, "has another `input` than {}");
            }
            "" => demand(false, "has no `type`"),
            _ => {}
        }
        let id = block["id"].as_str().filter(|_| kind == "tool_use").map(str::to_owned);
        Self { says: !is_empty_text(&block["text"]), kind, id }
    }

    /// A call's id.
    pub fn call_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Checks that a delta fits.
    pub fn delta(&mut self, delta: &Value, violations: &mut Vec<String>) {
        let kind = delta["type"].as_str().unwrap_or_default();
        let (fits, field) = match kind {
            "text_delta" => (self.kind == "text", "text"),
            "citations_delta" => (self.kind == "text", "citation"),
            "thinking_delta" => (self.kind == "thinking", "thinking"),
            "signature_delta" => (self.kind == "thinking", "signature"),
            "input_json_delta" => (self.kind.ends_with("tool_use"), "partial_json"),
            _ => (false, ""),
        };
        if !fits {
            violations.push(format!("a `{kind}` comes in a `{}` block", self.kind));
            return;
        }
        let right = if field == "citation" { delta[field].is_object() } else { delta[field].is_string() };
        if !right {
            violations.push(format!("a `{kind}` has no `{field}`"));
        }
        self.says |= !is_empty_text(&delta[field]);
    }

    /// Checks the block as a whole. Whether a call's input is one, only its model can help.
    pub fn stop(self, violations: &mut Vec<String>) {
        if self.kind == "text" && !self.says {
            violations.push("a `text` block is empty".to_owned());
        }
    }
}

/// Checks a block of a whole answer; gives a call's id.
pub fn check<'v>(block: &'v Value, index: usize, violations: &mut Vec<String>) -> Option<&'v str> {
    let kind = block["type"].as_str().unwrap_or_default();
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            violations.push(format!("`content[{index}]` ({kind}) {what}"));
        }
    };
    match kind {
        "text" => demand(!is_empty_text(&block["text"]), "has no `text`"),
        "thinking" => {
            demand(block["thinking"].is_string(), "has no `thinking`");
            demand(block["signature"].is_string(), "has no `signature`");
        }
        "redacted_thinking" => demand(!is_empty_text(&block["data"]), "has no `data`"),
        "tool_use" => {
            demand(is_call_id(&block["id"]), "has no `id` that starts with `toolu_`");
            demand(!is_empty_text(&block["name"]), "has no `name`");
            demand(block["input"].is_object(), "has an `input` that is no object");
            return Some(block["id"].as_str().unwrap_or_default());
        }
        "" => demand(false, "has no `type`"),
        _ => {}
    }
    None
}

/// Not a text, or one without a word.
pub fn is_empty_text(value: &Value) -> bool {
    value.as_str().is_none_or(str::is_empty)
}

fn is_call_id(value: &Value) -> bool {
    value.as_str().is_some_and(|it| it.starts_with("toolu_"))
}
