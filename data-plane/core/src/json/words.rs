use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use super::escape;

/// A text of any length. Read from JSON, it stays as it was written there for as long as nobody looks into it: most texts are
/// only written again, and then nothing has to be resolved, copied and escaped. As what it stands for, it is a `str`.
#[derive(Clone)]
pub struct Words<'a>(WordsForm<'a>);

#[derive(Clone)]
enum WordsForm<'a> {
    Plain(Cow<'a, str>),
    /// Between its quotes, with no other escapes than [`super::write`] would write, and what that stands for.
    Written(&'a str, OnceLock<String>),
}

impl<'a> Words<'a> {
    /// A text from between quotes, with no other escapes than [`super::write`] would write.
    pub(super) const fn written(raw: &'a str) -> Self {
        Self(WordsForm::Written(raw, OnceLock::new()))
    }

    /// How it is written between quotes, if that is known.
    pub(super) fn as_written(&self) -> Option<&str> {
        match &self.0 {
            WordsForm::Plain(_) => None,
            WordsForm::Written(raw, _) => Some(raw),
        }
    }

    /// The same text, borrowed.
    pub fn borrowed(&self) -> Words<'_> {
        Words(match &self.0 {
            WordsForm::Plain(text) => WordsForm::Plain(Cow::Borrowed(text)),
            WordsForm::Written(raw, _) => WordsForm::Written(raw, OnceLock::new()),
        })
    }

    /// It has no characters.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            WordsForm::Plain(text) => text.is_empty(),
            WordsForm::Written(raw, _) => raw.is_empty(),
        }
    }

    /// It has no characters but white space.
    pub fn is_blank(&self) -> bool {
        match &self.0 {
            WordsForm::Plain(text) => text.trim().is_empty(),
            WordsForm::Written(raw, _) => {
                let mut characters = raw.chars();
                while let Some(character) = characters.next() {
                    let blank = match character {
                        '\\' => matches!(characters.next(), Some('n' | 'r' | 't' | 'f')),
                        other => other.is_whitespace(),
                    };
                    if !blank {
                        return false;
                    }
                }
                true
            }
        }
    }

    /// It starts with that, which has no character that JSON escapes.
    pub fn begins_with(&self, plain: &str) -> bool {
        match &self.0 {
            WordsForm::Plain(text) => text.starts_with(plain),
            WordsForm::Written(raw, _) => raw.starts_with(plain),
        }
    }

    /// The text, to be changed.
    pub fn to_mut(&mut self) -> &mut String {
        if let WordsForm::Written(raw, _) = &self.0 {
            self.0 = WordsForm::Plain(escape::decode(raw));
        }
        match &mut self.0 {
            WordsForm::Plain(text) => text.to_mut(),
            WordsForm::Written(..) => unreachable!("it was made plain"),
        }
    }
}

impl Default for Words<'_> {
    fn default() -> Self {
        Self(WordsForm::Plain(Cow::Borrowed("")))
    }
}

impl Deref for Words<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            WordsForm::Plain(text) => text,
            WordsForm::Written(raw, text) => text.get_or_init(|| escape::decode(raw).into_owned()),
        }
    }
}

impl AsRef<str> for Words<'_> {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for Words<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl PartialEq<str> for Words<'_> {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl<'a> From<&'a str> for Words<'a> {
    fn from(text: &'a str) -> Self {
        Self(WordsForm::Plain(Cow::Borrowed(text)))
    }
}

impl From<String> for Words<'_> {
    fn from(text: String) -> Self {
        Self(WordsForm::Plain(Cow::Owned(text)))
    }
}

impl<'a> From<Cow<'a, str>> for Words<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(WordsForm::Plain(text))
    }
}

#[cfg(test)]
mod tests {
    use super::super::write;
    use super::Words;

    #[test]
    fn what_was_written_is_written_again_and_read_when_asked() {
        let words = Words::written(r#"a\n\"b\"\té"#);
        let mut out = Vec::new();
        write::words(&mut out, &words);
        assert_eq!(out, r#""a\n\"b\"\té""#.as_bytes());
        assert_eq!(&*words, "a\n\"b\"\té");
        let mut changed = words.borrowed();
        changed.to_mut().push('\u{1}');
        out.clear();
        write::words(&mut out, &changed);
        assert_eq!(out, r#""a\n\"b\"\té\u0001""#.as_bytes());
    }

    #[test]
    fn white_space_is_seen_without_reading() {
        for (raw, blank) in
            [("", true), (r" \n\t", true), (r"\f\r ", true), (r"\b", false), (r"\n.", false), (r"\\", false)]
        {
            assert_eq!(Words::written(raw).is_blank(), blank, "{raw}");
            assert_eq!(Words::written(raw).trim().is_empty(), blank, "{raw}");
        }
    }
}
