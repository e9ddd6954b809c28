//! `package`: does what we publish build from its tarballs, and what uses us from outside?

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::Result;
use crate::steps::Steps;
use crate::workspace::{Metadata, cargo, root, target_dir};

/// Build every published crate from its tarball, test the crates outside the workspace, check the fuzz targets
///
/// Works in a target directory of its own, `package-check` inside the usual one.
#[derive(Args)]
pub(crate) struct Package {}

impl Package {
    pub(crate) fn run(&self) -> Result {
        let mut steps = Steps::default();
        let result = checks(&mut steps, &root());
        println!("\n{}", steps.table());
        result
    }
}

fn checks(steps: &mut Steps, root: &Path) -> Result {
    let target = target_dir().join("package-check");
    // Nobody debugs these builds.
    let apart = |command: &mut Command| {
        command.env("CARGO_TARGET_DIR", &target).env("CARGO_PROFILE_DEV_DEBUG", "0");
    };
    let mut package = cargo();
    package.current_dir(root).args(["package", "--workspace", "--locked", "--allow-dirty"]);
    for unpublished in Metadata::read(root)?.packages.iter().filter(|package| !package.is_published()) {
        package.args(["--exclude", &unpublished.name]);
    }
    apart(&mut package);
    steps.command("tarballs", &mut package)?;
    for manifest in manifests(&root.join("examples"))? {
        let name = manifest.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let mut test = cargo();
        test.arg("test").arg("--locked").arg("--manifest-path").arg(&manifest);
        apart(&mut test);
        steps.command(&format!("examples/{name}"), &mut test)?;
    }
    let fuzz = root.join("fuzz").join("Cargo.toml");
    if fuzz.is_file() {
        // Running a fuzz target takes a nightly toolchain; compiling it does not.
        let mut check = cargo();
        check.arg("check").arg("--locked").arg("--manifest-path").arg(&fuzz);
        apart(&mut check);
        steps.command("fuzz", &mut check)?;
    }
    Ok(())
}

/// The manifests one level below a folder, in the order of their names.
fn manifests(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut manifests = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder)? {
            let manifest = entry?.path().join("Cargo.toml");
            if manifest.is_file() {
                manifests.push(manifest);
            }
        }
    }
    manifests.sort();
    Ok(manifests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_by_their_manifest_and_a_missing_folder_has_none() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", "notes"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["b", "a"] {
            std::fs::write(folder.path().join(name).join("Cargo.toml"), "").unwrap();
        }
        let found = manifests(folder.path()).unwrap();
        let expected = ["a", "b"].map(|name| folder.path().join(name).join("Cargo.toml"));
        assert_eq!(found, expected);
        assert!(manifests(&folder.path().join("absent")).unwrap().is_empty());
    }
}
