use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Request;
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
    /// One object a line, for each row.
    Ndjson,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Json, Self::Ndjson, Self::Table, Self::Markdown, Self::Csv];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
        }
    }

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Table => "text/plain; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// A table of figures under the values that they are of, ready to be written.
pub(super) struct Sheet<'a> {
    /// What it tells, such as `Usage`.
    pub title: &'static str,
    /// What was asked.
    pub request: &'a Request,
    /// Further fields in JSON.
    pub more: Vec<(&'static str, Value)>,
    /// Each column's key in CSV and JSON, and its title in tables.
    pub columns: Vec<(&'static str, &'static str)>,
    /// One for each combination of values.
    pub lines: Vec<SheetLine<'a>>,
    /// All of them together.
    pub total: Vec<Figure>,
}

/// The figures of the same values.
pub(super) struct SheetLine<'a> {
    /// One for each dimension that was asked for.
    pub values: &'a [String],
    /// One a column.
    pub figures: Vec<Figure>,
}

/// A figure, as text, in JSON or both.
pub(super) struct Figure {
    /// Empty: nothing was measured; `–`: not known.
    pub text: String,
    /// Null: neither.
    pub value: Value,
}

impl Sheet<'_> {
    /// As text, ending in a line break.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Markdown => self.markdown(),
            Format::Table => self.table(),
            Format::Csv => self.csv(),
            Format::Json => format!("{:#}\n", self.json()),
            Format::Ndjson => self.ndjson(),
        }
    }

    /// One JSON object a line, for each row.
    pub fn ndjson(&self) -> String {
        let mut text = String::new();
        for (values, figures) in self.shown() {
            let _ = writeln!(text, "{}", self.object(values, figures));
        }
        text
    }

    /// As one JSON object.
    pub fn json(&self) -> Value {
        let filters = self.request.filters.iter().map(|it| (it.name(), json!(it.values)));
        let mut object = json!({
            "since": moment::rfc3339(self.request.since_ms),
            "until": moment::rfc3339(self.request.until_ms),
            "group_by": self.names(),
            "filters": filters.collect::<Map<_, _>>(),
        });
        for (name, value) in &self.more {
            object[*name] = value.clone();
        }
        let rows: Vec<Value> = self.shown().into_iter().map(|(values, figures)| self.object(values, figures)).collect();
        object["rows"] = json!(rows);
        object["total"] = Value::Object(self.figures(&self.total));
        object
    }

    /// What was asked, in words.
    fn heading(&self, value: fn(&str) -> String) -> String {
        let names = self.names();
        let by = if names.is_empty() { String::new() } else { format!(", by {}", names.join(", ")) };
        let (since, until) = (moment::minute(self.request.since_ms), moment::minute(self.request.until_ms));
        let mut text = format!("{} from {since} to {until}{by}\n", self.title);
        for filter in &self.request.filters {
            let values: Vec<String> = filter.values.iter().map(|it| value(it)).collect();
            let only = if filter.negated { "Without" } else { "Only" };
            let _ = writeln!(text, "{only} {} {}", filter.dimension.as_str(), values.join(" or "));
        }
        text.push('\n');
        text
    }

    fn markdown(&self) -> String {
        let names = self.names();
        let mut text = self.heading(markdown_cell);
        markdown_line(&mut text, names.iter().copied().chain(self.columns.iter().map(|it| it.1)));
        markdown_line(&mut text, names.iter().map(|_| "---").chain(self.columns.iter().map(|_| "---:")));
        for cells in self.cells(markdown_cell, "**total**") {
            markdown_line(&mut text, cells.iter().map(String::as_str));
        }
        text
    }

    fn table(&self) -> String {
        let titles: Vec<String> =
            self.names().into_iter().chain(self.columns.iter().map(|it| it.1)).map(str::to_owned).collect();
        self.heading(plain_cell) + &aligned(&titles, self.cells(plain_cell, "total"), self.names().len())
    }

    /// The cells of all lines and of the total; without a dimension, of the total alone.
    fn cells(&self, value: fn(&str) -> String, total: &str) -> Vec<Vec<String>> {
        let texts = |figures: &[Figure]| figures.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
        let lines = if self.request.group_by.is_empty() { &[][..] } else { &self.lines };
        let mut cells: Vec<Vec<String>> =
            lines.iter().map(|it| it.values.iter().map(|it| value(it)).chain(texts(&it.figures)).collect()).collect();
        let label = (0..self.names().len()).map(|at| if at == 0 { total } else { "" }.to_owned());
        cells.push(label.chain(texts(&self.total)).collect());
        cells
    }

    fn csv(&self) -> String {
        self.csv_head() + &self.csv_lines()
    }

    pub fn csv_head(&self) -> String {
        let names = self.names().into_iter().chain(self.columns.iter().map(|it| it.0));
        names.collect::<Vec<_>>().join(",") + "\n"
    }

    pub fn csv_lines(&self) -> String {
        let mut text = String::new();
        for (values, figures) in self.shown() {
            let figures = figures.iter().map(|it| csv_cell(&it.text));
            let cells: Vec<String> = values.iter().map(|it| csv_cell(it)).chain(figures).collect();
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }

    fn object(&self, values: &[String], figures: &[Figure]) -> Value {
        let names = self.names().into_iter().map(str::to_owned);
        let mut object: Map<String, Value> = names.zip(values.iter().map(|it| json!(it))).collect();
        object.extend(self.figures(figures));
        Value::Object(object)
    }

    fn figures(&self, figures: &[Figure]) -> Map<String, Value> {
        self.columns.iter().zip(figures).map(|((key, _), it)| ((*key).to_owned(), it.value.clone())).collect()
    }

    fn names(&self) -> Vec<&'static str> {
        self.request.group_by.iter().map(|it| it.as_str()).collect()
    }

    /// The lines; without a dimension, the total is the one line there is.
    fn shown(&self) -> Vec<(&[String], &[Figure])> {
        if self.request.group_by.is_empty() {
            return vec![(&[], &self.total)];
        }
        self.lines.iter().map(|it| (it.values, it.figures.as_slice())).collect()
    }
}

