//! Lists as files, written while they are read.

use std::{fmt::Write, future::Future};

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use control_plane_core::report::csv_cell;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::problem::Problem;
use crate::store::StoreError;

/// Where pieces of a file go; it fails once nobody reads any more.
pub type Chunks = mpsc::Sender<Result<Bytes, StoreError>>;

/// A body that is written while it is read. Where it cannot be written to its end, it is cut.
pub fn written<W>(write: impl FnOnce(Chunks) -> W) -> Body
where
    W: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let (chunks, stream) = mpsc::channel(2);
    let writing = write(chunks.clone());
    tokio::spawn(async move {
        if let Err(error) = writing.await {
            tracing::warn!(%error, "an export is cut: the database does not answer");
            let _gone = chunks.send(Err(error)).await;
        }
    });
    Body::from_stream(ReceiverStream::new(stream))
}

/// How a list is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// RFC 4180, safe to open in a spreadsheet.
    Csv,
    /// One list.
    Json,
    /// A line each.
    Ndjson,
}

/// A list that is read page by page, each time by itself: nothing is held while somebody reads slowly.
pub trait Pages: Send + 'static {
    /// The next rows; `None`: those were the last.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<Value>>, StoreError>> + Send;
}

impl ExportForm {
    /// Takes `format` out of what is asked.
    pub fn take(pairs: Vec<(String, String)>) -> Result<(Self, Vec<(String, String)>), Problem> {
        let (formats, rest): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|it| it.0 == "format");
        let form = match formats.iter().map(|it| it.1.as_str()).collect::<Vec<_>>()[..] {
            [] | ["csv"] => Self::Csv,
            ["json"] => Self::Json,
            ["ndjson"] => Self::Ndjson,
            _ => {
                let detail = "`format` is `csv`, `json` or `ndjson`";
                return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail));
            }
        };
        Ok((form, rest))
    }

    const fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "csv"),
            Self::Json => ("application/json", "json"),
            Self::Ndjson => ("application/x-ndjson", "ndjson"),
        }
    }

    /// A file of that name. Where it cannot be written to its end, it is cut.
    pub fn file(self, name: &str, columns: &'static [&'static str], pages: impl Pages) -> Response {
        let (media_type, end) = self.kind();
        let body = written(|chunks| async move { self.write(columns, pages, &chunks).await });
        let kept = format!("attachment; filename=\"{name}.{end}\"");
        let headers = [(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, kept)];
        (headers, body).into_response()
    }

    /// Writes page after page, until the last or until nobody reads any more.
    async fn write(self, columns: &[&str], mut pages: impl Pages, chunks: &Chunks) -> Result<(), StoreError> {
        let mut text = match self {
            Self::Csv => columns.join(",") + "\r\n",
            Self::Json => "[".to_owned(),
            Self::Ndjson => String::new(),
        };
        let mut first = true;
        while let Some(rows) = pages.next().await? {
            for value in rows {
                match self {
                    Self::Csv => text.push_str(&csv(columns, &value)),
                    Self::Json => {
                        write!(text, "{}\n{value}", if first { "" } else { "," }).expect("a String takes all");
                    }
                    Self::Ndjson => writeln!(text, "{value}").expect("a String takes all"),
                }
                first = false;
            }
            if chunks.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
                return Ok(());
            }
        }
        if self == Self::Json {
            text.push_str("\n]\n");
        }
        let _gone = chunks.send(Ok(Bytes::from(text))).await;
        Ok(())
    }
}

fn csv(columns: &[&str], value: &Value) -> String {
    let cell = |name: &&str| match &value[*name] {
        Value::Null => String::new(),
        Value::String(text) => csv_cell(text),
        Value::Array(items) => {
            let texts = items.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
            csv_cell(&texts.collect::<Vec<_>>().join(", "))
        }
        // A number is none that a spreadsheet could run.
        other => other.to_string(),
    };
    columns.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}
