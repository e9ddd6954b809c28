#![no_main]

use hepsys_stats::toy_file::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(contents) = parse(bytes) else { return };
    let header = contents.header();
    assert!(contents.texts().all(|(index, _)| index < header.n_toys() && header.shard().contains(index)));
    // What a run keeps when it drops a torn last line is a whole file with the same toys.
    let kept = &bytes[..contents.n_intact_bytes()];
    assert!(kept.ends_with(b"\n"));
    assert_eq!(parse(kept).as_ref(), Ok(&contents));
});
