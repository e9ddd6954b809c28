//! Folders of workspaces, as HEPData publishes them.
#![cfg(feature = "workspaces")]

use std::fs;
use std::path::Path;

use hepsys_io::{IoError, WorkspaceArchive, WorkspaceOptions, read_hs3, read_patchset, read_workspace};
use tempfile::TempDir;

const BACKGROUND: &str = r#"{"channels": [{"name": "SR", "samples": [{"name": "background", "data": [50.0], "modifiers": []}]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "observations": [{"name": "SR", "data": [53.0]}], "version": "1.0.0"}"#;

/// pyhf's digest of the background.
const DIGEST: &str = "a9a553a5038884a1ec14d9ed338d9877a6b9c7e0cbd3675ee39516427de27d6a";

fn patchset(digest: &str, patches: &[(&str, f64)]) -> String {
    let patches: Vec<String> = patches
        .iter()
        .map(|(name, yield_)| {
            format!(
                r#"{{"metadata": {{"name": "{name}", "values": ["{name}"]}}, "patch": [{{"op": "add",
                "path": "/channels/0/samples/-", "value": {{"name": "signal", "data": [{yield_:?}],
                "modifiers": [{{"name": "mu", "type": "normfactor", "data": null}}]}}}}]}}"#
            )
        })
        .collect();
    format!(
        r#"{{"metadata": {{"description": "signals", "digests": {{"sha256": "{digest}"}}, "labels": ["point"],
        "references": {{"hepdata": "ins1234567"}}}}, "patches": [{}], "version": "1.0.0"}}"#,
        patches.join(", ")
    )
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn an_archive_gives_the_patched_workspaces() {
    let set = patchset(DIGEST, &[("low", 2.0), ("high", 4.0)]);
    let folder = folder(&[
        ("README.md", "not JSON"),
        ("BkgOnly.json", BACKGROUND),
        ("other.json", BACKGROUND),
        ("patchset.json", &set),
        ("patch.low.json", "[]"),
        ("hs3.json", r#"{"distributions": []}"#),
    ]);
    let archive = WorkspaceArchive::open(folder.path()).unwrap();
    let workspaces: Vec<&Path> = archive.workspaces().collect();
    assert_eq!(workspaces, [Path::new("BkgOnly.json"), Path::new("other.json")]);
    assert_eq!(archive.patchsets().len(), 1);
    assert_eq!(archive.patchsets()[0].path, Path::new("patchset.json"));
    assert_eq!(archive.patches().collect::<Vec<_>>(), ["low", "high"]);
    let patched = archive.patched("high").unwrap();
    assert_eq!(patched.channels[0].samples[1].data, [4.0]);
    let (model, _) = patched.model(None, Default::default()).unwrap();
    assert_eq!(model.yields(&[2.0]), [58.0]);
    assert_eq!(archive.workspace("BkgOnly.json").unwrap().channels[0].samples.len(), 1);
}

#[test]
fn regions_keep_their_patches_apart() {
    let set = |yield_| patchset(DIGEST, &[("low", yield_)]);
    let (a, b, c) = (set(1.0), set(2.0), patchset(DIGEST, &[("lone", 3.0)]));
    let folder = folder(&[
        ("likelihoods/RegionA/BkgOnly.json", BACKGROUND),
        ("likelihoods/RegionA/patchset.json", &a),
        ("likelihoods/RegionB/background.json", BACKGROUND),
        ("likelihoods/RegionB/patchset.json", &b),
        ("likelihoods/RegionC/patchset.json", &c),
    ]);
    let archive = WorkspaceArchive::open(folder.path()).unwrap();
    let names: Vec<String> = archive.patches().collect();
    assert_eq!(names, ["likelihoods/RegionA/low", "likelihoods/RegionB/low", "lone"]);
    for (name, expected) in names.iter().zip([1.0, 2.0]) {
        assert_eq!(archive.patched(name).unwrap().channels[0].samples[1].data, [expected]);
    }
    let cases = [
        ("low", "\"low\" is in likelihoods/RegionA/patchset.json and likelihoods/RegionB/patchset.json"),
        ("lone", "expected one workspace beside likelihoods/RegionC/patchset.json, found none"),
        ("none", "no patch is called \"none\" among those of 3 sets"),
    ];
    for (name, expected) in cases {
        let error = archive.patched(name).unwrap_err().to_string();
        assert!(
            error.starts_with(&folder.path().display().to_string()) && error.contains(expected),
            "{error}"
        );
    }
}

#[test]
fn a_patch_set_for_another_background_is_refused() {
    let set = patchset(&"0".repeat(64), &[("low", 2.0)]);
    let folder = folder(&[("BkgOnly.json", BACKGROUND), ("patchset.json", &set)]);
    let error = WorkspaceArchive::open(folder.path()).unwrap().patched("low").unwrap_err().to_string();
    assert!(
        error.contains("patchset.json: metadata.digests.sha256: the patches are for a workspace"),
        "{error}"
    );
    assert!(error.ends_with(DIGEST), "{error}");
}

#[test]
fn errors_name_the_file() {
    let set = patchset("", &[("low", 2.0), ("low", 3.0)]);
    let folder = folder(&[
        ("broken/a.json", "{\"channels\": "),
        ("empty/a.json", ""),
        ("letters/a.json", "\u{1f600}"),
        ("sets/a.json", &set),
        ("workspaces/a.json", r#"{"channels": [{"name": 3}]}"#),
    ]);
    let file = |name: &str| folder.path().join(name).join("a.json");
    let cases = [
        ("broken", ": not a whole JSON file: EOF"),
        ("empty", ": the file is empty"),
        ("letters", ": not a whole JSON file: expected value"),
        ("sets", ": patches[1].metadata.name: \"low\" is the name of patches[0] already"),
    ];
    for (name, expected) in cases {
        let error = WorkspaceArchive::open(folder.path().join(name)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}{expected}", file(name).display())), "{error}");
    }
    let error = read_workspace(file("workspaces")).unwrap_err().to_string();
    assert!(error.contains("a.json: channels[0].name: invalid type: integer `3`"), "{error}");
    let error = read_patchset(file("workspaces")).unwrap_err().to_string();
    assert!(error.contains("a.json: channels: unknown field"), "{error}");
    let error = read_hs3(file("workspaces")).unwrap_err().to_string();
    assert!(error.contains("a.json: missing field `distributions`"), "{error}");
    assert!(matches!(read_workspace(folder.path().join("none.json")), Err(IoError::Read { .. })));
    assert!(matches!(WorkspaceArchive::open(folder.path().join("none")), Err(IoError::Read { .. })));
    fs::write(file("letters"), b"{\"channels\": \"\xff\"}").unwrap();
    let error = read_workspace(file("letters")).unwrap_err().to_string();
    assert!(error.contains("a.json: not a whole JSON file: invalid utf-8"), "{error}");
}

#[test]
fn a_document_may_not_take_more_memory_than_allowed() {
    let folder = folder(&[("BkgOnly.json", BACKGROUND)]);
    let path = folder.path().join("BkgOnly.json");
    let needed = 24 * BACKGROUND.len() as u64;
    assert!(WorkspaceOptions::new().memory_limit(needed).read_workspace(&path).is_ok());
    let small = WorkspaceOptions::new().memory_limit(needed - 1);
    for error in [
        small.read_workspace(&path).unwrap_err(),
        small.read_patchset(&path).unwrap_err(),
        small.read_hs3(&path).unwrap_err(),
        WorkspaceArchive::open_with(folder.path(), &small).unwrap_err(),
    ] {
        let expected =
            format!("the document would take {needed} bytes, more than the limit of {}", needed - 1);
        assert!(error.to_string().contains(&expected), "{error}");
    }
}
