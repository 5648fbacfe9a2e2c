#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| data_plane_core_fuzz::translate_whole(data));
