use crate::dialect::neutral::Finish;

/// What an upstream's `finish_reason` means; vendors have words of their own for OpenAI's.
pub fn parse(reason: &str) -> Finish {
    match reason {
        "length" | "max_tokens" | "model_length" => Finish::Length,
        "tool_calls" | "tool_call" | "tool_use" | "function_call" => Finish::ToolCalls,
        "content_filter" | "safety" | "SAFETY" => Finish::ContentFilter,
        "refusal" => Finish::Refusal,
        _ => Finish::Stop,
    }
}

/// Why an answer ended, whatever the upstream says: a call ends it as one, unless it was cut off.
pub fn settle(said: Finish, has_calls: bool, has_refusal: bool) -> Finish {
    match said {
        Finish::Length => Finish::Length,
        _ if has_calls => Finish::ToolCalls,
        Finish::Stop | Finish::ToolCalls if has_refusal => Finish::Refusal,
        Finish::ToolCalls => Finish::Stop,
        said => said,
    }
}

/// The `finish_reason` that a caller gets.
pub fn write(finish: Finish, has_calls: bool, has_refusal: bool) -> &'static str {
    match finish {
        Finish::Length | Finish::ContextFull => "length",
        _ if has_calls => "tool_calls",
        Finish::ContentFilter => "content_filter",
        Finish::Refusal if !has_refusal => "content_filter",
        Finish::Stop | Finish::ToolCalls | Finish::Refusal | Finish::Pause => "stop",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_call_ends_the_answer_as_one_whatever_the_upstream_says() {
        for said in ["stop", "end_turn", "", "tool_calls", "function_call", "content_filter"] {
            assert_eq!(settle(parse(said), true, false), Finish::ToolCalls, "{said}");
        }
        assert_eq!(settle(parse("length"), true, false), Finish::Length);
        for finish in [Finish::Stop, Finish::Pause, Finish::Refusal, Finish::ContentFilter, Finish::ToolCalls] {
            assert_eq!(write(finish, true, false), "tool_calls", "{finish:?}");
        }
    }

    #[test]
    fn answers_without_calls_end_in_openais_words() {
        assert_eq!(settle(Finish::ToolCalls, false, false), Finish::Stop);
        assert_eq!(settle(Finish::Stop, false, true), Finish::Refusal);
        let written = [Finish::Stop, Finish::Length, Finish::ContextFull, Finish::ContentFilter, Finish::Refusal]
            .map(|it| write(it, false, false));
        assert_eq!(written, ["stop", "length", "length", "content_filter", "content_filter"]);
        assert_eq!(write(Finish::Refusal, false, true), "stop");
    }
}
