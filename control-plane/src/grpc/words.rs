//! Words that routers send and operators read.

const MOST_BYTES: usize = 256;

/// A text that cannot break a line of a table or a log, nor be refused by a database.
pub(super) fn clean(text: &str) -> String {
    let mut text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    text.truncate(text.floor_char_boundary(MOST_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_excess_are_removed() {
        assert_eq!(clean("router-1 (é)"), "router-1 (é)");
        assert_eq!(clean("a\nb\0c\u{1b}[31m"), "a b c [31m");
        assert_eq!(clean(&"é".repeat(200)).len(), MOST_BYTES);
    }
}
