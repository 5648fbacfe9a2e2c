use std::fmt;

use super::{super::ui::escaped, Unit};

/// A table whose cells are coloured by how much they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// What it shows.
    pub caption: String,
    /// What its numbers are.
    pub unit: Unit,
    /// The columns.
    pub columns: Vec<HeatColumn>,
    /// The rows.
    pub rows: Vec<HeatRow>,
}

/// A column of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatColumn {
    /// Its whole name.
    pub name: String,
    /// What stands over it; empty: nothing, as there is no place for all names.
    pub mark: String,
}

/// A row of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatRow {
    /// Its head.
    pub name: String,
    /// One for each column.
    pub cells: Vec<HeatCell>,
}

/// A cell of a heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatCell {
    /// How much; `None`: nothing was measured.
    pub value: Option<f64>,
    /// The requests behind it; empty: no address says which these are.
    pub href: String,
}

const LEVELS: f64 = 8.0;

impl HeatCell {
    /// From 0 to 8.
    fn level(&self, most: f64) -> f64 {
        let value = self.value.unwrap_or(0.0);
        if most > 0.0 && value > 0.0 { (value / most * LEVELS).ceil().clamp(1.0, LEVELS) } else { 0.0 }
    }
}

impl Heat {
    fn head(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<thead><tr><td></td>")?;
        for HeatColumn { name, mark } in &self.columns {
            if mark == name {
                write!(formatter, "<th scope=\"col\">{}</th>", escaped(name))?;
            } else {
                write!(
                    formatter,
                    "<th scope=\"col\"><span class=\"visually-hidden\">{}</span><span class=\"heat-mark\" aria-hidden=\"true\">{}</span></th>",
                    escaped(name),
                    escaped(mark)
                )?;
            }
        }
        formatter.write_str("</tr></thead>")
    }
}

impl fmt::Display for Heat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.rows.iter().flat_map(|it| &it.cells).filter_map(|it| it.value).fold(0.0, f64::max);
        write!(
            formatter,
            "<div class=\"table-responsive\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table class=\"heat\"><caption class=\"visually-hidden\">{0}</caption>",
            escaped(&self.caption)
        )?;
        self.head(formatter)?;
        formatter.write_str("<tbody>")?;
        for row in &self.rows {
            write!(formatter, "<tr><th scope=\"row\"><bdi>{}</bdi></th>", escaped(&row.name))?;
            for (cell, column) in row.cells.iter().zip(&self.columns) {
                let (level, words) = (cell.level(most), self.unit.words(cell.value));
                let title = format!("{}, {}: {words}", row.name, column.name);
                let title = escaped(&title);
                if cell.href.is_empty() {
                    write!(formatter, "<td class=\"heat-{level}\" title=\"{title}\"><span>{words}</span></td>")?;
                } else {
                    let href = escaped(&cell.href);
                    write!(
                        formatter,
                        "<td class=\"heat-{level}\" title=\"{title}\"><a href=\"{href}\" rel=\"nofollow\"><span>{words}</span></a></td>"
                    )?;
                }
            }
            formatter.write_str("</tr>")?;
        }
        formatter.write_str("</tbody></table></div><p class=\"heat-scale\" aria-hidden=\"true\"><span>0</span>")?;
        for level in 0..=8 {
            write!(formatter, "<i class=\"heat-{level}\"></i>")?;
        }
        write!(formatter, "<span>{}</span></p>", self.unit.words(Some(most)))
    }
}

impl askama::filters::HtmlSafe for Heat {}
