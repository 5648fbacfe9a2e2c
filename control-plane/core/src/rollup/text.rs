//! Amounts as a database keeps them: texts of letters that both engines can put together, so that thousands of rows are read as
//! one. Each number is written in digits of 5 bits, the lowest first, with a sixth bit where more follow; each entry ends with a
//! line feed. Numbers may be added to the end of what is summed up: what is missing is 0.

use super::{Amounts, Measures, Sketch};

/// The letter of digit 0; those of all 64 follow it.
const ZERO: u8 = b'0';
const MORE: u64 = 32;
const END: u8 = b'\n';

/// The sums of a row, after its key.
pub fn write_sums(key: i64, measures: &Measures) -> String {
    let mut text = String::with_capacity(72);
    number(&mut text, key.cast_unsigned());
    let values = measures.values();
    let length = values.iter().rposition(|it| *it > 0).map_or(0, |last| last + 1);
    for value in &values[..length] {
        number(&mut text, *value);
    }
    text.push(END.into());
    text
}

/// How long the requests of a row took, after its key.
pub fn write_sketches(key: i64, amounts: &Amounts) -> String {
    let mut text = String::new();
    number(&mut text, key.cast_unsigned());
    for sketch in [&amounts.latency, &amounts.first_byte] {
        number(&mut text, sketch.counts().count() as u64);
        let mut last = 0;
        for (bucket, count) in sketch.counts() {
            number(&mut text, u64::from(bucket - last));
            number(&mut text, count);
            last = bucket;
        }
    }
    text.push(END.into());
    text
}

/// Adds the sums of all rows to where `of` says that the row of a key belongs. `None`: something is not as it was written.
pub fn read_sums<S>(text: &str, state: &mut S, of: impl Fn(&mut S, i64) -> Option<&mut Amounts>) -> Option<()> {
    read(text, |key, rest| {
        let Some(amounts) = of(state, key) else { return Some(()) };
        let mut values = [0; Measures::COUNT];
        for value in &mut values {
            if rest.first() == Some(&END) {
                break;
            }
            *value = take(rest)?;
        }
        amounts.measures.add(&Measures::from_values(values));
        Some(())
    })
}

/// The same with how long requests took.
pub fn read_sketches<S>(text: &str, state: &mut S, of: impl Fn(&mut S, i64) -> Option<&mut Amounts>) -> Option<()> {
    read(text, |key, rest| {
        let Some(amounts) = of(state, key) else { return Some(()) };
        for sketch in [&mut amounts.latency, &mut amounts.first_byte] {
            let count = take(rest)?;
            let mut bucket: u32 = 0;
            for _ in 0..count {
                bucket = bucket.checked_add(u32::try_from(take(rest)?).ok()?).filter(|it| *it < Sketch::LENGTH)?;
                sketch.add(bucket, take(rest)?);
            }
        }
        Some(())
    })
}

/// Reads entry after entry; what an entry does not take of its own is passed over.
fn read(text: &str, mut entry: impl FnMut(i64, &mut &[u8]) -> Option<()>) -> Option<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let key = take(&mut rest)?.cast_signed();
        entry(key, &mut rest)?;
        let end = memchr::memchr(END, rest)?;
        rest = &rest[end + 1..];
    }
    Some(())
}

fn number(text: &mut String, mut value: u64) {
    loop {
        let (digit, rest) = (value % MORE, value / MORE);
        let letter = ZERO + (digit + if rest > 0 { MORE } else { 0 }) as u8;
        text.push(letter.into());
        if rest == 0 {
            return;
        }
        value = rest;
    }
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let (letter, after) = rest.split_first()?;
        *rest = after;
        let digit = u64::from(letter.checked_sub(ZERO)?);
        if digit >= 2 * MORE || shift > 60 {
            return None;
        }
        value |= (digit % MORE) << shift;
        if digit < MORE {
            return Some(value);
        }
        shift += 5;
    }
}
