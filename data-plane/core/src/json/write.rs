//! Writing JSON straight into a buffer: fields in the order in which they are written, raw values as they are.

use std::fmt::Display;

use super::Words;
use super::block::{BLOCK, specials};

/// Writes an object.
pub fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.push(b'{');
    write(&mut ObjectWriter { out, empty: true });
    out.push(b'}');
}

/// An object that is being written.
pub struct ObjectWriter<'w> {
    out: &'w mut Vec<u8>,
    empty: bool,
}

/// An array that is being written.
pub struct ArrayWriter<'w> {
    out: &'w mut Vec<u8>,
    empty: bool,
}

impl ObjectWriter<'_> {
    /// A text.
    pub fn string(&mut self, name: &str, value: &str) {
        string(self.key(name), value);
    }

    /// A text of any length.
    pub fn words(&mut self, name: &str, value: &Words<'_>) {
        words(self.key(name), value);
    }

    /// A text, if there is one.
    pub fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.string(name, value);
        }
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, name: &str, value: &str) {
        raw(self.key(name), value);
    }

    /// A number, or a truth value.
    pub fn plain(&mut self, name: &str, value: impl Display) {
        plain(self.key(name), value);
    }

    /// `null`
    pub fn null(&mut self, name: &str) {
        self.raw(name, "null");
    }

    /// An object.
    pub fn object(&mut self, name: &str, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        object(self.key(name), write);
    }

    /// An array.
    pub fn array(&mut self, name: &str, write: impl FnOnce(&mut ArrayWriter<'_>)) {
        array(self.key(name), write);
    }

    fn key(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        string(self.out, name);
        self.out.push(b':');
        self.out
    }
}

impl ArrayWriter<'_> {
    /// A text.
    pub fn string(&mut self, value: &str) {
        string(self.next(), value);
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, value: &str) {
        raw(self.next(), value);
    }

    /// An object.
    pub fn object(&mut self, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        object(self.next(), write);
    }

    /// An object that is only kept if it comes to something: it is taken back where `write` returns `false`.
    pub fn attempt(&mut self, write: impl FnOnce(&mut ObjectWriter<'_>) -> bool) {
        let (length, was_empty) = (self.out.len(), self.empty);
        let mut kept = false;
        self.object(|object| kept = write(object));
        if !kept {
            self.out.truncate(length);
            self.empty = was_empty;
        }
    }

    /// Nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.empty
    }

    fn next(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
        self.out
    }
}

/// Writes an array.
pub fn array(out: &mut Vec<u8>, write: impl FnOnce(&mut ArrayWriter<'_>)) {
    out.push(b'[');
    write(&mut ArrayWriter { out, empty: true });
    out.push(b']');
}

/// Appends the elements of one array to another, both JSON, without writing the first one again.
pub fn append_array(array: &mut String, more: &str) {
    let more = more.trim().strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or_default().trim();
    let Some(open) = array.trim_end().strip_suffix(']').map(|it| it.trim_end().len()) else { return };
    if more.is_empty() {
        return;
    }
    array.truncate(open);
    if !array.ends_with('[') {
        array.push(',');
    }
    array.push_str(more);
    array.push(']');
}

/// Writes a text with its quotes, as it was written before if that is known.
pub fn words(out: &mut Vec<u8>, value: &Words<'_>) {
    match value.as_written() {
        Some(raw) => {
            out.reserve(raw.len() + 2);
            out.push(b'"');
            out.extend_from_slice(raw.as_bytes());
            out.push(b'"');
        }
        None => string(out, value),
    }
}

/// Writes a text with its quotes.
pub fn string(out: &mut Vec<u8>, value: &str) {
    let bytes = value.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut done = 0;
    for special in specials_in(bytes) {
        out.extend_from_slice(&bytes[done..special]);
        escape(out, bytes[special]);
        done = special + 1;
    }
    out.extend_from_slice(&bytes[done..]);
    out.push(b'"');
}

/// Where bytes stand that have to be escaped.
fn specials_in(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let (blocks, tail) = bytes.as_chunks::<BLOCK>();
    let of_blocks = blocks.iter().enumerate().flat_map(|(number, block)| {
        let mut mask = specials(block);
        std::iter::from_fn(move || {
            let at = (mask != 0).then(|| number * BLOCK + mask.trailing_zeros() as usize)?;
            mask &= mask - 1;
            Some(at)
        })
    });
    let start = bytes.len() - tail.len();
    let of_tail = tail.iter().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..b' '));
    of_blocks.chain(of_tail.map(move |(at, _)| start + at))
}

/// Writes the shortest escape of a byte.
fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        0x8 => b'b',
        0xC => b'f',
        _ => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            out.extend_from_slice(b"\\u00");
            out.push(DIGITS[usize::from(byte >> 4)]);
            return out.push(DIGITS[usize::from(byte & 0xF)]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Writes JSON as it is, on one line: an event's data would end where its line does. Texts in it hold no line ends.
fn raw(out: &mut Vec<u8>, value: &str) {
    let start = out.len();
    out.extend_from_slice(value.as_bytes());
    if memchr::memchr2(b'\n', b'\r', value.as_bytes()).is_some() {
        out[start..].iter_mut().filter(|it| matches!(it, b'\n' | b'\r')).for_each(|it| *it = b' ');
    }
}

fn plain(out: &mut Vec<u8>, value: impl Display) {
    use std::io::Write as _;
    write!(out, "{value}").expect("a buffer takes everything");
}

#[cfg(test)]
mod tests;
