use std::fmt;

use crate::clock;

/// A request's id: `req_` and 32 hexadecimal digits, the first 12 the time in milliseconds, so that ids sort as UUIDs of
/// version 7 do.
pub(crate) struct RequestId {
    /// The whole id.
    pub text: String,
    /// Random bits of the id, from which a weighted choice is drawn: the same id means the same choice.
    pub seed: u64,
}

impl RequestId {
    /// How long each is.
    pub const LENGTH: usize = "req_".len() + 32;

    /// A new id.
    pub fn mint() -> Self {
        let random = clock::random_bits();
        let time = (clock::now_ms() as u128) << 80;
        let bits = time | (random >> 48);
        Self { text: format!("req_{bits:032x}"), seed: bits as u64 }
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
