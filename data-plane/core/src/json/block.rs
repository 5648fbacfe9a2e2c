//! Finding the bytes that matter inside strings, sixty-four at a time.

use wide::u8x16;

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
#[inline]
pub fn specials(block: &[u8; BLOCK]) -> u64 {
    let (quote, backslash, last_control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(b' ' - 1));
    let (lanes, _) = block.as_chunks::<16>();
    lanes.iter().rev().fold(0, |mask, lane| {
        let lane = u8x16::new(*lane);
        let hits = lane.simd_eq(quote) | lane.simd_eq(backslash) | lane.min(last_control).simd_eq(lane);
        mask << 16 | u64::from(hits.to_bitmask())
    })
}
