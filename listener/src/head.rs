//! What a request's head says about its framing, read from the bytes as they pass.

/// So much of a request's first line is kept: method and the beginning of the path.
const LINE: usize = 64;
/// The longest name that is looked for, with its line break and colon.
const NAME: usize = "\ntransfer-encoding:".len();

/// Watches the heads of a connection's requests.
///
/// Where a head begins is known of the first one, and of those that come after an answer. One that was sent right behind the
/// request before it is not looked at.
#[derive(Default)]
pub(crate) struct HeadWatch {
    at: At,
    line: Vec<u8>,
    /// The end of what was read before: a name may come in pieces.
    tail: Vec<u8>,
    length: bool,
    encoding: bool,
    read: usize,
}

#[derive(Default, PartialEq, Eq)]
enum At {
    /// A head may begin.
    #[default]
    Start,
    Head,
    /// A body, or whatever.
    Other,
    /// HTTP/2, which has no such heads.
    Never,
}

impl HeadWatch {
    /// Something is answered: the next thing that is read may be a head.
    pub fn answered(&mut self) {
        if self.at == At::Other {
            self.at = At::Start;
        }
    }

    /// The beginning of the request's first line.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Bytes of an unfinished head.
    pub fn unfinished(&self) -> usize {
        if self.at == At::Head { self.read } else { 0 }
    }

    /// Looks at bytes that were read. Returns whether a head has ended with them, and announced its body's length in two ways.
    pub fn read(&mut self, bytes: &[u8]) -> bool {
        if bytes.is_empty() {
            return false;
        }
        if self.at == At::Start {
            self.begin(bytes);
        }
        if self.at != At::Head {
            return false;
        }
        if self.line.len() < LINE && self.read < LINE {
            let room = LINE - self.line.len();
            self.line.extend(bytes.iter().take(room));
        }
        self.read += bytes.len();
        // The seam first, then what is new.
        let mut seam = std::mem::take(&mut self.tail);
        let mut ended = false;
        if !seam.is_empty() {
            seam.extend(bytes.iter().take(NAME));
            ended = self.look(&seam);
        }
        ended = ended || self.look(bytes);
        if ended {
            self.at = At::Other;
            return self.length && self.encoding;
        }
        if seam.is_empty() || bytes.len() >= NAME {
            seam = bytes[bytes.len().saturating_sub(NAME)..].to_vec();
        }
        seam.drain(..seam.len().saturating_sub(NAME));
        self.tail = seam;
        false
    }

    fn begin(&mut self, bytes: &[u8]) {
        self.at = match bytes.iter().find(|it| !matches!(it, b'\r' | b'\n')) {
            Some(b'P') if bytes.starts_with(b"PRI ") => At::Never,
            Some(first) if first.is_ascii_uppercase() => At::Head,
            _ => At::Other,
        };
        self.line.clear();
        (self.length, self.encoding, self.read) = (false, false, 0);
    }

    /// Returns whether the head ends here.
    fn look(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|it| *it == b'\n') {
            rest = &rest[at + 1..];
            match rest {
                [b'\n', ..] | [b'\r', b'\n', ..] => return true,
                _ => {}
            }
            self.length |= is_field(rest, b"content-length");
            self.encoding |= is_field(rest, b"transfer-encoding");
        }
        false
    }
}

fn is_field(line: &[u8], name: &[u8]) -> bool {
    line.get(name.len()) == Some(&b':') && line[..name.len()].eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::HeadWatch;

    const AMBIGUOUS: &[u8] =
        b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    const CLEAR: &[u8] =
        b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Transfer-Encoding: no\r\n\r\n";

    #[test]
    fn two_lengths_are_seen_wherever_the_bytes_are_cut() {
        assert!(HeadWatch::default().read(AMBIGUOUS));
        assert!(!HeadWatch::default().read(CLEAR));
        for cut in 1..AMBIGUOUS.len() {
            let mut watch = HeadWatch::default();
            assert!(!watch.read(&AMBIGUOUS[..cut]), "{cut}");
            assert!(watch.read(&AMBIGUOUS[cut..]), "{cut}");
        }
        for size in 1..NAMES {
            let mut watch = HeadWatch::default();
            assert_eq!(AMBIGUOUS.chunks(size).filter(|it| watch.read(it)).count(), 1, "{size}");
            assert!(watch.line().starts_with(b"POST /v1/messages "), "{size}");
        }
    }

    const NAMES: usize = 40;

    #[test]
    fn bodies_and_frames_are_no_heads() {
        let mut watch = HeadWatch::default();
        assert!(!watch.read(CLEAR));
        assert!(!watch.read(AMBIGUOUS), "it belongs to the body");
        watch.answered();
        assert!(!watch.read(b"{\n content-length:\n transfer-encoding:\n\n"));
        watch.answered();
        assert!(watch.read(AMBIGUOUS), "the next request");
        let mut frames = HeadWatch::default();
        assert!(!frames.read(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        frames.answered();
        assert!(!frames.read(AMBIGUOUS));
    }
}
