use std::{fmt::Write as _, ops::Range};

use serde_json::{Value, json};

use super::columns::columns;
use super::sheet::{Sheet, SheetLine};
use super::{Format, Report};

impl Report {
    /// The report as text, ending in a line break.
    pub fn render(&self, format: Format) -> String {
        let mut text = self.sheet(format, 0..self.rows.len()).render(format);
        if self.left_out > 0 && matches!(format, Format::Markdown | Format::Table) {
            let _ = writeln!(text, "\nRows left out: {}. CSV and NDJSON have all.", self.left_out);
        }
        text
    }

    /// The report as one JSON object. Money is text, in US dollars: a reader that made it a float would round it.
    pub fn json(&self) -> Value {
        self.sheet(Format::Json, 0..self.rows.len()).json()
    }

    /// What stands before the rows where they are written one after the other.
    pub fn head(&self, format: Format) -> String {
        if format == Format::Csv { self.sheet(format, 0..0).csv_head() } else { String::new() }
    }

    /// Some rows, as CSV or NDJSON.
    pub fn lines(&self, format: Format, rows: Range<usize>) -> String {
        let sheet = self.sheet(format, rows);
        if format == Format::Csv { sheet.csv_lines() } else { sheet.ndjson() }
    }

    fn sheet(&self, format: Format, rows: Range<usize>) -> Sheet<'_> {
        let columns = columns(self.baseline.is_some());
        let figures = |row| columns.iter().map(|it| it.figure(self, row, format)).collect();
        Sheet {
            title: "Usage",
            request: &self.request,
            more: vec![
                ("baseline", json!(self.baseline.as_ref().map(|it| &it.id))),
                ("rows_left_out", json!(self.left_out)),
            ],
            columns: columns.iter().map(|it| (it.key, it.title)).collect(),
            lines: self.rows[rows].iter().map(|row| SheetLine { values: &row.values, figures: figures(row) }).collect(),
            total: figures(&self.total),
        }
    }
}
