//! Server-sent events, as clients read them: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use std::mem;

/// An event with data.
#[derive(Default)]
pub struct Event {
    /// What its `event` field says; empty without one.
    pub name: Vec<u8>,
    /// Its data; lines joined by LF.
    pub data: Vec<u8>,
}

impl Event {
    /// The name as a text.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// OpenAI's end of a stream.
    pub fn is_done_mark(&self) -> bool {
        self.data.trim_ascii() == b"[DONE]"
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(value) = field(line, b"data") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value);
        } else if let Some(value) = field(line, b"event") {
            self.name = value.to_vec();
        }
    }
}

/// The events of a whole stream that have data; the last one may lack its empty line.
pub fn events(stream: &[u8]) -> Vec<Event> {
    let (mut events, mut event) = (Vec::new(), Event::default());
    for line in lines(stream).chain([&b""[..]]) {
        if line.is_empty() {
            events.extend(Some(mem::take(&mut event)).filter(|it| !it.data.is_empty()));
        } else {
            event.line(line);
        }
    }
    events
}

/// Lines, which end with LF, CR or CRLF.
fn lines(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    stream.split_inclusive(|it| *it == b'\n').flat_map(|it| {
        let line = it.strip_suffix(b"\n").unwrap_or(it);
        let line = if line.len() < it.len() { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        line.split(|it| *it == b'\r')
    })
}

/// The value of the line's field, if that is its name. One space behind the colon is not part of it.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::events;

    fn read(stream: &str) -> Vec<(String, String)> {
        let read = events(stream.as_bytes());
        read.into_iter().map(|it| (it.name(), String::from_utf8(it.data).unwrap_or_default())).collect()
    }

    #[test]
    fn events_end_with_an_empty_line_whatever_lines_end_with() {
        let expected = [("a", "1"), ("", "2\n3"), ("", "4")].map(|(name, data)| (name.to_owned(), data.to_owned()));
        for end in ["\n", "\r\n", "\r"] {
            let stream =
                "event: a\ndata: 1\n\n: a comment\n\nevent: b\n\ndata:2\ndata: 3\n\n\ndata: 4".replace('\n', end);
            assert_eq!(read(&stream), expected, "{end:?}");
        }
    }
}
