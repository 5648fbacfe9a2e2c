use std::fmt::Write as _;

use super::{Code, RetryHint};

/// The error reference in Markdown, from which `docs/reference/errors.md` is made.
pub fn reference() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         Errors have the shape of the caller's dialect. The code is in the header `x-router-error-code` and in `error.details.code`.\n\
         `error.code` (OpenAI dialects) is the same, except where the vendor has a word on which its clients act.\n\n\
         Branch on the code, never on the message.\n\n\
         Where a retry can help, the answer carries `retry-after` (seconds) and `retry-after-ms`: at most one minute;\n\
         who owes tokens for longer reads the true wait in the message. Where it cannot, it carries `x-should-retry: false`.\n\n\
         | status | code | `error.code` | OpenAI type | Anthropic type | retry | meaning | what to do |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let entry = code.entry();
        let retry = match entry.retry {
            RetryHint::Never => "no".to_owned(),
            RetryHint::After(wait) => format!("after {} s", wait.as_secs()),
        };
        let _infallible = writeln!(
            page,
            "| {} | `{}` | `{}` | `{}` | `{}` | {retry} | {} | {} |",
            entry.status,
            entry.name,
            code.vendors_word(),
            entry.openai_type,
            entry.anthropic_type,
            entry.meaning,
            entry.advice
        );
    }
    page.push_str(include_str!("reference/clients.md"));
    page
}
