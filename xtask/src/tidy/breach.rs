//! What a rule finds.

/// Something that a rule forbids.
#[derive(Debug)]
pub struct Breach {
    /// What an exception in `tidy.toml` would name: a file, a crate, a module.
    pub place: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Breach {
    pub fn new(place: &str, message: String) -> Self {
        Self { place: place.to_owned(), message }
    }
}
