use std::fmt;

/// How a figure went, as small as a word. It says nothing that the figure beside it does not: it is for eyes alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spark(pub Vec<f64>);

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;

impl fmt::Display for Spark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "<svg class=\"spark\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        )?;
        if self.0.len() > 1 {
            let most = self.0.iter().copied().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
            let step = WIDTH / (self.0.len() - 1) as f64;
            let points: Vec<String> = self
                .0
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    let (x, y) = (at as f64 * step, HEIGHT - 2.0 - value.max(0.0) / most * (HEIGHT - 4.0));
                    format!("{x:.1},{y:.1}")
                })
                .collect();
            let line = points.join(" ");
            write!(formatter, "<polygon points=\"0,{HEIGHT} {line} {WIDTH},{HEIGHT}\"/><polyline points=\"{line}\"/>")?;
        }
        formatter.write_str("</svg>")
    }
}

impl askama::filters::HtmlSafe for Spark {}
