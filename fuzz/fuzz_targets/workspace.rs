#![no_main]

use hepsys_stats::workspace::{Interpolation, Workspace};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(workspace) = Workspace::parse(text) else { return };
    let Ok((model, data)) = workspace.model(None, Interpolation::default()) else { return };
    assert_eq!(data.counts.len(), model.n_bins());
    assert_eq!(model.yields(&model.inits()).len(), model.n_bins());
    // What is written is read back as the same model.
    if let Ok(json) = workspace.to_json() {
        let again = Workspace::parse(&json).and_then(|w| w.model(None, Interpolation::default()));
        assert_eq!(again.map(|(model, _)| model), Ok(model));
    }
});
