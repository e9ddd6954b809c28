#![no_main]

use hepsys_core::Cut;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(cut) = text.parse::<Cut>() else { return };
    // What is written is read back as the same cut, and a value that is none passes no cut.
    assert_eq!(cut.to_string().parse::<Cut>().as_ref(), Ok(&cut));
    assert!(!cut.accepts(f64::NAN));
});
