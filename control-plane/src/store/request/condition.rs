//! Conditions as SQL. Only names from closed sets become text; every value is bound.

use control_plane_core::search::{Comparison, Condition, FlagField, NumberField, TextField};

use crate::store::{codec, places::Places};

/// The column of a text; `None`: it has a form of its own.
pub(super) const fn column(field: TextField) -> Option<&'static str> {
    Some(match field {
        TextField::Caller => "caller",
        TextField::User => "user_name",
        TextField::Project => "project",
        TextField::Environment => "environment",
        TextField::Token => "token",
        TextField::Session => "session",
        TextField::Group => "group_name",
        TextField::Policy => "policy",
        TextField::Provider => "provider",
        TextField::Model => "model",
        TextField::RequestedModel => "requested_model",
        TextField::Client => "client",
        TextField::Code => "code",
        TextField::Dialect => "dialect",
        TextField::TargetDialect => "target_dialect",
        TextField::Operation => "operation",
        TextField::Cache => "cache",
        TextField::Region => "region",
        TextField::Node => "node",
        TextField::Ip => "client_ip",
        TextField::Request => "request_id",
        TextField::ClientRequest => "client_request_id",
        TextField::Target | TextField::Status => return None,
    })
}

/// What must hold of a row `s` of requests.
pub(super) fn holds(condition: &Condition, places: &mut Places) -> String {
    match condition {
        Condition::Text { field, negated, values } => {
            let any = one_of(*field, values, places);
            if *negated { format!("not {any}") } else { any }
        }
        Condition::Number { field, comparison, bound } => number(*field, *comparison, *bound, places),
        Condition::Flag { field, is } => {
            let so = flag(*field);
            if *is { so.to_owned() } else { format!("not {so}") }
        }
    }
}

fn one_of(field: TextField, values: &[String], places: &mut Places) -> String {
    match field {
        TextField::Target => format!(
            "(s.attempts > 0 and exists (select 1 from usage_attempts a where a.node = s.node and a.epoch = s.epoch \
             and a.sequence = s.sequence and a.target in ({})))",
            places.texts(values)
        ),
        TextField::Status => {
            let each = values.iter().map(|value| match value.strip_suffix("xx").map(str::parse::<i64>) {
                Some(Ok(hundred)) => format!("s.status between {} and {}", hundred * 100, hundred * 100 + 99),
                _ => format!("s.status = {}", places.number(value.parse().unwrap_or(-1))),
            });
            format!("({})", each.collect::<Vec<_>>().join(" or "))
        }
        _ => {
            let column = column(field).expect("the others have a column");
            format!("(s.{column} in ({}))", places.texts(values))
        }
    }
}

fn number(field: NumberField, comparison: Comparison, bound: u64, places: &mut Places) -> String {
    let value = match field {
        NumberField::Latency => "s.latency_us",
        NumberField::FirstByte => "s.first_byte_us",
        NumberField::Upstream => "s.upstream_us",
        NumberField::Queue => "s.queue_us",
        NumberField::Overhead => "s.overhead_us",
        NumberField::Cost => "s.cost_total_nanousd",
        NumberField::Tokens => "s.input_tokens + s.output_tokens",
        NumberField::InputTokens => "s.input_tokens",
        NumberField::OutputTokens => "s.output_tokens",
        NumberField::Attempts => "s.attempts",
        NumberField::Redactions => "s.redactions",
        NumberField::ConfigVersion => "s.config_version",
    };
    let bound = places.number(codec::stored(bound));
    let compared = format!("{value} {} {bound}", comparison.as_str());
    if field == NumberField::FirstByte { format!("(s.first_byte_us > 0 and {compared})") } else { compared }
}

const fn flag(field: FlagField) -> &'static str {
    match field {
        FlagField::Failed => "(s.code <> 'ok')",
        FlagField::Fallback => "(s.fallback <> 0)",
        FlagField::Stream => "(s.stream <> 0)",
        FlagField::Warnings => "(s.warnings <> '')",
        FlagField::Unpriced => {
            "(s.input_tokens + s.output_tokens > 0 and s.price_input_nanousd = 0 and s.price_output_nanousd = 0)"
        }
        FlagField::Estimated => "(s.tokens_estimated <> 0)",
    }
}
