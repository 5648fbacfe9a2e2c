use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use control_plane_core::report::csv_cell;
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::wrong::Wrong;
use crate::{http::problem::Problem, manage::ManageError};

/// A list as a file: `csv`, `json` or `ndjson`. What a spreadsheet would take for a formula is a text there.
pub fn file(
    name: &str,
    format: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Response, Wrong> {
    let object = |row| object(columns, row);
    let (media_type, text) = match format {
        "csv" => {
            let line = |cells: Vec<String>| cells.join(",") + "\n";
            let head = line(columns.iter().map(|it| (*it).to_owned()).collect());
            let body = rows.map(|row| line(row.iter().map(|it| csv_cell(it)).collect()));
            ("text/csv; charset=utf-8", std::iter::once(head).chain(body).collect())
        }
        "json" => ("application/json", Value::Array(rows.map(object).collect()).to_string()),
        "ndjson" => ("application/x-ndjson", rows.map(|it| object(it).to_string() + "\n").collect::<String>()),
        _ => return Err(no_format().into()),
    };
    let kept = format!("attachment; filename=\"{name}.{format}\"");
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, kept)];
    Ok((headers, text).into_response())
}

fn object(columns: &[&str], row: Vec<String>) -> Value {
    let pairs = columns.iter().zip(row).map(|(name, value)| ((*name).to_owned(), Value::from(value)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn no_format() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid-request", "`format` must be `csv`, `json` or `ndjson`")
}

/// Where a list is, as files.
pub fn exports(path: &str, query: &str) -> web::parts::Exports {
    let of = |format: &str| {
        if query.is_empty() { format!("{path}?format={format}") } else { format!("{path}?{query}&format={format}") }
    };
    web::parts::Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
}

/// What a file is written to while it is read.
pub struct Lines {
    form: FileForm,
    columns: &'static [&'static str],
    chunks: mpsc::Sender<Result<Bytes, std::io::Error>>,
    first: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileForm {
    Csv,
    Json,
    Ndjson,
}

impl Lines {
    /// Writes rows; says whether anybody still reads.
    pub async fn write(&mut self, rows: impl Iterator<Item = Vec<String>>) -> bool {
        let mut text = String::new();
        if self.first {
            match self.form {
                FileForm::Csv => text += &(self.columns.join(",") + "\n"),
                FileForm::Json => text.push('['),
                FileForm::Ndjson => {}
            }
        }
        let mut separator = if self.first { "\n" } else { ",\n" };
        for row in rows {
            match self.form {
                FileForm::Csv => {
                    text += &(row.iter().map(|it| csv_cell(it)).collect::<Vec<_>>().join(",") + "\n");
                }
                FileForm::Json => {
                    text += separator;
                    text += &object(self.columns, row).to_string();
                    separator = ",\n";
                }
                FileForm::Ndjson => text += &(object(self.columns, row).to_string() + "\n"),
            }
        }
        self.first = false;
        self.chunks.send(Ok(Bytes::from(text))).await.is_ok()
    }

    /// Nothing follows.
    pub async fn end(self) {
        if self.form == FileForm::Json {
            // Whoever has gone away misses nothing.
            let _gone = self.chunks.send(Ok(Bytes::from("\n]\n"))).await;
        }
    }
}

/// A list as a file, written while it is read, however long it is. Where it cannot be written to its end, it is cut.
pub fn streamed<F>(
    name: &str,
    format: &str,
    columns: &'static [&'static str],
    write: impl FnOnce(Lines) -> F,
) -> Result<Response, Wrong>
where
    F: Future<Output = Result<(), ManageError>> + Send + 'static,
{
    let (form, media_type) = match format {
        "csv" => (FileForm::Csv, "text/csv; charset=utf-8"),
        "json" => (FileForm::Json, "application/json"),
        "ndjson" => (FileForm::Ndjson, "application/x-ndjson"),
        _ => return Err(no_format().into()),
    };
    let (chunks, stream) = mpsc::channel(2);
    let cut = chunks.clone();
    let writing = write(Lines { form, columns, chunks, first: true });
    tokio::spawn(async move {
        if let Err(error) = writing.await {
            tracing::warn!(%error, "an export is cut: the database does not answer");
            let _gone = cut.send(Err(std::io::Error::other("cut"))).await;
        }
    });
    let kept = format!("attachment; filename=\"{name}.{format}\"");
    let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, kept)];
    Ok((headers, Body::from_stream(ReceiverStream::new(stream))).into_response())
}
