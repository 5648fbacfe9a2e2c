use std::fmt;

use crate::assets;

/// A picture of the sprite, for eyes alone: words stand beside it or in the label of what it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon(pub &'static str);

impl fmt::Display for Icon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = assets::path("icons.svg");
        write!(formatter, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{sprite}#{}\"></use></svg>", self.0)
    }
}

impl askama::filters::HtmlSafe for Icon {}
