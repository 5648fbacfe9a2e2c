/// Nano-dollars per million tokens, from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Price {
    /// Milliseconds since the Unix epoch; 0: always.
    pub from_ms: i64,
    /// Fresh input.
    pub input: u64,
    /// Input read from the provider's cache.
    pub cached_input: u64,
    /// Input written to the provider's cache for five minutes.
    pub cache_write_5m: u64,
    /// Input written to the provider's cache for one hour.
    pub cache_write_1h: u64,
    /// Output, reasoning included.
    pub output: u64,
}
