use std::borrow::Cow;
use std::ops::Range;

use super::InvalidBody;
use super::block::{BLOCK, WINDOW, classify};
use super::escape::{self, Escapes};
use super::value::Text;

/// How deep arrays and objects may be nested in each other.
pub(super) const MAX_DEPTH: u32 = 128;

/// How many fields an object that is read may have. Objects that are skipped may have any number.
const MAX_FIELDS: usize = 128;

/// A cursor over a JSON document. Reading a value moves it behind the value.
pub struct Reader<'a> {
    text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) depth: u32,
    refuses_twins: bool,
    // The names of the fields read so far, of all objects that are open.
    names: Vec<Cow<'a, str>>,
    // The special bytes of the window that was classified last: each block is classified once.
    window: usize,
    specials: [u64; WINDOW],
}

/// The name of a field, escapes resolved.
pub struct Key<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// Where it stands, quotes included.
    pub span: Range<usize>,
}

/// What a value is, seen from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    String,
    /// A digit or `-`.
    Number,
    /// `t` or `f`.
    Bool,
    /// `n`
    Null,
}

impl<'a> Reader<'a> {
    /// A reader of what an upstream wrote: a field that is named twice is no fault, as clients take one of the two.
    pub fn lenient(bytes: &'a [u8]) -> Result<Self, InvalidBody> {
        Ok(Self { refuses_twins: false, ..Self::new(bytes)? })
    }

