//! What every fuzz target of a sample reader checks.

use hepsys_io::{IoError, ReadOptions, Sample};

/// The particles that decay files are read with.
pub const PARTICLES: &str = "\
name,antiparticle,pdg_id,mass,width,charge
B0,anti-B0,511,5.28,0,0
anti-B0,B0,-511,5.28,0,0
K*0,anti-K*0,313,0.8955,0.047,0
anti-K*0,K*0,-313,0.8955,0.047,0
K+,K-,321,0.494,0,1
K-,K+,-321,0.494,0,-1
pi+,pi-,211,0.14,0,1
pi-,pi+,-211,0.14,0,-1
mu-,mu+,13,0.106,0,-1
mu+,mu-,-13,0.106,0,1
gamma,gamma,22,0,0,0
";

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
