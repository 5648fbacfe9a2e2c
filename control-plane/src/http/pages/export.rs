use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use control_plane_core::report::csv_cell;
use serde_json::{Map, Value};

use super::wrong::Wrong;
use crate::http::problem::Problem;

/// A list as a file: `csv`, `json` or `ndjson`. What a spreadsheet would take for a formula is a text there.
pub fn file(
    name: &str,
    format: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Response, Wrong> {
    let object = |row: Vec<String>| -> Value {
        let pairs = columns.iter().zip(row).map(|(name, value)| ((*name).to_owned(), Value::from(value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let (media_type, text) = match format {
        "csv" => {
            let line = |cells: Vec<String>| cells.join(",") + "\n";
            let head = line(columns.iter().map(|it| (*it).to_owned()).collect());
            let body = rows.map(|row| line(row.iter().map(|it| csv_cell(it)).collect()));
            ("text/csv; charset=utf-8", std::iter::once(head).chain(body).collect())
        }
        "json" => ("application/json", Value::Array(rows.map(object).collect()).to_string()),
        "ndjson" => ("application/x-ndjson", rows.map(|it| object(it).to_string() + "\n").collect::<String>()),
        _ => {
            let detail = "`format` must be `csv`, `json` or `ndjson`";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail).into());
        }
    };
    let kept = format!("attachment; filename=\"{name}.{format}\"");
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, kept)];
    Ok((headers, text).into_response())
}

/// Where a list is, as files.
pub fn exports(path: &str, query: &str) -> web::parts::Exports {
    let of = |format: &str| {
        if query.is_empty() { format!("{path}?format={format}") } else { format!("{path}?{query}&format={format}") }
    };
    web::parts::Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
}
