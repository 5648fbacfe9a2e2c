//! What commands print to stdout; lists in the form that `--output` asks for.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::io::{ErrorKind, Write};

use clap::ValueEnum;
use serde_json::Value;

use crate::exit::Failure;

/// What others have written, without what a terminal would obey: control characters are told by their numbers, as JSON does.
pub fn shown(text: &str) -> Cow<'_, str> {
    let is_bad = |at: usize, it: char| match it {
        '\n' | '\t' => false,
        '\r' => !text[at + 1..].starts_with('\n'),
        it => it.is_control(),
    };
    if !text.char_indices().any(|(at, it)| is_bad(at, it)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, it) in text.char_indices() {
        if is_bad(at, it) { escape(it, &mut out) } else { out.push(it) }
    }
    Cow::Owned(out)
}

fn escape(it: char, out: &mut String) {
    let _ = write!(out, "\\u{:04x}", u32::from(it));
}

/// The same in one line.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        if it.is_control() { escape(it, &mut out) } else { out.push(it) }
    }
    out
}

/// Says something beside the answer, on stderr.
pub fn aside(words: fmt::Arguments<'_>) {
    eprintln!("{}", shown(&words.to_string()));
}

/// [`aside`] with what `format!` takes.
macro_rules! say {
    ($($words:tt)*) => { $crate::output::aside(format_args!($($words)*)) };
}
pub(crate) use say;

/// Prints to stdout, at once. A reader that has seen enough, such as `head`, is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let text = shown(text);
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// How lists are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns.
    #[default]
    Table,
    /// An array of objects.
    Json,
    /// A Markdown table.
    Markdown,
    /// RFC 4180, safe to open in a spreadsheet.
    Csv,
}

/// Prints one answer: `table` in words of its own, `json` as it came, the others as a table of one row.
pub fn tell(
    answer: &Value,
    columns: &[&'static str],
    output: Output,
    words: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    match output {
        Output::Table => words(),
        Output::Json => print(&format!("{answer:#}\n")),
        Output::Markdown | Output::Csv => {
            let mut table = Table::new(columns);
            table.extend_from_json(std::slice::from_ref(answer));
            print(&table.render(output))
        }
    }
}

/// Rows of named columns.
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table with those columns and no rows.
    pub fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds the objects of a JSON array, column by column; what a row does not have stays empty.
    pub fn extend_from_json(&mut self, items: &[Value]) {
        for item in items {
            let cells = self.columns.iter().map(|column| item[*column].clone()).collect();
            self.rows.push(cells);
        }
    }

    /// The text to print.
    pub fn render(&self, output: Output) -> String {
        match output {
            Output::Table => self.aligned(),
            Output::Json => self.json(),
            Output::Markdown => self.markdown(),
            Output::Csv => self.csv(),
        }
    }

    /// The rows as text.
    fn lines(&self) -> Vec<Vec<String>> {
        self.rows.iter().map(|row| row.iter().map(cell).collect()).collect()
    }

    fn aligned(&self) -> String {
        let one_line = |row: Vec<String>| row.iter().map(|it| one_line(it)).collect::<Vec<String>>();
        let lines: Vec<Vec<String>> = self.lines().into_iter().map(one_line).collect();
        let width = |index: usize| {
            let cells = lines.iter().map(|row| row[index].chars().count());
            cells.chain([self.columns[index].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let header: Vec<String> = self.columns.iter().map(|it| it.to_uppercase()).collect();
        let mut text = String::new();
        for row in std::iter::once(&header).chain(&lines) {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    fn json(&self) -> String {
        let object = |row: &Vec<Value>| -> serde_json::Map<String, Value> {
            let pairs = self.columns.iter().zip(row);
            pairs.map(|(column, cell)| ((*column).to_owned(), cell.clone())).collect()
        };
        let rows: Vec<_> = self.rows.iter().map(object).collect();
        let text = serde_json::to_string_pretty(&rows).expect("JSON values always serialise");
        text + "\n"
    }

    fn markdown(&self) -> String {
        let mut text = format!("| {} |\n", self.columns.join(" | "));
        text.push_str(&"| --- ".repeat(self.columns.len()));
        text.push_str("|\n");
        for row in self.lines() {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        text
    }

    fn csv(&self) -> String {
        let header: Vec<String> = self.columns.iter().map(|it| (*it).to_owned()).collect();
        let line = |row: &Vec<String>| row.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",") + "\r\n";
        std::iter::once(&header).chain(&self.lines()).map(line).collect()
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A spreadsheet runs what starts like a formula, so such a cell gets an apostrophe first (OWASP, CSV injection).
fn csv_cell(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\0']) && cell.parse::<f64>().is_err();
    let text = if formula { format!("'{cell}") } else { cell.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["id", "name"]);
        table.extend_from_json(&[
            serde_json::json!({"id": 1, "name": "a|b"}),
            serde_json::json!({"id": 2, "name": "=x,y"}),
        ]);
        table
    }

    #[test]
    fn a_terminal_obeys_nobody_else() {
        assert_eq!(shown("a\tb\r\nc\n"), "a\tb\r\nc\n");
        assert_eq!(shown("a\u{1b}[31m\r\u{9b}\u{7f}\0"), "a\\u001b[31m\\u000d\\u009b\\u007f\\u0000");
        assert_eq!(shown("x\r"), "x\\u000d");
        let name = serde_json::json!({"name": "\u{1b}c\u{7f}\u{9b}"});
        let read: Value = serde_json::from_str(&shown(&name.to_string())).expect("it is JSON still");
        assert_eq!(read, name);
        let mut table = Table::new(&["id", "name"]);
        table.extend_from_json(&[serde_json::json!({"id": 1, "name": "a\r\n\u{1b}[2Jb"})]);
        assert_eq!(table.render(Output::Table), "ID  NAME\n1   a\\u000d\\u000a\\u001b[2Jb\n");
    }

    #[test]
    fn every_form_keeps_every_cell() {
        assert_eq!(table().render(Output::Table), "ID  NAME\n1   a|b\n2   =x,y\n");
        assert_eq!(table().render(Output::Markdown), "| id | name |\n| --- | --- |\n| 1 | a\\|b |\n| 2 | =x,y |\n");
        assert_eq!(table().render(Output::Csv), "id,name\r\n1,a|b\r\n2,\"'=x,y\"\r\n");
        let json: Value = serde_json::from_str(&table().render(Output::Json)).expect("valid JSON");
        assert_eq!(json[1], serde_json::json!({"id": 2, "name": "=x,y"}), "types are kept");
    }
}
