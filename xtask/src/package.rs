//! `package`: does what we publish build from its tarballs, and what uses us from outside?

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::Result;
use crate::steps::Steps;
use crate::workspace::{self, Metadata, cargo, cargo_home, root, target_dir};

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
    let published: Vec<_> =
        Metadata::read(root)?.packages.into_iter().filter(|package| package.is_published()).collect();
    forget_unpacked(&cargo_home()?, &published)?;
    let mut package = cargo();
    package.current_dir(root).args(["package", "--locked", "--allow-dirty"]);
    for member in &published {
        package.args(["--package", &member.name]);
    }
    apart(&mut package);
    steps.command("tarballs", &mut package)?;
    for manifest in manifests(&root.join("examples"))? {
        let name = manifest.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let mut test = cargo();
        // As the tarballs were built, so that dependencies are compiled once.
        test.arg("test").arg("--config").arg(root.join(".ci").join("quick-build.toml"));
        test.arg("--locked").arg("--manifest-path").arg(&manifest);
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

/// Removes what cargo unpacked from our tarballs in earlier runs.
///
/// `cargo package` lets crates of the workspace find each other in a registry of files, named by its path
/// alone, and does not unpack a version that it finds unpacked in cargo's home: the crates above would be
/// compiled against the sources of an earlier commit.
fn forget_unpacked(cargo_home: &Path, packages: &[workspace::Package]) -> Result {
    let sources = cargo_home.join("registry").join("src");
    if !sources.is_dir() {
        return Ok(());
    }
    for registry in std::fs::read_dir(&sources)? {
        let registry = registry?;
        // A registry with a host has its name before the dash; one of files has none.
        if !registry.file_name().to_string_lossy().starts_with('-') {
            continue;
        }
        for package in packages {
            let unpacked = registry.path().join(format!("{}-{}", package.name, package.version));
            if unpacked.is_dir() {
                std::fs::remove_dir_all(&unpacked)?;
            }
        }
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
    fn unpacked_tarballs_of_ours_are_removed_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let sources = home.path().join("registry/src");
        let ours = sources.join("-0123/core-0.1.0");
        let others = ["-0123/core-0.2.0", "-0123/other-0.1.0", "index.example-0123/core-0.1.0"]
            .map(|f| sources.join(f));
        for folder in others.iter().chain([&ours]) {
            std::fs::create_dir_all(folder.join("src")).unwrap();
        }
        let package: workspace::Package = serde_json::from_str(
            r#"{"name": "core", "version": "0.1.0", "publish": null, "dependencies": []}"#,
        )
        .unwrap();
        forget_unpacked(home.path(), &[package]).unwrap();
        assert!(!ours.exists());
        assert!(others.iter().all(|folder| folder.exists()));
        forget_unpacked(&home.path().join("absent"), &[]).unwrap();
    }

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
