//! What every fuzz target of a sample reader checks.

use hepsys_io::{IoError, ReadOptions, Sample};

/// A limit that a fuzzer's small inputs reach only by claiming more than they hold.
pub const MEMORY_LIMIT: u64 = 1 << 24;

/// Reads with and without a row limit: no panic, no more memory than allowed, and the two agree.
pub fn check(read: impl Fn(&ReadOptions) -> Result<Sample, IoError>) {
    let options = ReadOptions::new().memory_limit(MEMORY_LIMIT).allow_negative_total(true);
    let whole = read(&options);
    let start = read(&options.limit_rows(3));
    let Ok(whole) = whole else { return };
    assert!(whole.n_events() as u64 * whole.n_features() as u64 * 8 <= MEMORY_LIMIT);
    assert!(whole.columns().flatten().all(|v| v.is_finite()));
    let start = start.expect("what can be read whole can be read in part");
    assert_eq!(start.n_events(), whole.n_events().min(3));
    for (a, b) in start.columns().zip(whole.columns()) {
        assert_eq!(a, &b[..a.len()]);
    }
}
