//! Where the dimensions of reports stand.

use control_plane_core::{
    report::{Dimension, Filter},
    rollup::{Cube, Period},
};

use super::places::Places;

/// What a row of every answer names its dimensions.
pub const fn column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Caller => "caller",
        Dimension::User => "user_name",
        Dimension::Project => "project",
        Dimension::Environment => "environment",
        Dimension::Token => "token",
        Dimension::Group => "group_name",
        Dimension::Policy => "policy",
        Dimension::Provider => "provider",
        Dimension::Model => "model",
        Dimension::Client => "client",
        Dimension::Status => "status",
        Dimension::Dialect => "dialect",
        Dimension::Code => "code",
        Dimension::Region => "region",
        Dimension::Node => "node",
        Dimension::Ip => "client_ip",
        Dimension::Session => "session",
        Dimension::Target => "target",
        Dimension::Class => "class",
        Dimension::Hour => "hour_ms",
    }
}

/// A dimension of a row `s`, whether of a roll-up or of a request.
pub fn expression(dimension: Dimension, moment: &str) -> String {
    match dimension {
        // Moments are never negative: see `ingest`.
        Dimension::Hour => format!("{moment} - {moment} % 3600000"),
        Dimension::Status => "cast(s.status as text)".to_owned(),
        _ => format!("s.{}", column(dimension)),
    }
}

/// A condition that a dimension has one of the values that a filter names, or none of them.
pub fn condition(expression: &str, filter: &Filter, places: &mut Places) -> String {
    let not = if filter.negated { "not " } else { "" };
    format!("{expression} {not}in ({})", places.texts(&filter.values))
}

/// The table of the roll-ups of a cube and a period.
pub fn rollup_table(cube: Cube, period: Period) -> String {
    format!("usage_rollup_{}_{}", period.as_str(), cube.as_str())
}
