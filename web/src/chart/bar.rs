use std::fmt;

/// A share of the largest, behind or beside its figure: for eyes alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bar {
    /// From 0 to 1.
    pub share: f64,
}

impl Bar {
    /// The shares of the largest of them.
    pub fn of(values: impl Clone + Iterator<Item = f64>) -> Vec<Self> {
        let most = values.clone().fold(0.0, f64::max);
        values.map(|it| Self { share: if most > 0.0 { (it / most).clamp(0.0, 1.0) } else { 0.0 } }).collect()
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = (self.share * 100.0).clamp(0.0, 100.0);
        write!(
            formatter,
            "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"bar-rail\" width=\"100\" \
             height=\"4\"/><rect width=\"{width:.1}\" height=\"4\"/></svg>"
        )
    }
}

impl askama::filters::HtmlSafe for Bar {}
