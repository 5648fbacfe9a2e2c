use web::{Banner, Tone};

use super::address::Address;

/// What somebody is told who was led here by what they did, under `told` of the address: a word of these, never a text from there.
const TOLD: [(&str, &str); 3] = [
    ("token-suspended", "The token is suspended: it opens nothing until it is resumed."),
    ("token-resumed", "The token is open again."),
    ("token-revoked", "The token is revoked: it opens nothing any more."),
];

/// The line above a page that says what was done.
pub fn banner(asked: &Address) -> Option<Banner> {
    let (_, text) = TOLD.iter().find(|(word, _)| *word == asked.own("told").unwrap_or_default())?;
    Some(Banner { tone: Tone::Good, text: (*text).to_owned(), more: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_that_stands_in_an_address() {
        assert!(banner(&Address::read("told=token-revoked")).is_some());
        assert!(banner(&Address::read("told=You+are+logged+out")).is_none());
        assert!(banner(&Address::read("")).is_none());
    }
}
