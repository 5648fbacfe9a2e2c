//! Whatever filters texts sees the same ones in whole answers and streams, forwarded and translated.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::answer::filter_answer;
use data_plane_core::dialect::filter::{TextFilter, TextOf};
use data_plane_core::dialect::splice;
use data_plane_core::dialect::stream::{StreamEdits, StreamReader};
use data_plane_core::dialect::translate::{StreamTranslator, answer_operation, translate_answer};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use validators::{validate_answer, validate_stream};

use super::answers::comparable;
use super::cases;
use super::collect::collect;
use super::setting::reply;
use super::upstream::{Block, Upstream, answer};

/// What stands in the upstream's texts, and what the caller gets for it.
const WORD: &str = "NAME";
const NAME: &str = "Josephine";

/// Puts the name in the place of the word, and holds back no more than what may be the beginning of the word.
#[derive(Default)]
struct Prompt(HashMap<TextOf, String>);

impl TextFilter for Prompt {
    fn piece(&mut self, of: TextOf, piece: &str, out: &mut String) {
        let held = self.0.entry(of).or_default();
        held.push_str(piece);
        let text = std::mem::take(held).replace(WORD, NAME);
        let kept = (1..WORD.len()).rev().find(|it| text.ends_with(&WORD[..*it])).unwrap_or_default();
        out.push_str(&text[..text.len() - kept]);
        held.push_str(&text[text.len() - kept..]);
    }

    fn end(&mut self, of: TextOf, out: &mut String) {
        out.push_str(&self.0.remove(&of).unwrap_or_default());
    }
}

/// Does the same, and holds everything back to the end.
#[derive(Default)]
struct Late(HashMap<TextOf, String>);

impl TextFilter for Late {
    fn piece(&mut self, of: TextOf, piece: &str, _out: &mut String) {
        self.0.entry(of).or_default().push_str(piece);
    }

    fn end(&mut self, of: TextOf, out: &mut String) {
        out.push_str(&self.0.remove(&of).unwrap_or_default().replace(WORD, NAME));
    }
}

fn filter(late: bool) -> Box<dyn TextFilter> {
    if late { Box::new(Late::default()) } else { Box::new(Prompt::default()) }
}

/// The answer with a word in many of its texts, some of which end in the middle of it, cut into other pieces.
fn with(upstream: &Upstream, word: &str, tail: &str, cuts: &[Index]) -> Upstream {
    let mut upstream = upstream.clone();
    for block in &mut upstream.blocks {
        let (pieces, tail) = match block {
            Block::Text(pieces) => (pieces, tail),
            Block::Call { pieces, .. } => (pieces, ""),
            Block::Reasoning { .. } => continue,
        };
        let text: Vec<char> = (pieces.concat().replace(['e', 'a'], word) + tail).chars().collect();
        let mut ends: Vec<usize> = cuts.iter().map(|it| it.index(text.len())).chain([0, text.len()]).collect();
        ends.sort_unstable();
        ends.dedup();
        *pieces = ends.windows(2).map(|it| text[it[0]..it[1]].iter().collect()).collect();
    }
    upstream
}

fn forwarded(dialect: Dialect, stream: &[u8], late: bool, size: usize) -> Vec<u8> {
    let mut reader = StreamReader::new(dialect.operation(), StreamEdits::default()).with_filter(Some(filter(late)));
    let mut out = Vec::new();
    stream.chunks(size).for_each(|it| reader.push(Bytes::copy_from_slice(it), &mut out));
    reader.finish(&mut out);
    assert!(reader.facts().complete && reader.facts().failure.is_none());
    out.concat()
}

fn translated(from: Dialect, to: Dialect, stream: &[u8], late: bool, size: usize) -> Vec<u8> {
    let reply = reply(b"{}", Arc::default());
    let mut translator = StreamTranslator::new(from, to, &reply).with_filter(Some(filter(late)));
    let mut out = Vec::new();
    stream.chunks(size).for_each(|it| translator.push(Bytes::copy_from_slice(it), &mut out));
    translator.finish(&mut out);
    assert!(translator.facts().complete && translator.facts().failure.is_none());
    out.concat()
}