    /// Checks what concerns the body as a whole: it is there, it is UTF-8, it has no byte order mark.
    pub fn new(bytes: &'a [u8]) -> Result<Self, InvalidBody> {
        let Ok(text) = simdutf8::basic::from_utf8(bytes) else {
            let offset = simdutf8::compat::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
            return Err(InvalidBody::syntax(offset, "it is not UTF-8"));
        };
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            return Err(InvalidBody::syntax(0, "it starts with a byte order mark; send it without"));
        }
        let mut reader = Self { refuses_twins: true, ..Self::of_text(text) };
        reader.skip_space();
        if reader.at == bytes.len() {
            return Err(InvalidBody::syntax(0, "it is empty"));
        }
        Ok(reader)
    }

    /// Reads the whole document, which has to be one object.
    pub fn document(
        &mut self,
        visit: impl FnMut(&mut Self, &Key<'a>) -> Result<(), InvalidBody>,
    ) -> Result<Range<usize>, InvalidBody> {
        if self.kind()? != Kind::Object {
            return Err(InvalidBody::syntax(self.at, "it must be an object"));
        }
        let span = self.object(visit)?;
        self.end()?;
        Ok(span)
    }

    /// Checks that the document ends here.
    pub(super) fn end(&mut self) -> Result<(), InvalidBody> {
        self.skip_space();
        if self.at < self.bytes.len() {
            return Err(InvalidBody::syntax(self.at, "something follows the object"));
        }
        Ok(())
    }

    /// A lenient reader of text that is known to be JSON.
    pub fn of_text(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            depth: 0,
            refuses_twins: false,
            names: Vec::new(),
            window: usize::MAX,
            specials: [0; WINDOW],
        }
    }

    /// What the next value is.
    pub fn kind(&mut self) -> Result<Kind, InvalidBody> {
        self.skip_space();
        match self.bytes.get(self.at) {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Where the next value starts.
    pub fn offset(&mut self) -> usize {
        self.skip_space();
        self.at
    }

    /// How far it was read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Reads an object; `visit` is called with every field's name and has to read or skip its value. A name that occurs
    /// twice is an error: two readers of the same body could see two different values.
    pub fn object(
        &mut self,
        mut visit: impl FnMut(&mut Self, &Key<'a>) -> Result<(), InvalidBody>,
    ) -> Result<Range<usize>, InvalidBody> {
        let start = self.open(b'{')?;
        let first = self.names.len();
        let mut more = !self.close(b'}');
        while more {
            let key = self.key()?;
            if self.refuses_twins {
                self.remember(first, &key)?;
            }
            visit(self, &key)?;
            more = self.more(b'}')?;
        }
        self.names.truncate(first);
        self.depth -= 1;
        Ok(start..self.at)
    }

    /// Reads an array; `visit` is called for every element and has to read or skip it.
    pub fn array(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), InvalidBody>,
    ) -> Result<Range<usize>, InvalidBody> {
        let start = self.open(b'[')?;
        let mut more = !self.close(b']');
        while more {
            visit(self)?;
            more = self.more(b']')?;
        }
        self.depth -= 1;
        Ok(start..self.at)
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<Text<'a>, InvalidBody> {
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.unexpected("a string"));
        }
        let start = self.at;
        let escapes = self.pass_string()?;
        let raw = &self.text[start + 1..self.at - 1];
        Ok(Text { raw, escapes, span: start..self.at })
    }

    /// Passes over the string whose opening quote is next; tells what escapes it has.
    #[inline]
    pub(super) fn pass_string(&mut self) -> Result<Escapes, InvalidBody> {
        let mut escapes = Escapes::None;
        let mut block = (self.at + 1) / BLOCK;
        let mut specials = self.specials_of(block) & (u64::MAX << ((self.at + 1) % BLOCK));
        loop {
            while specials == 0 {
                block += 1;
                if block * BLOCK >= self.bytes.len() {
                    return Err(InvalidBody::syntax(self.bytes.len(), "a string has no end"));
                }
                specials = self.specials_of(block);
            }
            let offset = specials.trailing_zeros() as usize;
            let at = block * BLOCK + offset;
            match self.bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(escapes);
                }
                Some(b'\\') => {}
                _ => return Err(InvalidBody::syntax(at, "control characters in strings must be escaped")),
            }
            let Some(kind) = escape::at(self.bytes, at) else {
                return Err(InvalidBody::syntax(at, "a backslash must start an escape"));
            };
            escapes = escapes.max(kind);
            // The byte behind the backslash is taken, too. The place of the next special byte does not depend on what was
            // just read, which lets the processor run ahead.
            specials &= !(0b11 << offset);
            if offset == BLOCK - 1 {
                block += 1;
                specials = self.specials_of(block) & !1;
            }
        }
    }

    /// The block's special bytes.
    #[inline]
    fn specials_of(&mut self, block: usize) -> u64 {
        if block / WINDOW != self.window {
            self.next_window(block / WINDOW);
        }
        self.specials[block % WINDOW]
    }

    #[cold]
    fn next_window(&mut self, window: usize) {
        self.window = window;
        self.specials = classify(self.bytes, window);
    }

    /// Reads a field's name and its colon.
    fn key(&mut self) -> Result<Key<'a>, InvalidBody> {
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.unexpected("a field's name in quotes"));
        }
        let text = self.string()?;
        self.colon()?;
        Ok(Key { name: text.decode(), span: text.span })
    }

    pub(super) fn colon(&mut self) -> Result<(), InvalidBody> {
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b':') {
            return Err(self.unexpected("a colon"));
        }
        self.at += 1;
        Ok(())
    }

    fn remember(&mut self, first: usize, key: &Key<'a>) -> Result<(), InvalidBody> {
        let names = &self.names[first..];
        if names.contains(&key.name) {
            return Err(InvalidBody::syntax(key.span.start, "an object names a field twice"));
        }
        if names.len() == MAX_FIELDS {
            return Err(InvalidBody::syntax(key.span.start, "an object has more than 128 fields"));
        }
        self.names.push(key.name.clone());
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Result<usize, InvalidBody> {
        self.skip_space();
        if self.bytes.get(self.at) != Some(&bracket) {
            return Err(self.unexpected(if bracket == b'{' { "an object" } else { "an array" }));
        }
        self.enter()?;
        self.at += 1;
        Ok(self.at - 1)
    }

    pub(super) fn enter(&mut self) -> Result<(), InvalidBody> {
        if self.depth == MAX_DEPTH {
            return Err(InvalidBody::syntax(self.at, "it is nested deeper than 128 levels"));
        }
        self.depth += 1;
        Ok(())
    }

    /// Takes the closing bracket, if it is next.
    pub(super) fn close(&mut self, bracket: u8) -> bool {
        self.skip_space();
        let closed = self.bytes.get(self.at) == Some(&bracket);
        self.at += usize::from(closed);
        closed
    }

    /// Takes the comma or the closing bracket behind a value; tells whether a value follows.
    pub(super) fn more(&mut self, bracket: u8) -> Result<bool, InvalidBody> {
        self.skip_space();
        match self.bytes.get(self.at) {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if *byte == bracket => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.unexpected("a comma or a closing bracket")),
        }
    }

    #[inline]
    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        &self.text[range]
    }

    pub(super) fn unexpected(&self, expected: &str) -> InvalidBody {
        if self.at >= self.bytes.len() {
            return InvalidBody::syntax(self.bytes.len(), "it ends too early");
        }
        InvalidBody::syntax(self.at, &format!("{expected} was expected"))
    }
}
