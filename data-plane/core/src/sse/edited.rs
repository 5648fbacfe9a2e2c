use std::ops::Range;

use bytes::Bytes;

/// Writes a chunk on, replacing parts of it. What is not replaced stays one slice.
pub struct EditedChunk<'a> {
    chunk: &'a Bytes,
    out: &'a mut Vec<Bytes>,
    done: usize,
}

impl<'a> EditedChunk<'a> {
    /// Nothing of the chunk was written yet.
    pub fn new(chunk: &'a Bytes, out: &'a mut Vec<Bytes>) -> Self {
        Self { chunk, out, done: 0 }
    }

    /// The chunk.
    pub fn chunk(&self) -> &'a Bytes {
        self.chunk
    }

    /// How many pieces were written until now, to `out` as a whole.
    pub fn pieces(&self) -> usize {
        self.out.len()
    }

    /// Writes what lies before the range, and then the replacement.
    pub fn replace(&mut self, range: Range<usize>, with: Bytes) {
        self.keep_until(range.start);
        self.done = range.end;
        if !with.is_empty() {
            self.out.push(with);
        }
    }

    /// Writes what was not yet written, up to there.
    pub fn keep_until(&mut self, end: usize) {
        if self.done < end {
            self.out.push(self.chunk.slice(self.done..end));
            self.done = end;
        }
    }
}
