//! Reads an answer just as far as it must be read to know its status, its end and how many events it has.

use anyhow::{Context, Result, bail};

use super::upstream::content_length;

/// What ends a chunked body.
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// An answer as it arrives.
#[derive(Default)]
pub struct Answer {
    /// Bytes of the body so far, framing included.
    pub body: usize,
    /// Server-sent events in it.
    pub events: u64,
    head: Vec<u8>,
    framing: Option<Framing>,
}

enum Framing {
    Length(usize),
    /// With the last bytes so far.
    Chunks([u8; LAST_CHUNK.len()]),
}

impl Answer {
    /// Takes the next bytes; tells whether the answer is whole. One that is no success is an error.
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool> {
        let Some(framing) = &mut self.framing else { return self.take_head(bytes) };
        self.body += bytes.len();
        match framing {
            Framing::Length(length) => {
                if self.body > *length {
                    bail!("the body is longer than announced");
                }
                Ok(self.body == *length)
            }
            Framing::Chunks(last) => {
                self.events += memchr::memmem::find_iter(bytes, b"data:").count() as u64;
                let kept = bytes.len().min(last.len());
                last.rotate_left(kept);
                let from = last.len() - kept;
                last[from..].copy_from_slice(&bytes[bytes.len() - kept..]);
                Ok(last == LAST_CHUNK)
            }
        }
    }

    fn take_head(&mut self, bytes: &[u8]) -> Result<bool> {
        self.head.extend_from_slice(bytes);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(end) = response.parse(&self.head)? else { return Ok(false) };
        if response.code != Some(200) {
            bail!("answered {}", String::from_utf8_lossy(&self.head));
        }
        self.framing = Some(if let Some(length) = content_length(response.headers) {
            Framing::Length(length)
        } else {
            let chunked = response.headers.iter().find(|it| it.name.eq_ignore_ascii_case("transfer-encoding"));
            chunked.context("the answer's body has no known end")?;
            Framing::Chunks([0; LAST_CHUNK.len()])
        });
        let rest = self.head.split_off(end);
        if rest.is_empty() { Ok(matches!(self.framing, Some(Framing::Length(0)))) } else { self.take(&rest) }
    }
}
