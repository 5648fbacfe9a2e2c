use std::borrow::Cow;

/// `OpenAI` takes no longer names of users and caches.
const LONGEST: usize = 64;

/// A name of a user or a cache as `OpenAI` takes it, or a checksum of one that is too long: what was one stays one, and what
/// was two stays two. Tells whether it is the name itself.
pub fn label(name: &str) -> (Cow<'_, str>, bool) {
    if name.chars().count() <= LONGEST {
        return (Cow::Borrowed(name), true);
    }
    let (first, second) = name.as_bytes().split_at(name.len() / 2);
    let sum = format!("{:08x}{:08x}{:08x}", crc32fast::hash(first), crc32fast::hash(second), name.len());
    (Cow::Owned(sum), false)
}

/// The tier that served an answer, in `OpenAI`'s words.
pub fn openai_tier(tier: &str) -> &str {
    if tier == "standard" { "default" } else { tier }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_too_long_stay_apart() {
        let long = "ü".repeat(65);
        let (sum, exact) = label(&long);
        assert_eq!((sum.len(), exact), (24, false));
        assert_eq!(label(&long).0, sum);
        assert_ne!(label(&format!("{long}v")).0, sum);
        let fits = "ü".repeat(64);
        assert_eq!(label(&fits), (fits.as_str().into(), true));
    }
}
