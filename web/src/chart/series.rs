use std::fmt;

use super::super::ui::escaped;
use crate::show::{Count, Millis, Money, Percent};

/// Lines or stacks over time. What is written is their table; the script of the pages draws it, with the table behind a button.
/// Without scripts the table is what one sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Unique on its page.
    pub id: &'static str,
    /// What it shows.
    pub caption: String,
    /// How it is drawn.
    pub kind: Kind,
    /// What its numbers are.
    pub unit: Unit,
    /// The beginnings of the buckets, in milliseconds since the Unix epoch, ascending.
    pub starts_ms: Vec<i64>,
    /// The same as they are read where `zone` is; empty: in UTC.
    pub starts: Vec<String>,
    /// Where days begin, as browsers know it; empty: in UTC.
    pub zone: String,
    /// What a bucket is long, in milliseconds.
    pub bucket_ms: i64,
    /// At most eight, `Other` among them.
    pub lines: Vec<Line>,
    /// Its lines are outcomes: `ok` alone is calm.
    pub failures: bool,
    /// Where a click on a bucket leads: `{since}` and `{until}` are put in.
    pub drill: String,
}

/// How something is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Each from the ground.
    Lines,
    /// Each on the one before.
    Stack,
    /// The same in bars.
    Bars,
}

/// What numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// Nano-dollars.
    Money,
    /// Milliseconds.
    Millis,
    /// A share of one.
    Share,
    /// Something per second.
    PerSecond,
}

/// One of the lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Whose.
    pub name: String,
    /// One for each bucket; `None`: nothing was measured.
    pub values: Vec<Option<f64>>,
    /// The same of the period before: drawn dashed.
    pub before: bool,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Stack => "stack",
            Self::Bars => "bars",
        }
    }
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Money => "money",
            Self::Millis => "millis",
            Self::Share => "share",
            Self::PerSecond => "per-second",
        }
    }

    /// As it is read.
    pub fn words(self, value: Option<f64>) -> String {
        let Some(value) = value else { return "–".to_owned() };
        match self {
            Self::Count => Count(value as u64).short(),
            Self::Money => Money(value as i128).short(),
            Self::Millis => Millis(Some(value)).short(),
            Self::Share => Percent(value).short(),
            Self::PerSecond => format!("{value:.1}/s"),
        }
    }
}

impl Series {
    /// Whether anything was measured.
    pub fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.values.iter().all(|it| it.unwrap_or(0.0) == 0.0))
    }

    fn head(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<thead><tr><th scope=\"col\">From</th>")?;
        for line in &self.lines {
            let before = if line.before { " data-before" } else { "" };
            write!(formatter, "<th scope=\"col\" class=\"text-end\"{before}><bdi>{}</bdi></th>", escaped(&line.name))?;
        }
        formatter.write_str("</tr></thead>")
    }

    fn row(&self, formatter: &mut fmt::Formatter<'_>, at: usize, start_ms: i64) -> fmt::Result {
        write!(formatter, "<tr data-at=\"{start_ms}\"><th scope=\"row\">")?;
        match self.starts.get(at) {
            Some(start) => write!(formatter, "<span class=\"num\">{}</span>", escaped(start))?,
            None => write!(formatter, "{}", crate::show::Stamp(start_ms))?,
        }
        formatter.write_str("</th>")?;
        for line in &self.lines {
            let value = line.values.get(at).copied().flatten();
            let exact = value.map(|it| it.to_string()).unwrap_or_default();
            write!(formatter, "<td class=\"text-end num\" data-v=\"{exact}\">{}</td>", self.unit.words(value))?;
        }
        formatter.write_str("</tr>")
    }
}

impl fmt::Display for Series {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "<figure class=\"chart\" id=\"{}\" data-chart=\"{}\" data-unit=\"{}\" data-bucket=\"{}\" data-zone=\"{}\"{} data-drill=\"{}\">",
            self.id,
            self.kind.as_str(),
            self.unit.as_str(),
            self.bucket_ms,
            escaped(&self.zone),
            if self.failures { " data-failures" } else { "" },
            escaped(&self.drill)
        )?;
        write!(
            formatter,
            "<div class=\"chart-canvas\" aria-hidden=\"true\"></div><details class=\"chart-table\"><summary>{1}Table</summary>\
             <div class=\"table-responsive\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\"><table class=\"table table-sm\"><caption class=\"visually-hidden\">{0}</caption>",
            escaped(&self.caption),
            crate::Icon("table")
        )?;
        self.head(formatter)?;
        formatter.write_str("<tbody>")?;
        for (at, start_ms) in self.starts_ms.iter().enumerate() {
            self.row(formatter, at, *start_ms)?;
        }
        formatter.write_str("</tbody></table></div></details></figure>")
    }
}

impl askama::filters::HtmlSafe for Series {}
