//! The values of a statement whose text is built at run time.

use sqlx::{Arguments, any::AnyArguments};

/// The values of a statement: each is bound, and stands in its text as a number.
#[derive(Default)]
pub struct Places {
    /// In the order of their places.
    pub arguments: AnyArguments,
}

impl Places {
    /// Binds a number.
    pub fn number(&mut self, number: i64) -> String {
        self.arguments.add(number).expect("numbers can be bound");
        format!("${}", self.arguments.len())
    }

    /// Binds a text.
    pub fn text(&mut self, text: &str) -> String {
        self.arguments.add(text).expect("texts can be bound");
        format!("${}", self.arguments.len())
    }

    /// Binds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> String {
        self.arguments.add(bytes).expect("bytes can be bound");
        format!("${}", self.arguments.len())
    }

    /// Binds a list, separated by commas.
    pub fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) -> String {
        texts.into_iter().map(|text| self.text(text)).collect::<Vec<_>>().join(", ")
    }
}
