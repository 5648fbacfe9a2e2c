//! Providers repeat keys in their errors; callers must not get them.
//!
//! Errors are small and rare: in them a key is found under any number of its letters escaped, in whichever letter case, as text
//! within text. Answers are many: in them one look finds the forms that programs write a whole key in.

mod forms;
mod layer;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use bytes::Bytes;

use self::forms::forms;
use self::layer::Layer;
use super::failure::UpstreamFailure;
use super::splice::{Splice, within};
use crate::config::Secret;

/// What a caller finds in the place of a key.
const PLACEHOLDER: &str = "[redacted]";
/// What is shorter is no key, and may be a part of words.
const SHORTEST: usize = 8;
/// Errors quote errors, which quote addresses: so often escapes are taken away.
const LAYERS: usize = 5;

/// Takes a provider's key out of what the provider says. Making one costs more than using it: it is kept as long as the key.
#[derive(Clone)]
pub struct Scrub(Arc<Forms>);

struct Forms {
    as_written: AhoCorasick,
    in_any_case: AhoCorasick,
}

impl Scrub {
    /// `None`: it is too short to be told from words.
    pub fn new(key: &Secret) -> Option<Self> {
        if key.expose().len() < SHORTEST {
            return None;
        }
        let forms = forms(key.expose());
        let search = |any_case| {
            let mut builder = AhoCorasick::builder();
            builder.kind(Some(AhoCorasickKind::ContiguousNFA)).match_kind(MatchKind::LeftmostLongest);
            builder.ascii_case_insensitive(any_case).build(&forms).ok()
        };
        Some(Self(Arc::new(Forms { as_written: search(false)?, in_any_case: search(true)? })))
    }

    /// Where it stands in an error, in ascending order.
    pub fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut layer = Some(Layer::original(text));
        for _ in 0..LAYERS {
            let Some(this) = &layer else { break };
            let found = found(&self.0.in_any_case, this.text());
            places.extend(found.map(|it| this.place(it)));
            layer = this.without_escapes();
        }
        places.sort_by_key(|it| it.start);
        places.dedup_by(|next, before| {
            let joined = next.start < before.end;
            if joined {
                before.end = before.end.max(next.end);
            }
            joined
        });
        places
    }

    /// An error without it; not copied where it is not there.
    pub fn clean(&self, text: &Bytes) -> Bytes {
        without(text, self.places(text))
    }

    /// An answer without the forms in which programs write it; not copied where it is not there.
    pub fn clean_answer(&self, text: &Bytes) -> Bytes {
        let mut found = found(&self.0.as_written, text).peekable();
        if found.peek().is_none() {
            return text.clone();
        }
        without(text, found.collect())
    }

    /// Names that a failure was given, without those that hold it.
    pub fn name(&self, failure: UpstreamFailure) -> UpstreamFailure {
        let clean = |name: Option<String>| name.filter(|it| self.places(it.as_bytes()).is_empty());
        UpstreamFailure { code: clean(failure.code), kind: clean(failure.kind), ..failure }
    }
}

/// Where forms stand.
fn found<'t>(forms: &'t AhoCorasick, text: &'t [u8]) -> impl Iterator<Item = Range<usize>> + 't {
    forms.find_iter(text).map(|it| it.range())
}

fn without(text: &Bytes, places: Vec<Range<usize>>) -> Bytes {
    if places.is_empty() {
        return text.clone();
    }
    let splices: Vec<_> = places.into_iter().map(splice).collect();
    within(text, 0..text.len(), &splices)
}

/// What is put into its place.
pub fn splice(range: Range<usize>) -> Splice {
    Splice { range, with: Bytes::from_static(PLACEHOLDER.as_bytes()) }
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
mod tests;
