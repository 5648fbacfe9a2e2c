use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::columns::columns;
use super::{Report, ReportRow};
use crate::moment;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// A Markdown table, with its total.
    #[default]
    Markdown,
    /// Aligned columns for a terminal, with their total.
    Table,
    /// RFC 4180 with plain line feeds: one header line, no total; safe to open in a spreadsheet.
    Csv,
    /// One object: the period, the rows and the total.
    Json,
}

impl Format {
    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "markdown" => Some(Self::Markdown),
            "table" => Some(Self::Table),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Table => "text/plain; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

impl Report {
    /// The report as text, ending in a line break.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Markdown => self.markdown(),
            Format::Table => self.table(),
            Format::Csv => self.csv(),
            Format::Json => format!("{:#}\n", self.json()),
        }
    }

    /// The report as one JSON object. Money is text, in US dollars: a reader that made it a float would round it.
    pub fn json(&self) -> Value {
        let rows: Vec<Value> = self.shown().iter().map(|row| self.json_row(row)).collect();
        let filters = self.request.filters.iter().map(|it| (it.dimension.as_str().to_owned(), json!(it.values)));
        json!({
            "since": moment::rfc3339(self.request.since_ms),
            "until": moment::rfc3339(self.request.until_ms),
            "group_by": self.names(),
            "filters": filters.collect::<Map<_, _>>(),
            "baseline": self.baseline.as_ref().map(|it| &it.id),
            "rows": rows,
            "total": self.figures(&self.total),
        })
    }

    /// What was asked, in words.
    fn heading(&self, value: fn(&str) -> String) -> String {
        let names = self.names();
        let by = if names.is_empty() { String::new() } else { format!(", by {}", names.join(", ")) };
        let (since, until) = (moment::minute(self.request.since_ms), moment::minute(self.request.until_ms));
        let mut text = format!("Usage from {since} to {until}{by}\n");
        for filter in &self.request.filters {
            let values: Vec<String> = filter.values.iter().map(|it| value(it)).collect();
            let _ = writeln!(text, "Only {} {}", filter.dimension.as_str(), values.join(" or "));
        }
        text.push('\n');
        text
    }

    fn markdown(&self) -> String {
        let names = self.names();
        let mut text = self.heading(markdown_cell);
        let columns = columns(self.baseline.is_some());
        markdown_line(&mut text, names.iter().copied().chain(columns.iter().map(|it| it.title)));
        markdown_line(&mut text, names.iter().map(|_| "---").chain(columns.iter().map(|_| "---:")));
        for cells in self.lines(markdown_cell, "**total**") {
            markdown_line(&mut text, cells.iter().map(String::as_str));
        }
        text
    }

    fn table(&self) -> String {
        let titles = self.names().into_iter().chain(columns(self.baseline.is_some()).iter().map(|it| it.title));
        let mut lines = vec![titles.map(str::to_uppercase).collect::<Vec<_>>()];
        lines.extend(self.lines(plain_cell, "total"));
        let width = |at: usize| lines.iter().map(|it| it[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        let names = self.names().len();
        let mut text = self.heading(plain_cell);
        for line in &lines {
            // Names to the left, figures to the right.
            let cells = line.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
                if at < names { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// The cells of all rows and of the total; without a dimension, of the total alone.
    fn lines(&self, value: fn(&str) -> String, total: &str) -> Vec<Vec<String>> {
        let columns = columns(self.baseline.is_some());
        let figures = |row| columns.iter().map(move |it| (it.text)(self, row));
        let rows = if self.request.group_by.is_empty() { &[][..] } else { &self.rows };
        let mut lines: Vec<Vec<String>> =
            rows.iter().map(|row| row.values.iter().map(|it| value(it)).chain(figures(row)).collect()).collect();
        let label = (0..self.names().len()).map(|at| if at == 0 { total } else { "" }.to_owned());
        lines.push(label.chain(figures(&self.total)).collect());
        lines
    }

    fn csv(&self) -> String {
        let columns = columns(self.baseline.is_some());
        let mut text = self.names().into_iter().chain(columns.iter().map(|it| it.key)).collect::<Vec<_>>().join(",");
        text.push('\n');
        for row in self.shown() {
            let values = row.values.iter().map(|it| csv_cell(it));
            let cells: Vec<String> = values.chain(columns.iter().map(|it| (it.text)(self, row))).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    fn json_row(&self, row: &ReportRow) -> Value {
        let names = self.names().into_iter().map(str::to_owned);
        let mut object: Map<String, Value> = names.zip(row.values.iter().map(|it| json!(it))).collect();
        object.extend(self.figures(row));
        Value::Object(object)
    }

    fn figures(&self, row: &ReportRow) -> Map<String, Value> {
        let columns = columns(self.baseline.is_some());
        columns.iter().map(|it| (it.key.to_owned(), (it.value)(self, row))).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        self.request.group_by.iter().map(|it| it.as_str()).collect()
    }

    /// The rows; without a dimension, the total is the one row there is.
    fn shown(&self) -> &[ReportRow] {
        if self.request.group_by.is_empty() { std::slice::from_ref(&self.total) } else { &self.rows }
    }
}

fn markdown_line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for cell in cells {
        let _ = write!(text, "| {cell} ");
    }
    text.push_str("|\n");
}

/// A value that can neither end its cell nor be taken for markup; `-` when there is none.
fn markdown_cell(value: &str) -> String {
    if value.is_empty() {
        return "-".to_owned();
    }
    let mut cell = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '&' => cell.extend(['\\', letter]),
            it if it.is_control() => cell.push(' '),
            it => cell.push(it),
        }
    }
    cell
}

/// A value on one line; `-` when there is none.
fn plain_cell(value: &str) -> String {
    let cell: String = value.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    if cell.is_empty() { "-".to_owned() } else { cell }
}

/// A value as RFC 4180 quotes it. One that a spreadsheet would run as a formula gets a quote in front, which makes it text.
fn csv_cell(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let value = if formula { format!("'{value}") } else { value.to_owned() };
    if formula || value.contains([',', '"', '\n', '\r', ';']) {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value
}
