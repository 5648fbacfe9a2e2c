#![no_main]

use data_plane_core::dialect::Dialect;
use data_plane_core_fuzz::translate_stream;

libfuzzer_sys::fuzz_target!(|data: &[u8]| translate_stream(Dialect::AnthropicMessages, Dialect::OpenaiChat, data));
