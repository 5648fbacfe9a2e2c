use std::fmt;

use crate::{
    Icon,
    show::{Count, Millis, Moment, Money, Percent, Prose, Stamp, UnitPrice},
    ui::{Tag, escaped},
};

/// A value of any sort, where lists of facts and small tables hold what they are given.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// What somebody has written.
    Text(String),
    /// A sentence of ours, with code between backticks.
    Prose(String),
    /// A name for machines.
    Code(String),
    /// A name that leads somewhere: words and path.
    Link(String, String),
    /// An id that people copy, and the path of what it names; empty: it leads nowhere.
    Id(String, String),
    /// A state.
    Tag(Tag),
    /// Several of them.
    Tags(Vec<Tag>),
    /// How many.
    Count(Count),
    /// Dollars.
    Money(Money),
    /// Dollars for a million tokens.
    Price(UnitPrice),
    /// Of one.
    Percent(Percent),
    /// How long.
    Millis(Millis),
    /// Ago.
    Moment(Moment),
    /// When.
    Stamp(Stamp),
    /// There is none, in a word: `never`, `no limit`.
    Missing(&'static str),
}

impl Shown {
    /// Whether it stands on the right in a column.
    pub const fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Money(_) | Self::Price(_) | Self::Percent(_) | Self::Millis(_))
    }

    /// Whether it is read rather than compared: it has several lines where it is long.
    pub const fn is_prose(&self) -> bool {
        matches!(self, Self::Prose(_))
    }

    /// A text; `missing`: there is none.
    pub fn text(text: impl Into<String>, missing: &'static str) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Missing(missing) } else { Self::Text(text) }
    }

    /// A number; `missing`: there is none.
    pub fn count(count: Option<u64>, missing: &'static str) -> Self {
        count.map_or(Self::Missing(missing), |it| Self::Count(Count(it)))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(it) => write!(formatter, "<bdi>{}</bdi>", escaped(it)),
            Self::Prose(it) => Prose(it).fmt(formatter),
            Self::Code(it) => write!(formatter, "<code>{}</code>", escaped(it)),
            Self::Id(id, path) => {
                let (id, copy, more) = (escaped(id), Icon("copy"), Icon("arrow-right"));
                write!(
                    formatter,
                    "<span class=\"id\"><code>{id}</code><button class=\"btn-copy\" type=\"button\" data-copy=\"{id}\" aria-label=\"Copy {id}\">{copy}</button>"
                )?;
                if !path.is_empty() {
                    write!(
                        formatter,
                        "<a class=\"id-more\" href=\"{}\" aria-label=\"More of {id}\">{more}</a>",
                        escaped(path)
                    )?;
                }
                formatter.write_str("</span>")
            }
            Self::Link(words, path) => {
                write!(formatter, "<a href=\"{}\"><bdi>{}</bdi></a>", escaped(path), escaped(words))
            }
            Self::Tag(it) => it.fmt(formatter),
            Self::Tags(all) => all
                .iter()
                .enumerate()
                .try_for_each(|(at, it)| write!(formatter, "{}{it}", if at > 0 { " " } else { "" })),
            Self::Count(it) => it.fmt(formatter),
            Self::Money(it) => it.fmt(formatter),
            Self::Price(it) => it.fmt(formatter),
            Self::Percent(it) => it.fmt(formatter),
            Self::Millis(it) => it.fmt(formatter),
            Self::Moment(it) => it.fmt(formatter),
            Self::Stamp(it) => it.fmt(formatter),
            Self::Missing(it) => write!(formatter, "<span class=\"text-secondary\">{it}</span>"),
        }
    }
}

impl askama::filters::HtmlSafe for Shown {}
