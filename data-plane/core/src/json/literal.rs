/// Where the number that starts here ends (RFC 8259, section 6); the error is where it goes wrong.
pub fn number_end(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => digits(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        at = digits(bytes, at + 1 + usize::from(sign))?;
    }
    Ok(at)
}

/// Passes over one or more digits.
fn digits(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let count = bytes[start.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 { Err(start) } else { Ok(start + count) }
}

/// Where `true`, `false` or `null` ends, if one stands here.
pub fn word_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..)?;
    ["true", "false", "null"].iter().find(|word| rest.starts_with(word.as_bytes())).map(|word| start + word.len())
}
