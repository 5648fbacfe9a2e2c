//! A text without its escapes, one layer after the other.

use std::borrow::Cow;
use std::ops::Range;

/// A text, and where in the original its bytes stand.
pub struct Layer<'t> {
    text: Cow<'t, [u8]>,
    /// Where each byte of the text begins in the original, and where the last one ends; `None`: it is the original.
    at: Option<Vec<usize>>,
}

impl<'t> Layer<'t> {
    /// The text as it is.
    pub const fn original(text: &'t [u8]) -> Self {
        Self { text: Cow::Borrowed(text), at: None }
    }

    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Where a part of the text stands in the original.
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        match &self.at {
            Some(at) => at[part.start]..at[part.end],
            None => part,
        }
    }

    /// The text with each escape of JSON, of addresses and of pages in its place; `None`: there is none.
    pub fn without_escapes(&self) -> Option<Layer<'static>> {
        let from = self.text();
        from.iter().find(|it| matches!(it, b'\\' | b'%' | b'&' | 0))?;
        let (mut text, mut at) = (Vec::with_capacity(from.len()), Vec::with_capacity(from.len() + 1));
        let mut position = 0;
        while position < from.len() {
            let (byte, length) = unescaped(&from[position..]);
            if let Some(byte) = byte {
                text.push(byte);
                at.push(self.start(position));
            }
            position += length;
        }
        at.push(self.start(from.len()));
        (text.len() < from.len()).then(|| Layer { text: text.into(), at: Some(at) })
    }

    fn start(&self, position: usize) -> usize {
        self.at.as_ref().map_or(position, |at| at[position])
    }
}

/// The byte that a text begins with, and how many bytes say so. What is no letter of a key stays as it is written; zeros, as
/// between the letters of UTF-16, are none at all.
fn unescaped(text: &[u8]) -> (Option<u8>, usize) {
    let escape = match text {
        [0, ..] => return (None, 1),
        [b'\\', b'u', b'0', b'0', digits @ ..] => hex(digits).map(|it| (it, 6)),
        [b'\\', b'x', digits @ ..] => hex(digits).map(|it| (it, 4)),
        [b'\\', byte @ (b'/' | b'"' | b'\'' | b'\\'), ..] => Some((*byte, 2)),
        [b'%', digits @ ..] => hex(digits).map(|it| (it, 3)),
        [b'&', rest @ ..] => entity(rest).map(|(byte, length)| (byte, length + 1)),
        _ => None,
    };
    match escape.filter(|(byte, _)| byte.is_ascii_graphic() || *byte == b' ') {
        Some((byte, length)) => (Some(byte), length),
        None => (text.first().copied(), 1),
    }
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok()
}

/// A character of a page, behind its `&`.
fn entity(text: &[u8]) -> Option<(u8, usize)> {
    const LONGEST: usize = 8;
    let end = text.iter().take(LONGEST).position(|it| *it == b';')?;
    let byte = match std::str::from_utf8(&text[..end]).ok()? {
        "amp" => b'&',
        "lt" => b'<',
        "gt" => b'>',
        "quot" => b'"',
        "apos" => b'\'',
        number => {
            let number = number.strip_prefix('#')?;
            let digits = number.strip_prefix(['x', 'X']);
            digits.map_or_else(|| number.parse(), |digits| u8::from_str_radix(digits, 16)).ok()?
        }
    };
    Some((byte, end + 1))
}
