use web::docs::DocsFound;

use super::library::{DocPage, Section};

/// As long as what is looked for may be, in characters.
const LONGEST: usize = 100;
/// So many words of it count.
const WORDS: usize = 8;
/// So many places are shown.
const MOST: usize = 30;
/// So much is shown before what was found, and behind it, in bytes at least.
const AROUND: usize = 90;

/// What is looked for, cut to what is looked at.
pub fn bounded(text: &str) -> String {
    text.trim().chars().filter(|it| !it.is_control()).take(LONGEST).collect()
}

/// Where all the words stand, the best places first.
pub fn find(pages: &[DocPage], text: &str) -> Vec<DocsFound> {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> = text.split_whitespace().take(WORDS).collect();
    let places = pages.iter().flat_map(|page| page.sections.iter().map(move |section| (page, section)));
    let mut found: Vec<_> = places
        .filter_map(|(page, section)| score(page, section, &text, &words).map(|score| (score, page, section)))
        .collect();
    // Of the same score, in the order of the contents.
    found.sort_by_key(|it| std::cmp::Reverse(it.0));
    found.truncate(MOST);
    found.into_iter().map(|(_, page, section)| shown(page, section, &text, &words)).collect()
}

/// How good a place is; `None`: some word is not there.
fn score(page: &DocPage, section: &Section, text: &str, words: &[&str]) -> Option<usize> {
    let (title, heading) = (page.title.to_ascii_lowercase(), section.heading.to_ascii_lowercase());
    let mut score = 0;
    for word in words {
        let times = section.lower.matches(word).take(5).count();
        let (in_heading, in_title) = (heading.contains(word), title.contains(word));
        if times == 0 && !in_heading {
            return None;
        }
        score += times + 20 * usize::from(in_heading) + 5 * usize::from(in_title);
    }
    if words.len() > 1 {
        score += 10 * usize::from(section.lower.contains(text)) + 20 * usize::from(heading.contains(text));
    }
    Some(score + 40 * usize::from(heading == text))
}

/// A place with what stands around what was found.
fn shown(page: &DocPage, section: &Section, text: &str, words: &[&str]) -> DocsFound {
    let whole = section.lower.find(text).map(|at| (at, text.len()));
    let first = || words.iter().find_map(|it| Some((section.lower.find(it)?, it.len())));
    let (at, length) = whole.or_else(first).unwrap_or((0, 0));
    let from = at.saturating_sub(AROUND);
    let from = if from == 0 { 0 } else { section.text[..at].floor_to_word(from) };
    let end = section.text.ceil_to_word(at + length + AROUND);
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let title =
        if section.heading == page.title { page.title.clone() } else { format!("{}: {}", page.title, section.heading) };
    DocsFound {
        title,
        href: format!("/docs/{}#{}", page.path, section.anchor),
        around: (
            format!("{}{}", cut(from > 0), &section.text[from..at]),
            section.text[at..at + length].to_owned(),
            format!("{}{}", &section.text[at + length..end], cut(end < section.text.len())),
        ),
    }
}

/// Places between words.
trait ByWords {
    /// Behind the last space before a place.
    fn floor_to_word(&self, at: usize) -> usize;
    /// The first space from a place on.
    fn ceil_to_word(&self, at: usize) -> usize;
}

impl ByWords for str {
    fn floor_to_word(&self, at: usize) -> usize {
        let at = (0..=at).rev().find(|it| self.is_char_boundary(*it)).unwrap_or(0);
        self[..at].rfind(' ').map_or(0, |it| it + 1)
    }

    fn ceil_to_word(&self, at: usize) -> usize {
        if at >= self.len() {
            return self.len();
        }
        let at = (at..=self.len()).find(|it| self.is_char_boundary(*it)).unwrap_or(self.len());
        self[at..].find(' ').map_or(self.len(), |it| at + it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::docs::library::LIBRARY;

    #[test]
    fn the_best_place_stands_first() {
        let first = |text: &str| find(&LIBRARY, text).into_iter().next().map(|it| it.href);
        assert_eq!(first("quickstart").as_deref(), Some("/docs/quickstart.md#quickstart"));
        assert_eq!(first("Rate LIMITS nowhere-at-all"), None);
        let found = find(&LIBRARY, "idempotency-key");
        assert!(!found.is_empty() && found.len() <= MOST);
        assert!(found.iter().any(|it| it.around.1.eq_ignore_ascii_case("idempotency-key")));
    }

    #[test]
    fn what_is_looked_for_is_bounded_and_cut_between_letters() {
        assert_eq!(bounded(&"é".repeat(500)).chars().count(), LONGEST);
        for text in ["é", "…", "a", "the router", "\u{130}", "`"] {
            for it in find(&LIBRARY, text) {
                assert!(it.around.0.len() + it.around.2.len() < 4 * AROUND + 200, "{it:?}");
            }
        }
    }
}
