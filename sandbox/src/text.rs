//! Texts of the answers, their size in tokens, and how a stream cuts them.

/// Bytes of one token, roughly that of English text at every provider.
const BYTES_PER_TOKEN: usize = 4;

/// Bytes of one content event when the caller did not choose a number of events.
const PIECE_BYTES: usize = 16;

/// What a long answer repeats.
const FILLER: &str = "The sandbox answers the same request with the same words, every time. ";

/// Tokens of so many bytes, rounded up.
pub fn tokens(bytes: usize) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN) as u64
}

/// The longest start of a text that fits into so many tokens.
pub fn fitting(text: &str, tokens: u64) -> &str {
    let bytes = (tokens as usize).saturating_mul(BYTES_PER_TOKEN);
    &text[..text.floor_char_boundary(bytes)]
}

/// A text of exactly `size` bytes.
pub fn filler(size: usize) -> String {
    FILLER.bytes().cycle().take(size).map(char::from).collect()
}

/// The text in `count` pieces of about the same size, or in pieces of a usual size. Never cuts a
/// character, never yields an empty piece; a text shorter than `count` yields fewer.
pub fn pieces(text: &str, count: Option<usize>) -> Vec<&str> {
    let count = count.unwrap_or_else(|| text.len().div_ceil(PIECE_BYTES)).max(1);
    let cut = |i: usize| text.floor_char_boundary(text.len() * i / count);
    (0..count).map(|i| &text[cut(i)..cut(i + 1)]).filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{filler, fitting, pieces, tokens};

    #[test]
    fn pieces_join_to_the_text() {
        for text in ["", "a", "Grüße aus der Sandbox, 3 €", &filler(500)] {
            for count in [None, Some(1), Some(3), Some(100)] {
                let cut = pieces(text, count);
                assert_eq!(cut.concat(), text);
                assert!(cut.iter().all(|piece| !piece.is_empty()));
            }
        }
        assert_eq!(pieces(&filler(800), Some(100)).len(), 100);
    }

    #[test]
    fn tokens_round_up_and_fitting_respects_characters() {
        assert_eq!((tokens(0), tokens(1), tokens(4), tokens(5)), (0, 1, 1, 2));
        assert_eq!(fitting("ab€cd", 1), "ab");
        assert_eq!(fitting("ab", u64::MAX), "ab");
        assert_eq!(filler(1000).len(), 1000);
    }
}
