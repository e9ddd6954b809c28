//! The memory that a document takes, against the estimate that the limit goes by.
#![cfg(feature = "workspaces")]

use hepsys_io::WorkspaceArchive;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[test]
fn a_patched_workspace_takes_no_more_than_the_estimate() {
    let folder = tempfile::tempdir().unwrap();
    let numbers = (0..200_000).map(|i| format!("{}.5", i % 10)).collect::<Vec<_>>().join(", ");
    let background = format!(
        r#"{{"channels": [{{"name": "SR", "samples": [{{"name": "background", "data": [{numbers}], "modifiers": []}}]}}],
        "measurements": [], "observations": [], "version": "1.0.0"}}"#
    );
    let patches = r#"{"metadata": {"description": "", "digests": {}, "labels": [], "references": {}},
        "patches": [{"metadata": {"name": "a", "values": []}, "patch": []}], "version": "1.0.0"}"#;
    std::fs::write(folder.path().join("BkgOnly.json"), &background).unwrap();
    std::fs::write(folder.path().join("patchset.json"), patches).unwrap();
    let archive = WorkspaceArchive::open(folder.path()).unwrap();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let workspace = archive.patched("a").unwrap();
    let taken = MEMORY.peak_usage() - before;
    assert_eq!(workspace.channels[0].samples[0].data.len(), 200_000);
    let factor = taken as f64 / background.len() as f64;
    // 19 when this was written; the estimate is 24.
    assert!(factor < 24.0, "{factor}");
}
