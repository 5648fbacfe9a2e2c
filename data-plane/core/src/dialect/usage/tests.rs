#![expect(clippy::unwrap_used, reason = "tests")]

use super::ReportedUsage;
use crate::dialect::Dialect;
use crate::json::Reader;
use crate::usage::TokenUsage;

fn report(usage: &str) -> Option<ReportedUsage> {
    ReportedUsage::read(&mut Reader::new(usage.as_bytes()).unwrap()).unwrap()
}

fn read(dialect: Dialect, usage: &str) -> TokenUsage {
    report(usage).unwrap().normalise(dialect).unwrap().0
}

#[test]
fn chat() {
    let usage = r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
        "prompt_tokens_details":{"cached_tokens":80,"audio_tokens":0},
        "completion_tokens_details":{"reasoning_tokens":30,"accepted_prediction_tokens":0}}"#;
    let expected = TokenUsage { input: 100, output: 50, cached_input: 80, reasoning: 30, ..TokenUsage::default() };
    assert_eq!(read(Dialect::OpenaiChat, usage), expected);
}

#[test]
fn chat_of_vendors_that_leave_reasoning_out_of_the_output() {
    let usage = r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,
        "completion_tokens_details":{"reasoning_tokens":7}}"#;
    let expected = TokenUsage { input: 10, output: 12, reasoning: 7, ..TokenUsage::default() };
    assert_eq!(read(Dialect::OpenaiChat, usage), expected);
}

#[test]
fn responses() {
    let usage = r#"{"input_tokens":36,"input_tokens_details":{"cached_tokens":8,"cache_write_tokens":4},
        "output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}"#;
    let expected = TokenUsage {
        input: 36,
        output: 87,
        cached_input: 8,
        cache_write_5m: 4,
        reasoning: 64,
        ..TokenUsage::default()
    };
    assert_eq!(read(Dialect::OpenaiResponses, usage), expected);
}

#[test]
fn messages_report_cached_input_beside_the_rest() {
    let usage = r#"{"input_tokens":10,"cache_creation_input_tokens":700,"cache_read_input_tokens":2000,
        "cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":200},
        "output_tokens":3,"service_tier":"standard","server_tool_use":null}"#;
    let expected = TokenUsage {
        input: 2710,
        output: 3,
        cached_input: 2000,
        cache_write_5m: 500,
        cache_write_1h: 200,
        ..TokenUsage::default()
    };
    assert_eq!(read(Dialect::AnthropicMessages, usage), expected);
    let unsplit = r#"{"input_tokens":1,"cache_creation_input_tokens":700,"output_tokens":0}"#;
    assert_eq!(read(Dialect::AnthropicMessages, unsplit).cache_write_5m, 700);
}

