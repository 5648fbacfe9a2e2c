//! Finding the bytes that matter inside strings, sixty-four at a time.

/// Bytes that are looked at together.
pub const BLOCK: usize = 64;

/// Blocks that are classified one after the other, before their masks are looked at: so the processor works on several
/// at once.
pub const WINDOW: usize = 16;

/// The [`specials`] of a window's blocks. Behind the end of the bytes there are none.
pub fn classify(bytes: &[u8], window: usize) -> [u64; WINDOW] {
    let start = (window * WINDOW * BLOCK).min(bytes.len());
    let (blocks, tail) = bytes[start..].as_chunks::<BLOCK>();
    let mut masks = [0; WINDOW];
    for (mask, block) in masks.iter_mut().zip(blocks) {
        *mask = specials(block);
    }
    if let Some(mask) = masks.get_mut(blocks.len()).filter(|_| !tail.is_empty()) {
        let mut block = [b' '; BLOCK];
        block[..tail.len()].copy_from_slice(tail);
        *mask = specials(&block);
    }
    masks
}

/// One bit for each byte of the block, lowest first: set where a string may end or must be looked at, that is at `"`, `\`
/// and control characters.
pub fn specials(block: &[u8; BLOCK]) -> u64 {
    // Sums the eight bytes of a word, of which each has a bit of its own, in the highest byte.
    const GATHER: u64 = 0x0101_0101_0101_0101;

    // Written so that the compiler turns it into vector instructions.
    let mut hits = [0; BLOCK];
    for (index, (hit, byte)) in hits.iter_mut().zip(block).enumerate() {
        let special = u8::from(*byte == b'"') | u8::from(*byte == b'\\') | u8::from(*byte < b' ');
        *hit = special.wrapping_neg() & (1 << (index % 8));
    }
    let (words, _) = hits.as_chunks::<8>();
    words.iter().rev().fold(0, |mask, word| mask << 8 | u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56)
}
