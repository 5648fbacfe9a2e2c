use std::borrow::Cow;

/// What escapes a string has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Escapes {
    /// None: it is written as it is.
    None,
    /// Only such as [`super::write`] would write for the same text.
    Usual,
    /// Others: `\/`, `\u…`.
    Other,
}

/// The bytes that make an escape with the backslash before them. A table, as branches on text are hard to predict.
const SIMPLE: [Escapes; 256] = {
    let mut simple = [Escapes::None; 256];
    let mut index = 0;
    while index < 7 {
        simple[b"\"\\bfnrt"[index] as usize] = Escapes::Usual;
        index += 1;
    }
    simple[b'/' as usize] = Escapes::Other;
    simple
};

/// What kind of escape starts at this backslash; `None`: none.
#[inline]
pub fn at(bytes: &[u8], backslash: usize) -> Option<Escapes> {
    match SIMPLE[usize::from(*bytes.get(backslash + 1)?)] {
        Escapes::None => code_unit(bytes, backslash).map(|_| Escapes::Other),
        simple => Some(simple),
    }
}

/// The text that a string's content stands for. Lone surrogates, which JSON can write and text cannot hold, become U+FFFD.
pub fn decode(raw: &str) -> Cow<'_, str> {
    let Some(mut backslash) = memchr::memchr(b'\\', raw.as_bytes()) else { return Cow::Borrowed(raw) };
    let mut text = String::with_capacity(raw.len());
    let mut done = 0;
    loop {
        text.push_str(&raw[done..backslash]);
        done = backslash + unescape(raw, backslash, &mut text);
        match memchr::memchr(b'\\', &raw.as_bytes()[done..]) {
            Some(next) => backslash = done + next,
            None => break,
        }
    }
    text.push_str(&raw[done..]);
    Cow::Owned(text)
}

/// Appends what the escape at the backslash means; returns its length.
fn unescape(raw: &str, backslash: usize, text: &mut String) -> usize {
    let bytes = raw.as_bytes();
    let simple = match bytes.get(backslash + 1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unescape_unicode(bytes, backslash, text),
        Some(other) => char::from(*other),
        None => char::REPLACEMENT_CHARACTER,
    };
    text.push(simple);
    2
}

fn unescape_unicode(bytes: &[u8], backslash: usize, text: &mut String) -> usize {
    let first = code_unit(bytes, backslash).unwrap_or(0xFFFD);
    let second = if bytes.get(backslash + 6) == Some(&b'\\') { code_unit(bytes, backslash + 6) } else { None };
    if let (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) = (first, second) {
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return 12;
    }
    text.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
    6
}

/// The value of the `\uXXXX` at this backslash.
fn code_unit(bytes: &[u8], backslash: usize) -> Option<u32> {
    let [b'u', digits @ ..] = bytes.get(backslash + 1..backslash + 6)? else { return None };
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
}
