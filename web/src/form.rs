//! Forms as data: sections of fields, with what the server finds wrong in each.

use crate::parts::Effect;

/// A form that changes something.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Its parts.
    pub sections: Vec<FormSection>,
    /// What it sends along: name and value.
    pub hidden: Vec<(String, String)>,
    /// All that is wrong; what belongs to a field stands there, too.
    pub mistakes: Vec<Mistake>,
    /// What its button says.
    pub button: String,
    /// What the button sends as `step`, where a form goes in several; empty: nothing.
    pub step: &'static str,
    /// What the button says that leads back to the fields with all that stands in them; empty: there is none.
    pub back: &'static str,
    /// Where one goes who does nothing.
    pub cancel_href: String,
    /// The same for a terminal; empty: there is none.
    pub command: String,
}

/// Fields that belong together.
#[derive(Clone, Debug)]
pub struct FormSection {
    /// What they are about.
    pub title: String,
    /// What that is good for; empty: that is clear.
    pub help: String,
    /// In their order.
    pub fields: Vec<FormField>,
}

/// Something to be filled in.
#[derive(Clone, Debug)]
pub struct FormField {
    /// Its name in what is sent, and its id: unique on the page.
    pub name: String,
    /// What people see.
    pub label: String,
    /// What it means; empty: that is clear.
    pub help: String,
    /// What is wrong with it; empty: nothing.
    pub error: String,
    /// How it is filled in.
    pub entry: Entry,
    /// It must be.
    pub required: bool,
}

/// How a field is filled in.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A line; with an example.
    Line {
        /// What stands there.
        value: String,
        /// What might.
        example: &'static str,
    },
    /// A whole number.
    Number {
        /// What stands there.
        value: String,
        /// Of what: `requests a minute`.
        unit: &'static str,
    },
    /// Lines.
    Lines {
        /// What stands there.
        value: String,
        /// How many are seen.
        rows: u8,
    },
    /// What is shown to nobody, ever again.
    Secret {
        /// What is known of it: `set 12 days ago by Ana`; empty: there is none.
        known: String,
    },
    /// One of several: value and words.
    One {
        /// What there is.
        options: Vec<(String, String)>,
        /// Which.
        value: String,
    },
    /// Any of several.
    Many(Vec<Choice>),
    /// Yes or no.
    Switch {
        /// Which.
        on: bool,
        /// What yes means.
        means: String,
    },
    /// The targets of a group, a row each, and all that there are.
    Targets {
        /// Those that it has, then empty ones for more.
        rows: Vec<TargetEntry>,
        /// `<provider>/<model>`
        known: Vec<String>,
    },
    /// What cannot be changed here.
    Fixed(String),
}

/// A target of a group, as it is filled in: `target` and `weight`.
#[derive(Clone, Debug)]
pub struct TargetEntry {
    /// `<provider>/<model>`; empty: one to be added.
    pub name: String,
    /// Its weight, as entered.
    pub weight: String,
}

/// One of several that may be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What people see.
    pub text: String,
    /// It is chosen.
    pub on: bool,
}

/// Something that the server's own check finds wrong.
#[derive(Clone, Debug)]
pub struct Mistake {
    /// Where, as a JSON pointer into the document; empty: in all of it.
    pub pointer: String,
    /// The id of the field that it belongs to; empty: none on this page.
    pub field: String,
    /// What is wrong.
    pub text: String,
    /// What to do; empty: nothing to say.
    pub hint: String,
}

impl FormField {
    /// A field that may be left empty.
    pub fn new(name: impl Into<String>, label: impl Into<String>, entry: Entry) -> Self {
        let (name, label) = (name.into(), label.into());
        Self { name, label, help: String::new(), error: String::new(), entry, required: false }
    }

    /// What it means.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// What is wrong with it.
    #[must_use]
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.error = error.into();
        self
    }

    /// It must be filled in.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Whether it takes a few signs alone, as its example says: several stand side by side.
    pub fn is_short(&self) -> bool {
        matches!(self.entry, Entry::Line { example, .. } if example.starts_with(|it: char| it.is_ascii_digit()))
    }

    /// The ids of what describes it.
    pub fn described(&self) -> String {
        let mut ids = Vec::new();
        if !self.error.is_empty() {
            ids.push(format!("{}-error", self.name));
        }
        if !self.help.is_empty() {
            ids.push(format!("{}-help", self.name));
        }
        ids.join(" ")
    }
}

impl Entry {
    /// A line with what stands there.
    pub fn line(value: impl Into<String>) -> Self {
        Self::Line { value: value.into(), example: "" }
    }

    /// One of several that are their own words.
    pub fn one_of(options: &[&str], value: impl Into<String>) -> Self {
        Self::One { options: options.iter().map(|&it| (it.to_owned(), it.to_owned())).collect(), value: value.into() }
    }

    /// Any of several that are their own words.
    pub fn any_of<'a>(options: impl IntoIterator<Item = &'a str>, chosen: &[&str]) -> Self {
        let choice = |it: &str| Choice { value: it.to_owned(), text: it.to_owned(), on: chosen.contains(&it) };
        Self::Many(options.into_iter().map(choice).collect())
    }

    /// Whether a single control stands for it, so that a label may point to it.
    pub const fn is_single(&self) -> bool {
        !matches!(self, Self::Many(_) | Self::Targets { .. } | Self::Fixed(_))
    }
}

/// What is asked before something is done: what it does, to whom, and the word to type where it cannot be undone.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it does.
    pub effects: Vec<Effect>,
    /// What must be typed; empty: nothing.
    pub typed: String,
    /// It cannot be undone.
    pub is_final: bool,
}
