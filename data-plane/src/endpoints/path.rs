use std::borrow::Cow;

/// A parameter of a query; an empty one is as none.
pub(super) fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query.unwrap_or_default().split('&');
    pairs.filter_map(|it| it.strip_prefix(name)?.strip_prefix('=')).find(|it| !it.is_empty())
}

/// Escapes of RFC 3986, 2.1; what is none stays as it is.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        if *first == b'%'
            && let Some(byte) = others.get(..2).and_then(hexadecimal)
        {
            decoded.push(byte);
            rest = &others[2..];
        } else {
            decoded.push(*first);
            rest = others;
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[test]
    fn escapes_in_paths_are_read() {
        for (text, decoded) in
            [("a%2Fb%20c", "a/b c"), ("plain", "plain"), ("50%", "50%"), ("%+1%zz", "%+1%zz"), ("%ff", "%ff")]
        {
            assert_eq!(percent_decoded(text), decoded);
        }
    }
}
