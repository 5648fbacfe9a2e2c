use std::fmt;

use super::super::ui::escaped;
use crate::{show::Millis, tone::Tone};

/// What happened in a request, one under the other over the same time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// All of it, in milliseconds.
    pub length_ms: f64,
    /// In their order.
    pub spans: Vec<Span>,
}

/// A part of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// What was done.
    pub name: String,
    /// What came of it.
    pub detail: String,
    /// How it went; `None`: as it should.
    pub tone: Option<Tone>,
    /// Since the request began, in milliseconds.
    pub from_ms: f64,
    /// In milliseconds; 0: a moment.
    pub took_ms: f64,
}

impl fmt::Display for Timeline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.length_ms.max(f64::MIN_POSITIVE);
        formatter.write_str("<ol class=\"timeline-spans\">")?;
        for span in &self.spans {
            let (from, width) = (span.from_ms / length * 1000.0, span.took_ms / length * 1000.0);
            let colour = span.tone.map_or("primary", Tone::colour);
            write!(
                formatter,
                "<li><span class=\"span-name\">{}</span><span class=\"span-detail text-secondary\"><bdi>{}</bdi></span>\
                 <svg class=\"span-bar\" viewBox=\"0 0 1000 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"bar-rail\" y=\"3.5\" width=\"1000\" height=\"1\"/>\
                 <rect class=\"fill-{colour}\" x=\"{:.1}\" width=\"{:.1}\" height=\"8\"/></svg>\
                 <span class=\"span-time num\">{}</span></li>",
                escaped(&span.name),
                escaped(&span.detail),
                from.clamp(0.0, 994.0),
                width.clamp(6.0, 1000.0),
                if span.took_ms > 0.0 {
                    Millis(Some(span.took_ms)).short()
                } else {
                    format!("at {}", Millis(Some(span.from_ms)).short())
                },
            )?;
        }
        formatter.write_str("</ol>")
    }
}

impl askama::filters::HtmlSafe for Timeline {}
