use sha2::{Digest as _, Sha256};

/// A well-formed token with this public part.
pub fn token(id: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let checked = format!("sr_{id}_{}", "s".repeat(43));
    let mut rest = crc32fast::hash(checked.as_bytes()) as usize;
    let mut sum = [b'0'; 6];
    for digit in sum.iter_mut().rev() {
        *digit = DIGITS[rest % 62];
        rest /= 62;
    }
    checked + std::str::from_utf8(&sum).unwrap()
}

pub fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
