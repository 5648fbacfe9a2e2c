//! The form of all tokens: `<prefix><id>_<secret><checksum>`, an id of 12 and a secret of 43 characters of `[0-9A-Za-z]`, and
//! the CRC-32 of all that stands before it as 6 digits of base 62. The id is public; only the SHA-256 of the whole is stored.
//!
//! The checksum lets a mistyped token be refused without a look-up, and lets scanners of leaked secrets recognise one; it
//! protects nothing.

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

/// Digits of ids, secrets and checksums, in their order.
pub const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Characters of an id.
pub const ID_LENGTH: usize = 12;
/// Characters of a secret.
pub const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
/// What follows a prefix and is shorter is a name, or too little of a secret to be one.
const SHORTEST_SECRET: usize = 24;

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// The caller API.
    Caller,
    /// The admin API.
    Admin,
    /// Enrolment, once.
    Join,
    /// The gRPC streams of one router.
    Node,
}

impl TokenKind {
    const ALL: [Self; 4] = [Self::Caller, Self::Admin, Self::Join, Self::Node];

    /// What a token of this kind begins with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Caller => "sr_",
            Self::Admin => "sra_",
            Self::Join => "srj_",
            Self::Node => "srn_",
        }
    }
}

/// The whole token of this id and this secret.
pub fn write(kind: TokenKind, id: &str, secret: &str) -> String {
    let mut text = format!("{}{id}_{secret}", kind.prefix());
    let checksum = checksum(text.as_bytes());
    text.extend(checksum.map(char::from));
    text
}

/// The public part of a token of this kind; `None`: its form or its checksum is wrong.
pub fn id(kind: TokenKind, text: &str) -> Option<&str> {
    let (id, rest) = text.strip_prefix(kind.prefix())?.split_once('_')?;
    let alphanumeric = |part: &str| part.bytes().all(|it| it.is_ascii_alphanumeric());
    let lengths = (id.len(), rest.len()) == (ID_LENGTH, SECRET_LENGTH + CHECKSUM_LENGTH);
    if !lengths || !alphanumeric(id) || !alphanumeric(rest) {
        return None;
    }
    let (checked, sum) = text.split_at(text.len() - CHECKSUM_LENGTH);
    (sum.as_bytes() == checksum(checked.as_bytes())).then_some(id)
}

/// A text to show, without the secrets of tokens that somebody wrote where something else belongs: `sr_<id>_…` is left of each,
/// also of one that is damaged.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((at, secret)) = find_secret(rest) {
        shown.push_str(&rest[..at]);
        shown.push('…');
        rest = &rest[at + secret..];
    }
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Where the first secret begins, and how long it is, in bytes.
fn find_secret(text: &str) -> Option<(usize, usize)> {
    let starts = TokenKind::ALL.iter().flat_map(|kind| {
        let prefix = kind.prefix();
        text.match_indices(prefix).map(move |(at, _)| (at, at + prefix.len()))
    });
    let secrets = starts.filter(|(at, _)| !text[..*at].ends_with(|it: char| it.is_ascii_alphanumeric()));
    let secrets = secrets.filter_map(|(_, from)| {
        let ends = |it: char| it.is_whitespace() || it.is_control() || "'\"`/\\?&,;()[]{}<>".contains(it);
        let body = text[from..].split(ends).next().unwrap_or_default();
        // Without a public part, or with one that is none, nothing tells where the secret begins.
        let public = body.find('_').filter(|it| *it <= ID_LENGTH).map_or(0, |it| it + 1);
        (body.len() >= SHORTEST_SECRET).then(|| (from + public, body.len() - public))
    });
    secrets.min()
}

/// What a token is stored and compared as: SHA-256 of its whole text.
pub fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// CRC-32 (IEEE) in base 62, most significant digit first.
fn checksum(checked: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(checked) as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits
}

#[cfg(test)]
mod tests;
