use std::fmt;

use super::super::ui::escaped;

/// How a whole is divided: the traffic of a group over its targets. The words stand under it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split(pub Vec<SplitPart>);

/// A part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitPart {
    /// Whose.
    pub name: String,
    /// From 0 to 1.
    pub share: f64,
}

impl fmt::Display for Split {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "<svg class=\"split\" viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        )?;
        let mut at = 0.0;
        for (number, part) in self.0.iter().enumerate() {
            let width = part.share.clamp(0.0, 1.0) * 1000.0;
            write!(
                formatter,
                "<rect class=\"series-{}\" x=\"{at:.1}\" width=\"{:.1}\" height=\"8\"/>",
                number % 8 + 1,
                (width - 3.0).max(0.5)
            )?;
            at += width;
        }
        formatter.write_str("</svg><ul class=\"shares\">")?;
        for (number, part) in self.0.iter().enumerate() {
            write!(
                formatter,
                "<li><span class=\"swatch series-{}\"></span><bdi>{}</bdi> <span class=\"num text-secondary\">{:.0}%</span></li>",
                number % 8 + 1,
                escaped(&part.name),
                part.share * 100.0
            )?;
        }
        formatter.write_str("</ul>")
    }
}

impl askama::filters::HtmlSafe for Split {}
