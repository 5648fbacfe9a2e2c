use super::Findings;

/// What a name may be made of.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// Beside letters and digits.
    others: &'static str,
    longest: usize,
}

/// Names that stand in paths, tables and metrics.
pub(super) const PLAIN: Rule = Rule { others: "._-", longest: 64 };
/// Names of models: `qwen/qwen3:32b`.
pub(super) const MODEL: Rule = Rule { others: "._-:@/", longest: 128 };
/// Names that clients write as `model`: `claude-sonnet-4-5[1m]`.
pub(super) const GROUP: Rule = Rule { others: "._-:@/[]", longest: 128 };

pub(super) fn check(rule: Rule, name: &str, path: &str, found: &mut Findings) {
    let starts = name.starts_with(|it: char| it.is_ascii_alphanumeric());
    let made_of = name.chars().all(|it| it.is_ascii_alphanumeric() || rule.others.contains(it));
    if !starts || !made_of || name.len() > rule.longest {
        let others: Vec<String> = rule.others.chars().map(|it| format!("`{it}`")).collect();
        found.error(
            path,
            format!(
                "a name has 1 to {} characters: letters and digits of ASCII and, not at the start, {}",
                rule.longest,
                others.join(" ")
            ),
        );
    }
}