/// Cells as a table of text: those of the first `names` columns to the left, figures to the right.
pub(crate) fn written(format: Format, head: &[String], rows: &[Vec<String>], names: usize) -> String {
    let each = |value: fn(&str) -> String| {
        let cells = |(at, cell): (usize, String)| if at < names { value(&cell) } else { cell };
        rows.iter().map(|row| row.iter().cloned().enumerate().map(cells).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    match format {
        Format::Markdown => {
            let mut text = String::new();
            markdown_line(&mut text, head.iter().map(String::as_str));
            markdown_line(&mut text, (0..head.len()).map(|at| if at < names { "---" } else { "---:" }));
            for row in each(markdown_cell) {
                markdown_line(&mut text, row.iter().map(String::as_str));
            }
            text
        }
        Format::Table => aligned(head, each(plain_cell), names),
        Format::Csv | Format::Json | Format::Ndjson => {
            let line = |cells: &[String]| cells.iter().map(|it| csv_cell(it)).collect::<Vec<_>>().join(",") + "\n";
            std::iter::once(head).chain(rows.iter().map(Vec::as_slice)).map(line).collect()
        }
    }
}

/// Columns under their titles, names to the left, figures to the right.
fn aligned(titles: &[String], rows: Vec<Vec<String>>, names: usize) -> String {
    let mut lines = vec![titles.iter().map(|it| it.to_uppercase()).collect::<Vec<_>>()];
    lines.extend(rows);
    let width = |at: usize| lines.iter().map(|it| it[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells =
            line.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
                if at < names { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
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
pub fn csv_cell(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let value = if formula { format!("'{value}") } else { value.to_owned() };
    if formula || value.contains([',', '"', '\n', '\r', ';']) {
        return format!("\"{}\"", value.replace('"', "\"\""));
    }
    value
}
