use serde_json::{Value, json};

use super::columns::columns;
use super::sheet::{Sheet, SheetLine};
use super::{Format, Report};

impl Report {
    /// The report as text, ending in a line break.
    pub fn render(&self, format: Format) -> String {
        self.sheet().render(format)
    }

    /// The report as one JSON object. Money is text, in US dollars: a reader that made it a float would round it.
    pub fn json(&self) -> Value {
        self.sheet().json()
    }

    fn sheet(&self) -> Sheet<'_> {
        let columns = columns(self.baseline.is_some());
        let figures = |row| columns.iter().map(|it| it.figure(self, row)).collect();
        Sheet {
            title: "Usage",
            request: &self.request,
            more: vec![("baseline", json!(self.baseline.as_ref().map(|it| &it.id)))],
            columns: columns.iter().map(|it| (it.key, it.title)).collect(),
            lines: self.rows.iter().map(|row| SheetLine { values: &row.values, figures: figures(row) }).collect(),
            total: figures(&self.total),
        }
    }
}
