use serde_json::Value;

use super::{Faults, text};

/// What SDKs have in their type of a response, and may be `null`.
const THERE: [&str; 9] = [
    "error",
    "incomplete_details",
    "instructions",
    "metadata",
    "parallel_tool_calls",
    "temperature",
    "tool_choice",
    "tools",
    "top_p",
];

const STATUSES: [&str; 6] = ["completed", "failed", "in_progress", "cancelled", "queued", "incomplete"];

/// Checks a response object, all but its items.
pub fn check(response: &Value, faults: &mut Faults) {
    if !response.is_object() {
        faults.add("the response is not an object");
        return;
    }
    faults.unless(!text(response, "id").is_empty(), "there is no `id`");
    faults.unless(text(response, "object") == "response", "`object` is not `response`");
    faults.unless(response["created_at"].is_number(), "`created_at` is no number");
    faults.unless(!text(response, "model").is_empty(), "there is no `model`");
    faults.unless(response["output"].is_array(), "`output` is no list");
    for name in THERE {
        faults.unless(response.get(name).is_some(), format!("there is no `{name}`"));
    }
    faults.unless(response["tools"].is_array(), "`tools` is no list");
    faults.unless(response["parallel_tool_calls"].is_boolean(), "`parallel_tool_calls` is not true or false");
    let status = text(response, "status");
    faults.unless(STATUSES.contains(&status), "there is no valid `status`");
    faults.unless((status == "failed") == response["error"].is_object(), "`error` does not fit `status`");
    let reason = text(&response["incomplete_details"], "reason");
    faults.unless((status == "incomplete") != reason.is_empty(), "`incomplete_details` do not fit `status`");
    if matches!(status, "completed" | "incomplete") {
        usage(&response["usage"], faults);
    }
}

fn usage(usage: &Value, faults: &mut Faults) {
    let count = |of: &Value, name: &str| of.get(name).and_then(Value::as_u64);
    let (input, output) = (count(usage, "input_tokens"), count(usage, "output_tokens"));
    faults.unless(input.is_some() && output.is_some(), "`usage` has no counts");
    let cached = count(&usage["input_tokens_details"], "cached_tokens");
    faults.unless(cached.is_some(), "`usage.input_tokens_details` has no `cached_tokens`");
    let reasoning = count(&usage["output_tokens_details"], "reasoning_tokens");
    faults.unless(reasoning.is_some(), "`usage.output_tokens_details` has no `reasoning_tokens`");
    let total = input.zip(output).map(|(input, output)| input.saturating_add(output));
    faults.unless(count(usage, "total_tokens") == total, "`usage.total_tokens` is not the sum");
}
