#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    hepsys_fuzz::check(|options| hepsys_io::read_csv_from(bytes, options));
});
