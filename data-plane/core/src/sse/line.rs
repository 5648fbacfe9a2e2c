/// Finds where events end, over chunks of any cut: behind an empty line. Lines end with LF, CR or CRLF.
pub struct LineScanner {
    at_line_start: bool,
    // The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl Default for LineScanner {
    fn default() -> Self {
        Self { at_line_start: true, after_cr: false }
    }
}

impl LineScanner {
    /// How many bytes belong to the event that is being read, when its end is among them.
    pub fn event_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = usize::from(self.take_line_feed(bytes));
        while let Some(length) = memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
            let empty = self.at_line_start && length == 0;
            at += length + 1;
            self.at_line_start = true;
            if bytes[at - 1] == b'\r' {
                self.after_cr = true;
                at += usize::from(self.take_line_feed(&bytes[at..]));
            }
            if empty {
                return Some(at);
            }
        }
        self.at_line_start &= at == bytes.len();
        None
    }

    /// Takes the LF of a CRLF whose CR was the last byte.
    pub fn take_line_feed(&mut self, bytes: &[u8]) -> bool {
        let Some(first) = bytes.first() else { return false };
        let line_feed = self.after_cr && *first == b'\n';
        self.after_cr = false;
        line_feed
    }
}
