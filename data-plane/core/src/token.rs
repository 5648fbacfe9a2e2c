//! The shape of caller tokens: `sr_<token id>_<secret><checksum>`.
//!
//! The checksum lets a router refuse a mistyped token without a lookup, and lets scanners of leaked secrets recognise
//! one; it protects nothing.

const PREFIX: &str = "sr_";
const ID_LENGTH: usize = 12;
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const LENGTH: usize = PREFIX.len() + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The public part of a well-formed token; `None` if the shape or the checksum is wrong.
pub fn token_id(token: &str) -> Option<&str> {
    if token.len() != LENGTH {
        return None;
    }
    let (id, rest) = token.strip_prefix(PREFIX)?.split_once('_')?;
    let alphanumeric = |part: &str| part.bytes().all(|it| it.is_ascii_alphanumeric());
    if id.len() != ID_LENGTH || !alphanumeric(id) || !alphanumeric(rest) {
        return None;
    }
    let (checked, sum) = token.split_at(LENGTH - CHECKSUM_LENGTH);
    (sum.as_bytes() == checksum(checked.as_bytes())).then_some(id)
}

/// CRC-32 (IEEE) in six base-62 digits, most significant first.
fn checksum(checked: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(checked) as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits
}

#[cfg(test)]
mod tests;
