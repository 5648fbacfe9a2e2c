use std::borrow::Cow;

/// An event with data.
pub struct Event<'a> {
    /// What its `event` field says; empty without one.
    pub name: &'a [u8],
    /// Its data; lines joined by LF.
    pub data: Cow<'a, [u8]>,
    // Where the data's lines start: in the data, and in the event.
    first_line: usize,
    further_lines: Vec<(usize, usize)>,
}

impl<'a> Event<'a> {
    /// Chat's end of a stream, which some servers send in the other dialects too.
    pub fn is_done_mark(&self) -> bool {
        self.data.trim_ascii() == b"[DONE]"
    }

    /// Reads an event's lines. `None`: it has no data; comments have none, and keep-alives of some vendors.
    pub fn parse(bytes: &'a [u8], at_start: bool) -> Option<Self> {
        let mut name: &[u8] = b"";
        let mut data: Option<Self> = None;
        let mut at = if at_start && bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        while at < bytes.len() {
            let length = memchr::memchr2(b'\n', b'\r', &bytes[at..]).unwrap_or(bytes.len() - at);
            let line = &bytes[at..at + length];
            if let Some(value) = field(line, b"data") {
                let position = at + length - value.len();
                match &mut data {
                    None => data = Some(Self::of_line(value, position)),
                    Some(event) => event.add_line(value, position),
                }
            } else if let Some(value) = field(line, b"event") {
                name = value;
            }
            at += length + 1;
        }
        let event = data.filter(|event| !event.data.is_empty())?;
        Some(Self { name, ..event })
    }

    fn of_line(value: &'a [u8], position: usize) -> Self {
        Self { name: b"", data: Cow::Borrowed(value), first_line: position, further_lines: Vec::new() }
    }

    fn add_line(&mut self, value: &[u8], position: usize) {
        let data = self.data.to_mut();
        data.push(b'\n');
        self.further_lines.push((data.len(), position));
        data.extend_from_slice(value);
    }

    /// Where a byte of the data stands in the event.
    pub fn position(&self, in_data: usize) -> usize {
        match self.further_lines.iter().rev().find(|(start, _)| *start <= in_data) {
            Some((start, position)) => position + in_data - start,
            None => self.first_line + in_data,
        }
    }
}

/// The value of the line's field, if that is its name. One space behind the colon is not part of it.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}
