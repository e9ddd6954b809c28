//! Patch sets and digests, compared with pyhf 0.7.6; `tests/peers/patchset_digests.py` makes the numbers.

use std::path::Path;

use hepsys_stats::workspace::{PatchSet, PatchValue, Value, WorkspaceError, digest};
use serde_json::json;

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A workspace of the data sets.
fn workspace(name: &str) -> Value {
    read(&format!("../../datasets/stats/{name}.json"))
}

fn background() -> Value {
    workspace("pyhf_2bin_uncorr")
}

fn document() -> Value {
    read("tests/reference/patchset.json")
}

fn parse(document: &Value) -> Result<PatchSet, WorkspaceError> {
    PatchSet::parse(&document.to_string())
}

#[test]
fn digests_are_those_of_pyhf() {
    let table = [
        (
            r#"{"c":1,"a":2,"b":[1e-5,1E5,1e16,123456789012345680.0,0.1,1e22,-0.0,5e-324]}"#,
            "da630292b849cd73984601a2c537fddf97ef067dca7ed41ff38d0570f21b97c5",
        ),
        (
            r#"{"\u00e9t\u00e9": "\u03b1\n\u0007\"/", "z": {"b": null, "a": [true, false, [], {}]}, "Z": -7}"#,
            "9a678e03cd4cf8f16a3395bd6be23e2754344f24c62733c8253b57f922b95ec2",
        ),
        (
            "[0.30000000000000004, 100.0, 9007199254740993, 1.7976931348623157e308, 0.0001, 0.00009999]",
            "4f1383d1cdd728d871a88b251f5f19dfcbcb10fc2fd35754c37e15c3bf2a8845",
        ),
    ];
    for (document, expected) in table {
        assert_eq!(digest(&serde_json::from_str(document).unwrap()), expected, "{document}");
    }
    let workspaces = [
        ("pyhf_2bin_uncorr", "dad8822af55205d60152cbe4303929042dbd9d4839012e055e7c6b6459d68d73"),
        ("pyhf_coupled_histosys", "06d5700bbe6cae13ca77dfd990482bdec9afc43e0008503169bc6e123984287f"),
        ("pyhf_multichannel_shapesys", "50165e8ef034c514fb77e8f05a15a002c02bd659f001657952b79e0552470f79"),
        ("pyhf_shapefactor", "a55265091bc4237fd27601a3dc787d2c17e3d39186604cd90bb99a410dcb9177"),
        ("pyhf_xmlimport", "6d416ee67a40460499ea2ef596fb1e682a563d7df06e690018a211d35238aecc"),
        ("synth_50ch_201par", "52bfa2de0a83a25bd0a8e6a7762ce54ee37c1da97617f2351fe9c94dfc91dbfe"),
    ];
    for (name, expected) in workspaces {
        let document = workspace(name);
        assert_eq!(digest(&document), expected, "{name}");
    }
}

#[test]
fn patched_workspaces_are_those_of_pyhf() {
    let set = parse(&document()).unwrap();
    let table = [
        ("signal_300_100", "48c9bc4c5a94208fbb95694f138caeedf8c0eb11a7c20419fd498ba13a1fa191"),
        ("signal_500_wino", "5a84243fc27e2a4b0a71da4320822878cd001ed4d473d4a70e3c612f261175c5"),
    ];
    for (name, expected) in table {
        let patched = set.apply(&background(), name).unwrap();
        assert_eq!(digest(&serde_json::to_value(&patched).unwrap()), expected, "{name}");
        assert!(patched.model(None, Default::default()).is_ok(), "{name}");
    }
}

#[test]
fn patches_are_found_by_name_and_by_values() {
    let set = parse(&document()).unwrap();
    assert_eq!(set.description(), "signals for pyhf_2bin_uncorr");
    assert_eq!(set.labels(), ["m1", "m2"]);
    assert_eq!(set.references()["hepdata"], "ins1234567");
    assert_eq!(set.patches().len(), 2);
    assert_eq!(set.by_values(&[300.0.into(), 100.0.into()]).unwrap().name(), "signal_300_100");
    let mixed: [PatchValue; 2] = [500.5.into(), "wino".into()];
    assert_eq!(set.by_values(&mixed).unwrap().name(), "signal_500_wino");
    assert_eq!(set.by_name("signal_500_wino").unwrap().values(), mixed);
    assert!(set.by_name("signal").is_none() && set.by_values(&[300.0.into()]).is_none());
    // What is written is what was read, with the keys that publishers add.
    let written = serde_json::to_string(&set).unwrap();
    assert!(written.contains("TEST-2026-01"));
    assert_eq!(PatchSet::parse(&written).unwrap(), set);
}

