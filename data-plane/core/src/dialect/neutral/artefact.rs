use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::dialect::Dialect;
use crate::facts::Realm;
use crate::json::{Fields, write};

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
    /// The router's own: the summary of a conversation, in Responses' place for what the model cannot say in words.
    pub fn of_summary(summary: &str, realm: Realm) -> Artefact<'static> {
        let mut block = Vec::new();
        write::object(&mut block, |object| object.string("summary", summary));
        let block = String::from_utf8(block).expect("JSON is written in UTF-8");
        Artefact { realm: Some(realm), dialect: Dialect::OpenaiResponses, block: block.into() }
    }

    /// The summary that it is; `None`: it is another artefact.
    pub fn summary(&self) -> Option<String> {
        if self.dialect != Dialect::OpenaiResponses {
            return None;
        }
        let summary = Fields::document(self.block.as_bytes()).ok()?.take_string("summary")?;
        Some(summary.into_owned())
    }

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
