use std::fmt;

use crate::icon::Icon;

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(pub u64);

/// A number with its thousands apart.
pub(super) fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Count {
    /// All digits: `1,234,567`.
    pub fn exact(self) -> String {
        grouped(self.0.into())
    }

    /// As it is read: `950`, `12,345`, `1.23M`.
    pub fn short(self) -> String {
        let value = self.0 as f64;
        match self.0 {
            0..100_000 => self.exact(),
            100_000..1_000_000 => format!("{:.0}k", value / 1e3),
            1_000_000..1_000_000_000 => format!("{:.2}M", value / 1e6),
            1_000_000_000..1_000_000_000_000 => format!("{:.2}B", value / 1e9),
            _ => format!("{:.2}T", value / 1e12),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (short, exact) = (self.short(), self.exact());
        write!(formatter, "<data class=\"num\" value=\"{}\"", self.0)?;
        if short != exact {
            write!(formatter, " title=\"{exact}\"")?;
        }
        write!(formatter, ">{short}</data>")
    }
}

/// A share of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

impl Percent {
    /// As it is read: `0%`, `<0.1%`, `2.3%`, `100%`.
    pub fn short(self) -> String {
        let hundredths = self.0 * 100.0;
        match hundredths {
            it if it <= 0.0 => "0%".to_owned(),
            it if it < 0.1 => "<0.1%".to_owned(),
            it if it < 10.0 => format!("{it:.1}%"),
            it => format!("{it:.0}%"),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<data class=\"num\" value=\"{}\">{}</data>", self.0, self.short())
    }
}

/// A duration, in milliseconds; `None`: it was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Millis(pub Option<f64>);

impl Millis {
    /// As it is read: `0.42 ms`, `820 ms`, `1.24 s`, `2 min 5 s`; `–`.
    pub fn short(self) -> String {
        match self.0 {
            None => "–".to_owned(),
            Some(it) if it < 10.0 => format!("{it:.2} ms"),
            Some(it) if it < 1_000.0 => format!("{it:.0} ms"),
            Some(it) if it < 60_000.0 => format!("{:.2} s", it / 1e3),
            Some(it) => format!("{:.0} min {:.0} s", (it / 60_000.0).floor(), (it % 60_000.0) / 1e3),
        }
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => formatter.write_str("<span class=\"text-secondary\" title=\"not measured\">–</span>"),
            Some(it) => write!(formatter, "<data class=\"num\" value=\"{it}\">{}</data>", self.short()),
        }
    }
}

/// Something per second; `None`: it was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate(pub Option<f64>);

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => formatter.write_str("<span class=\"text-secondary\" title=\"not measured\">–</span>"),
            Some(it) if it < 10.0 => write!(formatter, "<data class=\"num\" value=\"{it}\">{it:.1}/s</data>"),
            Some(it) => write!(formatter, "<data class=\"num\" value=\"{it}\">{it:.0}/s</data>"),
        }
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// As errors.
    Less,
    /// As answers.
    More,
    /// As spend: it depends.
    Neither,
}

/// A figure beside the same of the period before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Delta {
    /// Now.
    pub now: f64,
    /// Before.
    pub before: f64,
    /// Which way is better.
    pub wish: Wish,
}

impl Delta {
    /// In words: `12% more`; `None`: there was nothing before.
    pub fn words(self) -> Option<String> {
        if self.before <= 0.0 {
            return None;
        }
        let change = (self.now - self.before) / self.before;
        Some(match change {
            it if it.abs() < 0.005 => "unchanged".to_owned(),
            it if it > 9.995 => format!("{:.0}× as much", it + 1.0),
            it if it > 0.0 => format!("{:.0}% more", it * 100.0),
            it => format!("{:.0}% less", -it * 100.0),
        })
    }

    fn colour(self) -> &'static str {
        let grew = self.now > self.before;
        match self.wish {
            Wish::Less if grew => "text-red",
            Wish::More if grew => "text-green",
            Wish::Less => "text-green",
            Wish::More => "text-red",
            Wish::Neither => "text-secondary",
        }
    }
}

impl fmt::Display for Delta {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words() {
            None => formatter.write_str("<span class=\"delta text-secondary\">no data before</span>"),
            Some(words) if words == "unchanged" => {
                formatter.write_str("<span class=\"delta text-secondary\">unchanged</span>")
            }
            Some(words) => {
                let icon = Icon(if self.now > self.before { "arrow-up-right" } else { "arrow-down-right" });
                write!(formatter, "<span class=\"delta {}\">{icon}{words}</span>", self.colour())
            }
        }
    }
}

impl askama::filters::HtmlSafe for Count {}
impl askama::filters::HtmlSafe for Percent {}
impl askama::filters::HtmlSafe for Millis {}
impl askama::filters::HtmlSafe for Rate {}
impl askama::filters::HtmlSafe for Delta {}
