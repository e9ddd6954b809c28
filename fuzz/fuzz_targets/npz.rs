#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    hepsys_fuzz::check(|options| hepsys_io::read_npz_from(Cursor::new(bytes), options));
});