#[test]
fn null_is_not_reported_and_zero_is() {
    assert_eq!(report("null"), None);
    assert_eq!(report("[]"), None);
    assert_eq!(read(Dialect::OpenaiChat, r#"{"prompt_tokens":0,"completion_tokens":null}"#), TokenUsage::default());
}

#[test]
fn counts_that_no_upstream_can_mean_are_no_report() {
    for nonsense in ["-5", "\"12\"", "1.5", "1e300", "18446744073709551615", "20000001", "true", "[]"] {
        for dialect in Dialect::ALL {
            for usage in [
                format!(r#"{{"input_tokens":7,"output_tokens":{nonsense}}}"#),
                format!(r#"{{"input_tokens":7,"output_tokens_details":{{"reasoning_tokens":{nonsense}}}}}"#),
                format!(r#"{{"input_tokens":7,"cache_creation":{{"ephemeral_5m_input_tokens":{nonsense}}}}}"#),
            ] {
                assert_eq!(report(&usage).unwrap().normalise(dialect), None, "{usage}");
            }
        }
    }
    assert_eq!(read(Dialect::OpenaiChat, r#"{"prompt_tokens":1e3,"completion_tokens":2.0}"#).total(), 1_002);
}

#[test]
fn later_reports_win_where_they_say_something() {
    let mut usage = report(r#"{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1}"#).unwrap();
    usage.update(&report(r#"{"output_tokens":40,"cache_read_input_tokens":null}"#).unwrap());
    let expected = TokenUsage { input: 15, output: 40, cached_input: 5, ..TokenUsage::default() };
    assert_eq!(usage.normalise(Dialect::AnthropicMessages).unwrap().0, expected);
    usage.update(&report(r#"{"input_tokens":12}"#).unwrap());
    assert_eq!(usage.normalise(Dialect::AnthropicMessages).unwrap().0.input, 17);
    usage.update(&report(r#"{"output_tokens":-1}"#).unwrap());
    usage.update(&report(r#"{"output_tokens":41}"#).unwrap());
    assert_eq!(usage.normalise(Dialect::AnthropicMessages), None, "who errs once is not believed");
}

#[test]
fn what_an_upstream_says_that_it_cost_is_read_in_every_spelling() {
    for (usage, nanousd) in [
        (r#"{"prompt_tokens":10,"completion_tokens":4,"cost":0.00014}"#, Some(140_000)),
        (r#"{"cost":1.4e-07,"is_byok":false,"cost_details":{"upstream_inference_cost":9}}"#, Some(140)),
        (r#"{"cost":0.00001,"is_byok":true,"cost_details":{"upstream_inference_cost":0.0003}}"#, Some(310_000)),
        (r#"{"cost":{"input_tokens_cost":0.001,"request_cost":0.005,"total_cost":0.006}}"#, Some(6_000_000)),
        (r#"{"estimated_cost":0.0000276}"#, Some(27_600)),
        (r#"{"cost_in_usd_ticks":158500}"#, Some(15_850)),
        (r#"{"cost":0}"#, Some(0)),
        (r#"{"cost":null}"#, None),
        (r#"{"cost":"free"}"#, None),
        (r#"{"cost":-1}"#, None),
        (r#"{"cost":1e300}"#, None),
        (r#"{"prompt_tokens":10}"#, None),
    ] {
        for dialect in Dialect::ALL {
            assert_eq!(read(dialect, usage).cost_nanousd, nanousd, "{usage}");
        }
    }
    let mut usage = report(r#"{"cost":0.5}"#).unwrap();
    usage.update(&report(r#"{"output_tokens":2}"#).unwrap());
    assert_eq!(usage.normalise(Dialect::OpenaiChat).unwrap().0.cost_nanousd, Some(500_000_000));
}

#[test]
fn what_is_left_out_is_told() {
    for (usage, tokens, no_input, no_output) in [
        ("{}", (0, 0), true, true),
        (r#"{"total_tokens":150}"#, (0, 0), true, true),
        (r#"{"prompt_tokens":100}"#, (100, 0), false, true),
        (r#"{"completion_tokens":50,"prompt_tokens":null}"#, (0, 50), true, false),
        (r#"{"prompt_tokens":100,"total_tokens":150}"#, (100, 50), false, false),
        (r#"{"completion_tokens":50,"total_tokens":150}"#, (100, 50), false, false),
        (r#"{"prompt_tokens":0,"completion_tokens":0}"#, (0, 0), false, false),
    ] {
        for dialect in Dialect::ALL {
            let (found, shortfall) = report(usage).unwrap().normalise(dialect).unwrap();
            assert_eq!((found.input, found.output), tokens, "{usage}");
            assert_eq!(
                (shortfall.no_input, shortfall.no_output, shortfall.was_cut),
                (no_input, no_output, false),
                "{usage}"
            );
        }
    }
}

#[test]
fn a_part_is_never_larger_than_its_whole() {
    for (usage, input, output) in [
        (
            r#"{"prompt_tokens":100,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":200}}"#,
            [100, 100, 0, 0],
            [5, 0],
        ),
        (
            r#"{"input_tokens":100,"output_tokens":5,"input_tokens_details":{"cached_tokens":90,"cache_write_tokens":20}}"#,
            [100, 90, 10, 0],
            [5, 0],
        ),
        (
            r#"{"prompt_tokens":10,"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":500}}"#,
            [10, 0, 0, 0],
            [50, 50],
        ),
    ] {
        let (found, shortfall) = report(usage).unwrap().normalise(Dialect::OpenaiChat).unwrap();
        assert_eq!([found.input, found.cached_input, found.cache_write_5m, found.cache_write_1h], input, "{usage}");
        assert_eq!([found.output, found.reasoning], output, "{usage}");
        assert!(shortfall.was_cut, "{usage}");
    }
    let beside = r#"{"input_tokens":10,"cache_read_input_tokens":200,"output_tokens":5}"#;
    let (found, shortfall) = report(beside).unwrap().normalise(Dialect::AnthropicMessages).unwrap();
    assert_eq!((found.input, found.cached_input, shortfall.was_cut), (210, 200, false));
}

#[test]
fn parts_that_come_to_more_than_any_answer_has_are_no_report() {
    let usage = r#"{"input_tokens":15000000,"cache_read_input_tokens":15000000,"output_tokens":5}"#;
    assert_eq!(report(usage).unwrap().normalise(Dialect::AnthropicMessages), None);
}
