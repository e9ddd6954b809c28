//! Benchmarks of hepsys; see `benches/README.md`.
