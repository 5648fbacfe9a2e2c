//! Providers repeat keys in their errors; callers must not get them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;

use super::failure::UpstreamFailure;
use super::splice::{Splice, within};
use crate::config::Secret;

/// What a caller finds in the place of a key.
const PLACEHOLDER: &str = "[redacted]";
/// What is shorter is no key, and may be a part of words.
const SHORTEST: usize = 8;

/// Takes a provider's key out of what the provider says.
#[derive(Clone)]
pub struct Scrub {
    key: Secret,
    /// As JSON may write it.
    escaped: Option<Secret>,
}

impl Scrub {
    /// `None`: it is too short to be told from words.
    pub fn new(key: Secret) -> Option<Self> {
        if key.expose().len() < SHORTEST {
            return None;
        }
        let text = key.expose();
        let escaped = text.contains(['/', '"', '\\']).then(|| {
            let written = text.replace('\\', "\\\\").replace('"', "\\\"");
            // The slash alone may be written in both ways.
            Secret::new(written.replace('/', "\\/"))
        });
        Some(Self { key, escaped })
    }

    /// Where it stands.
    pub fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let forms = [Some(&self.key), self.escaped.as_ref()];
        let found = forms.into_iter().flatten().flat_map(|form| {
            let form = form.expose().as_bytes();
            memmem::find_iter(text, form).map(move |at| at..at + form.len())
        });
        found.collect()
    }

    /// What is spliced in to take it out.
    pub fn splices(&self, text: &[u8]) -> Vec<Splice> {
        let with = Bytes::from_static(PLACEHOLDER.as_bytes());
        self.places(text).into_iter().map(|range| Splice { range, with: with.clone() }).collect()
    }

    /// The same without it; not copied where it is not there.
    pub fn clean(&self, text: &Bytes) -> Bytes {
        let mut splices = self.splices(text);
        if splices.is_empty() {
            return text.clone();
        }
        splices.sort_by_key(|it| it.range.start);
        within(text, 0..text.len(), &splices)
    }

    /// Names that a failure was given, without those that hold it.
    pub fn name(&self, failure: UpstreamFailure) -> UpstreamFailure {
        let clean = |name: Option<String>| name.filter(|it| self.places(it.as_bytes()).is_empty());
        UpstreamFailure { code: clean(failure.code), kind: clean(failure.kind), ..failure }
    }
}

impl fmt::Debug for Scrub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrub")
    }
}

/// The same failure, told without a key.
pub fn named<'f>(scrub: Option<&Scrub>, failure: &'f UpstreamFailure) -> Cow<'f, UpstreamFailure> {
    match scrub {
        Some(scrub) => Cow::Owned(scrub.name(failure.clone())),
        None => Cow::Borrowed(failure),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_key_is_taken_out_however_it_is_written() {
        let scrub = Scrub::new(Secret::new("sk-a/b+c==".to_owned())).unwrap();
        let text = Bytes::from(r#"{"m":"key sk-a/b+c== and sk-a\/b+c==, sk-a"}"#);
        assert_eq!(scrub.clean(&text), r#"{"m":"key [redacted] and [redacted], sk-a"}"#);
        let plain = Bytes::from("nothing");
        assert_eq!(scrub.clean(&plain).as_ptr(), plain.as_ptr());
        assert!(Scrub::new(Secret::new("none".to_owned())).is_none());
        assert!(!format!("{scrub:?}").contains("sk-a"));
    }
}
