use std::fmt;

/// Where artefacts are valid: at one provider, with its one key. Stands for the provider in sealed artefacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Realm(u32);

impl Realm {
    /// The realm of a provider.
    pub fn of(provider: &str) -> Self {
        Self(crc32fast::hash(provider.as_bytes()))
    }

    /// The realm that is written so, eight hexadecimal digits in small letters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_hex = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
        let digits = Some(text).filter(|it| it.len() == 8 && it.bytes().all(is_hex))?;
        u32::from_str_radix(digits, 16).ok().map(Self)
    }
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}
