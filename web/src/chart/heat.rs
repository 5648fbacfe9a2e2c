use std::fmt;

use super::super::ui::escaped;

/// A table whose cells are coloured by how much they hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heat {
    /// What it shows.
    pub caption: String,
    /// The heads of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<HeatRow>,
}

/// A row of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatRow {
    /// Its head.
    pub name: String,
    /// One for each column.
    pub cells: Vec<f64>,
}

const LEVELS: f64 = 8.0;

impl fmt::Display for Heat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.rows.iter().flat_map(|it| &it.cells).copied().fold(0.0, f64::max);
        write!(
            formatter,
            "<div class=\"table-responsive\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table class=\"heat\"><caption class=\"visually-hidden\">{0}</caption><thead><tr><td></td>",
            escaped(&self.caption)
        )?;
        for column in &self.columns {
            write!(formatter, "<th scope=\"col\">{}</th>", escaped(column))?;
        }
        formatter.write_str("</tr></thead><tbody>")?;
        for row in &self.rows {
            write!(formatter, "<tr><th scope=\"row\"><bdi>{}</bdi></th>", escaped(&row.name))?;
            for cell in &row.cells {
                let level =
                    if most > 0.0 && *cell > 0.0 { (cell / most * LEVELS).ceil().clamp(1.0, LEVELS) } else { 0.0 };
                write!(formatter, "<td class=\"heat-{level}\" title=\"{cell}\"><span>{cell}</span></td>")?;
            }
            formatter.write_str("</tr>")?;
        }
        formatter.write_str("</tbody></table></div>")
    }
}

impl askama::filters::HtmlSafe for Heat {}
