use crate::dialect::neutral::Finish;

/// What a `stop_reason` means. One that nobody knows yet is taken for a normal end.
pub fn read(stop_reason: Option<&str>) -> Finish {
    match stop_reason {
        Some("max_tokens") => Finish::Length,
        Some("tool_use") => Finish::ToolCalls,
        Some("refusal") => Finish::Refusal,
        Some("model_context_window_exceeded") => Finish::ContextFull,
        Some("pause_turn") => Finish::Pause,
        _ => Finish::Stop,
    }
}

/// What an answer holds that decides how its end is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A call of a tool. Clients only run tools when the answer ended for them.
    pub tool_call: bool,
    /// Words of refusal.
    pub refusal: bool,
    /// A stop sequence ended it.
    pub stop_sequence: bool,
}

/// The `stop_reason` of an answer.
pub const fn write(finish: Finish, seen: Seen) -> &'static str {
    match finish {
        Finish::Length => "max_tokens",
        Finish::ContextFull => "model_context_window_exceeded",
        _ if seen.tool_call => "tool_use",
        Finish::Refusal | Finish::ContentFilter => "refusal",
        Finish::Pause => "pause_turn",
        Finish::Stop | Finish::ToolCalls if seen.refusal => "refusal",
        Finish::Stop | Finish::ToolCalls if seen.stop_sequence => "stop_sequence",
        Finish::Stop | Finish::ToolCalls => "end_turn",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_reason_comes_back_as_it_was() {
        for reason in ["end_turn", "max_tokens", "tool_use", "refusal", "model_context_window_exceeded", "pause_turn"] {
            let seen = Seen { tool_call: reason == "tool_use", ..Seen::default() };
            assert_eq!(write(read(Some(reason)), seen), reason);
        }
        let seen = Seen { stop_sequence: true, ..Seen::default() };
        assert_eq!(write(read(Some("stop_sequence")), seen), "stop_sequence");
    }

    #[test]
    fn a_tool_call_ends_an_answer_as_one_whatever_the_upstream_says() {
        let call = Seen { tool_call: true, ..Seen::default() };
        for finish in [Finish::Stop, Finish::ToolCalls, Finish::ContentFilter, Finish::Refusal, Finish::Pause] {
            assert_eq!(write(finish, call), "tool_use");
        }
        assert_eq!(write(Finish::Length, call), "max_tokens");
        assert_eq!(write(Finish::ToolCalls, Seen::default()), "end_turn");
    }

    #[test]
    fn words_of_refusal_end_an_answer_as_a_refusal() {
        assert_eq!(write(Finish::Stop, Seen { refusal: true, ..Seen::default() }), "refusal");
    }
}
