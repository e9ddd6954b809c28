#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    // The reader catches the panics of the decoder; libFuzzer's hook would end the process before it can.
    // A panic that is not caught still does.
    init: std::panic::set_hook(Box::new(|_| ())),
    |bytes: &[u8]| {
        hepsys_fuzz::check(|options| hepsys_io::read_parquet_from(Cursor::new(bytes.to_vec()), options));
    }
);
