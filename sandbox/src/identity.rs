//! What tells one answer from another.

/// The ids of one answer: all of them are made of one text that no other answer has.
#[derive(Debug, Clone)]
pub struct Identity(String);

/// Every answer says it was made then: with a clock, equal requests would get unequal answers.
pub const CREATED_S: u64 = 1_767_225_600;

impl Identity {
    /// Ids that carry this text.
    pub fn new(unique: &str) -> Self {
        Self(unique.to_owned())
    }

    /// What all of its ids carry.
    pub fn unique(&self) -> &str {
        &self.0
    }

    /// An id with a prefix, such as `msg_`.
    pub fn id(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.0)
    }

    /// The id of the n-th of several things in one answer.
    pub fn nth(&self, prefix: &str, n: usize) -> String {
        format!("{prefix}{}{n:02}", self.0)
    }
}
