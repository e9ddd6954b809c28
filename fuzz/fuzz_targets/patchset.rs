#![no_main]

use hepsys_stats::workspace::{Interpolation, PatchSet};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

// The first line is the patchset, and the rest the workspace that it patches.
fuzz_target!(|text: &str| {
    let (patches, background) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(patches) = PatchSet::parse(patches) else { return };
    let background = serde_json::from_str(background).unwrap_or_else(|_| json!({"channels": []}));
    let _ = patches.verify(&background);
    for patch in patches.patches() {
        assert!(patches.by_name(patch.name()).is_some());
        if let Ok(workspace) = patches.apply(&background, patch.name()) {
            let _ = workspace.model(None, Interpolation::default());
        }
    }
});
