use std::fmt;

/// US dollars, in nano-dollars. Small amounts keep two digits that say something, so that no cost reads as nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i128);

const DOLLAR: i128 = 1_000_000_000;

impl Money {
    /// All of it, without grouping: `0.000012345`.
    pub fn exact(self) -> String {
        let (sign, nanos) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let text = format!("{sign}{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        let kept = text.trim_end_matches('0');
        let places = kept.len() - kept.find('.').map_or(0, |it| it + 1);
        if places < 2 { text[..text.len() - 7].to_owned() } else { kept.to_owned() }
    }

    /// As it is read: `$1,234.50`, `$12.3k`, `$0.0042`, `< $0.000001`.
    pub fn short(self) -> String {
        let sign = if self.0 < 0 { "−" } else { "" };
        let nanos = self.0.abs();
        let text = match nanos {
            0 => "$0".to_owned(),
            it if it < 1_000 => "<$0.000001".to_owned(),
            it if it < DOLLAR / 100 => {
                let digits = format!("{:.6}", it as f64 / 1e9);
                format!("${}", two_significant(&digits))
            }
            it if it < 10_000 * DOLLAR => {
                let cents = (it + DOLLAR / 200) / (DOLLAR / 100);
                format!("${}.{:02}", super::amount::grouped((cents / 100).cast_unsigned()), cents % 100)
            }
            it if it < 1_000_000 * DOLLAR => format!("${:.1}k", it as f64 / 1e12),
            it if it < 1_000_000_000 * DOLLAR => format!("${:.2}M", it as f64 / 1e15),
            it => format!("${:.2}B", it as f64 / 1e18),
        };
        format!("{sign}{text}")
    }
}

/// A price for a million tokens in US dollars, in nano-dollars: all of it, as it is multiplied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitPrice(pub i128);

impl fmt::Display for UnitPrice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = Money(self.0).exact();
        write!(formatter, "<data class=\"num\" value=\"{exact}\">${exact}</data>")
    }
}

/// Cuts a decimal fraction after its second digit that is not a leading zero.
fn two_significant(text: &str) -> &str {
    let first = text.find(|it| it != '0' && it != '.').unwrap_or(text.len());
    let end = (first + 2).min(text.len());
    text[..end].trim_end_matches('0')
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<data class=\"num\" value=\"{0}\" title=\"US$ {0}\">{1}</data>", self.exact(), self.short())
    }
}

impl askama::filters::HtmlSafe for Money {}
impl askama::filters::HtmlSafe for UnitPrice {}
