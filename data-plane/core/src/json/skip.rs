use std::ops::Range;

use super::escape::Escapes;
use super::literal::{number_end, word_end};
use super::{InvalidBody, Reader};

/// The brackets that are open, innermost lowest: 1 for an object, 0 for an array. The depth limit makes it fit.
type Open = u128;

impl Reader<'_> {
    /// Validates the next value without looking into it; returns where it stands.
    pub fn skip(&mut self) -> Result<Range<usize>, InvalidBody> {
        self.skip_space();
        let start = self.at;
        let outside = self.depth;
        let mut open: Open = 0;
        loop {
            self.skip_space();
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.pass_string()?;
                }
                Some(b'{') => {
                    self.enter()?;
                    self.at += 1;
                    if self.close(b'}') {
                        self.depth -= 1;
                    } else {
                        open = open << 1 | 1;
                        self.pass_key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.enter()?;
                    self.at += 1;
                    if self.close(b']') {
                        self.depth -= 1;
                    } else {
                        open <<= 1;
                        continue;
                    }
                }
                _ => self.pass_scalar()?,
            }
            if !self.pass_closings(outside, &mut open)? {
                return Ok(start..self.at);
            }
        }
    }

    /// After a value: takes closing brackets up to the next comma; tells whether a value follows.
    fn pass_closings(&mut self, outside: u32, open: &mut Open) -> Result<bool, InvalidBody> {
        while self.depth > outside {
            let in_object = *open & 1 == 1;
            if self.more(if in_object { b'}' } else { b']' })? {
                if in_object {
                    self.pass_key()?;
                }
                return Ok(true);
            }
            *open >>= 1;
            self.depth -= 1;
        }
        Ok(false)
    }

    fn pass_key(&mut self) -> Result<(), InvalidBody> {
        self.skip_space();
        self.pass_name()?;
        self.colon()
    }

    /// Passes over the name of a field; tells what escapes it has.
    pub(super) fn pass_name(&mut self) -> Result<Escapes, InvalidBody> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(self.unexpected("a field's name in quotes"));
        }
        self.pass_string()
    }

    /// Passes over a number, `true`, `false` or `null`.
    pub(super) fn pass_scalar(&mut self) -> Result<(), InvalidBody> {
        match self.bytes.get(self.at) {
            Some(b'-' | b'0'..=b'9') => {
                self.at = number_end(self.bytes, self.at)
                    .map_err(|at| InvalidBody::syntax(at.min(self.bytes.len()), "a number is not complete"))?;
            }
            _ => match word_end(self.bytes, self.at) {
                Some(end) => self.at = end,
                None => return Err(self.unexpected("a value")),
            },
        }
        Ok(())
    }
}