fn whole(dialect: Dialect, body: &str, late: bool) -> Value {
    let mut splices = filter_answer(dialect.operation(), body.as_bytes(), &mut *filter(late)).unwrap();
    splices.sort_by_key(|it| it.range.start);
    let out = splice::apply(&Bytes::copy_from_slice(body.as_bytes()), &splices).concat();
    assert_eq!(validate_answer(dialect, &out), [""; 0]);
    serde_json::from_slice(&out).unwrap()
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(Dialect::ALL.to_vec())
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_word_that_is_split_is_replaced_in_answers_that_are_forwarded(
        (dialect, upstream) in dialect().prop_flat_map(|it| (Just(it), answer(it))),
        cuts: Vec<Index>,
        tail in prop::sample::select(vec!["", "N", "NAM", "NAME"]),
        late: bool,
        size in 1..4_000_usize,
    ) {
        let told = with(&upstream, WORD, tail, &cuts);
        let expected = with(&upstream, NAME, if tail == WORD { NAME } else { tail }, &[]);
        prop_assert_eq!(whole(dialect, &told.whole(dialect).to_string(), late), expected.whole(dialect));
        let stream = forwarded(dialect, &told.stream(dialect), late, size);
        prop_assert_eq!(validate_stream(dialect, &stream), Vec::<String>::new(), "{}", String::from_utf8_lossy(&stream));
        prop_assert_eq!(
            comparable(collect(dialect, &stream)),
            comparable(collect(dialect, &expected.stream(dialect))),
            "{}",
            String::from_utf8_lossy(&stream)
        );
    }

    #[test]
    fn a_word_that_is_split_is_replaced_in_answers_that_are_translated(
        (from, upstream) in dialect().prop_flat_map(|it| (Just(it), answer(it))),
        to in dialect(),
        cuts: Vec<Index>,
        tail in prop::sample::select(vec!["", "N", "NAM", "NAME"]),
        late: bool,
        size in 1..4_000_usize,
    ) {
        prop_assume!(from != to);
        let told = with(&upstream, WORD, tail, &cuts);
        let expected = with(&upstream, NAME, if tail == WORD { NAME } else { tail }, &[]);
        let reply = reply(b"{}", Arc::default());
        let expected = translate_answer(from, to, expected.whole(from).to_string().as_bytes(), &reply).unwrap().body;
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let body = told.whole(from).to_string();
        let mut filtering = filter(late);
        let whole =
            answer_operation(from, to.operation(), body.as_bytes(), b"{}", &reply, Some(&mut *filtering)).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Value>(&whole.body).unwrap(), expected.clone());
        let stream = translated(from, to, &told.stream(from), late, size);
        prop_assert_eq!(validate_stream(to, &stream), Vec::<String>::new(), "{}", String::from_utf8_lossy(&stream));
        prop_assert_eq!(comparable(collect(to, &stream)), comparable(expected), "{}", String::from_utf8_lossy(&stream));
    }

    #[test]
    fn a_filter_that_changes_nothing_leaves_the_bytes_as_they_are(
        (dialect, upstream) in dialect().prop_flat_map(|it| (Just(it), answer(it))),
        size in 1..4_000_usize,
    ) {
        struct Nothing;
        impl TextFilter for Nothing {
            fn piece(&mut self, _of: TextOf, piece: &str, out: &mut String) {
                out.push_str(piece);
            }

            fn end(&mut self, _of: TextOf, _out: &mut String) {}
        }
        let stream = upstream.stream(dialect);
        let mut reader =
            StreamReader::new(dialect.operation(), StreamEdits::default()).with_filter(Some(Box::new(Nothing)));
        let mut out = Vec::new();
        stream.chunks(size).for_each(|it| reader.push(Bytes::copy_from_slice(it), &mut out));
        reader.finish(&mut out);
        prop_assert_eq!(out.concat(), stream);
        let body = upstream.whole(dialect).to_string();
        prop_assert_eq!(filter_answer(dialect.operation(), body.as_bytes(), &mut Nothing).unwrap(), vec![]);
    }
}
