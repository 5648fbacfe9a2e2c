use std::fmt;

use crate::ui::escaped;

/// A sentence of ours as a page has it: what stands between backticks is code.
#[derive(Clone, Copy, Debug)]
pub struct Prose<'a>(pub &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, (code, after))) =
            rest.split_once('`').and_then(|(before, it)| Some((before, it.split_once('`')?)))
        {
            write!(formatter, "{}<code>{}</code>", escaped(before), escaped(code))?;
            rest = after;
        }
        escaped(rest).fmt(formatter)
    }
}

impl askama::filters::HtmlSafe for Prose<'_> {}
