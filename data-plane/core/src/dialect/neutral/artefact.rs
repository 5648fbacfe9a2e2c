use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::dialect::Dialect;

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

/// Something opaque that only the realm that minted it can use: a signed thinking block, an encrypted reasoning item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact<'a> {
    /// Who minted it; `None`: it bears no seal, so nobody knows.
    pub realm: Option<Realm>,
    /// The dialect that `block` is written in.
    pub dialect: Dialect,
    /// The block or item as it was minted, JSON.
    pub block: Cow<'a, str>,
}

/// What an opaque field of a caller holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sealed<'a> {
    /// The upstream's own value, under a mark that tells where it is from: `sr1.<realm>.n.<value>`. The value stands there
    /// as it was minted.
    Marked {
        /// Who minted it.
        realm: Realm,
        /// The value.
        value: &'a str,
    },
    /// A block of another dialect: `sr1.<realm>.<c|r|m>.<base64>`.
    Foreign(Artefact<'static>),
    /// The value of an upstream, without a mark.
    Plain(&'a str),
}

/// What every mark and every seal starts with.
pub(crate) const SEAL: &str = "sr1.";

impl<'a> Sealed<'a> {
    /// What a value is. Anything that only looks like a seal is a plain value.
    pub fn read(value: &'a str) -> Self {
        Self::open(value).unwrap_or(Self::Plain(value))
    }

    fn open(value: &'a str) -> Option<Self> {
        let (realm, rest) = value.strip_prefix(SEAL)?.split_once('.')?;
        let realm = Realm::parse(realm)?;
        let (kind, value) = rest.split_once('.')?;
        let dialect = match kind {
            "n" => return Some(Self::Marked { realm, value }),
            "c" => Dialect::OpenaiChat,
            "r" => Dialect::OpenaiResponses,
            "m" => Dialect::AnthropicMessages,
            _ => return None,
        };
        let block = String::from_utf8(STANDARD_NO_PAD.decode(value).ok()?).ok()?;
        Some(Self::Foreign(Artefact { realm: Some(realm), dialect, block: block.into() }))
    }
}

impl Artefact<'_> {
    /// The value that carries it through another dialect.
    pub fn seal(&self, realm: Realm) -> String {
        let kind = match self.dialect {
            Dialect::OpenaiChat => 'c',
            Dialect::OpenaiResponses => 'r',
            Dialect::AnthropicMessages => 'm',
        };
        format!("{SEAL}{realm}.{kind}.{}", STANDARD_NO_PAD.encode(self.block.as_bytes()))
    }

    /// It can be given back to a target of that realm which speaks that dialect.
    pub fn is_at_home(&self, realm: Realm, dialect: Dialect) -> bool {
        self.realm == Some(realm) && self.dialect == dialect
    }

    /// The same, holding what it is made of.
    pub fn into_owned(self) -> Artefact<'static> {
        Artefact { block: Cow::Owned(self.block.into_owned()), ..self }
    }
}

/// The mark before a value that an upstream minted and a caller of the same dialect gets.
pub fn mark(realm: Realm) -> String {
    format!("{SEAL}{realm}.n.")
}

#[cfg(test)]
mod tests;
