#![no_main]

use hepsys_stats::workspace::{Hs3, Workspace};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(document) = Hs3::parse(text) else { return };
    let Ok((model, data)) = document.model(None) else { return };
    assert_eq!(data.counts.len(), model.n_bins());
    // What is written as a workspace is read back, and written again means the same.
    let Ok((workspace, interpolation)) = document.to_workspace(None) else { return };
    let Ok(json) = workspace.to_json() else { return };
    let again = Workspace::parse(&json).and_then(|w| w.model(None, interpolation));
    assert_eq!(again.map(|(model, _)| model.n_bins()), Ok(model.n_bins()));
});
