/// A value that must not be printed: it has neither `Debug` nor `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that must not be printed.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value, to be sent or shown once, and never to be logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