#[test]
fn another_background_is_refused() {
    let set = parse(&document()).unwrap();
    let mut other = background();
    assert!(set.verify(&other).is_ok());
    // Python tells 5 from 5.0, and so does the digest.
    other["channels"][0]["samples"][0]["data"][0] = json!(5);
    let error = set.apply(&other, "signal_300_100").unwrap_err().to_string();
    let expected = "metadata.digests.sha256: the patches are for a workspace with dad8822a";
    assert!(error.starts_with(expected), "{error}");
    let mut without = document();
    without["metadata"]["digests"] = json!({"md5": "0"});
    assert!(parse(&without).unwrap().apply(&other, "signal_300_100").is_ok());
}

#[test]
fn what_is_wrong_with_a_patch_set_is_named() {
    let cases = [
        ("/version", json!("2.0.0"), "version: expected 1.0.0, found \"2.0.0\""),
        ("/metadata", json!({"description": ""}), "metadata: missing field `digests`"),
        ("/colour", json!("red"), "unknown field `colour`"),
        (
            "/patches/1/metadata/name",
            json!("signal_300_100"),
            "patches[1].metadata.name: \"signal_300_100\" is the name of patches[0]",
        ),
        (
            "/patches/1/metadata/values",
            json!([300.0, 100]),
            "patches[1].metadata.values: are those of patches[0] (\"signal_300_100\")",
        ),
        ("/patches/1/metadata/values", json!([300]), "patches[1].metadata.values: has 1 values, expected 2"),
        ("/patches/1/metadata", json!({"name": "a"}), "patches[1].metadata: missing field `values`"),
        ("/patches/0/patch/1/op", json!("swap"), "patches[0].patch[1]"),
        (
            "/patches/0/patch/1",
            json!({"op": "add", "path": "/a"}),
            "patches[0].patch[1]: missing field `value`",
        ),
        ("/patches/0/patch", json!({}), "patches[0].patch: invalid type: map"),
    ];
    for (path, value, expected) in cases {
        let mut changed = document();
        match changed.pointer_mut(path) {
            Some(place) => *place = value,
            None => changed[&path[1..]] = value,
        }
        let error = parse(&changed).expect_err(path).to_string();
        assert!(error.contains(expected), "{path}: {error}");
    }
    assert!(PatchSet::parse("{} {}").is_err());
}

#[test]
fn a_patch_that_fails_is_named_with_its_operation() {
    let cases = [
        (
            json!({"op": "replace", "path": "/channels/7/name", "value": "a"}),
            "patches[0] (\"signal_300_100\").patch[1] (replace /channels/7/name): ",
        ),
        (
            json!({"op": "test", "path": "/version", "value": "0"}),
            "patches[0] (\"signal_300_100\").patch[1] (test /version): ",
        ),
        (
            json!({"op": "remove", "path": "/observations"}),
            "patches[0] (\"signal_300_100\"), patched: missing field `observations`",
        ),
        (
            json!({"op": "replace", "path": "/channels/0/samples/0/data/1", "value": "a"}),
            "patches[0] (\"signal_300_100\"), patched: channels[0].samples[0].data[1]: invalid type: string",
        ),
    ];
    for (operation, expected) in cases {
        let mut changed = document();
        changed["patches"][0]["patch"] =
            json!([{"op": "test", "path": "/version", "value": "1.0.0"}, operation]);
        let error = parse(&changed).unwrap().apply(&background(), "signal_300_100").unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error = parse(&document()).unwrap().apply(&background(), "signal").unwrap_err().to_string();
    assert_eq!(error, "patches: none of 2 patches is called \"signal\"");
}
