//! Dependencies: each has a reason, each version stands in the root, and the light crates stay light.

use std::path::Path;

use super::Violation;
use super::repository::{Repository, Text};
use crate::Result;
use crate::workspace::{cargo, output};

/// What a crate with its default features may not bring along, directly or not.
const LIGHT: &[(&str, &[&str])] = &[
    ("hepsys-core", &["arrow", "burn"]),
    ("hepsys-stats", &["arrow", "burn"]),
    ("hepsys-sim", &["arrow", "burn"]),
    ("hepsys-report", &["arrow", "burn"]),
    ("hepsys-io", &["burn"]),
    ("xtask", &["arrow", "burn", "hepsys"]),
];

/// Folders with manifests of their own, outside the workspace.
const OUTSIDE: [&str; 2] = ["examples/", "fuzz/"];

pub(super) fn check(root: &Path, repository: &Repository) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for manifest in repository.ending("Cargo.toml") {
        if manifest.path == "Cargo.toml" {
            violations.extend(reasons(manifest));
        } else if !OUTSIDE.iter().any(|folder| manifest.path.starts_with(folder)) {
            violations.extend(versions(manifest)?);
        }
    }
    for (name, heavy) in LIGHT {
        // Asked one crate at a time: a workspace build unifies features.
        let mut tree = cargo();
        tree.current_dir(root).args(["tree", "--package", name, "--edges", "normal,build"]);
        let tree = output(tree.args(["--prefix", "none", "--format", "{p}"]))?;
        violations.extend(weight(name, &tree, heavy));
    }
    Ok(violations)
}

/// Every line of `[workspace.dependencies]` stands under a comment of its group; an empty line ends a group.
fn reasons(manifest: &Text) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut in_section = false;
    let mut has_reason = false;
    for (number, line) in manifest.lines() {
        let line = line.trim();
        if line.starts_with('[') {
            in_section = line == "[workspace.dependencies]";
            has_reason = false;
        } else if line.is_empty() {
            has_reason = false;
        } else if line.starts_with('#') {
            has_reason = true;
        } else if in_section && !has_reason && line.contains('=') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or(line);
            let message = format!("{name} has no comment that tells why it is here");
            violations.push(Violation::new(manifest.place(number), message));
        }
    }
    violations
}

/// Members name no versions: neither their own nor those of what they depend on.
fn versions(manifest: &Text) -> Result<Vec<Violation>> {
    let table: toml::Table =
        manifest.content.parse().map_err(|error| format!("cannot understand {}: {error}", manifest.path))?;
    let mut violations = Vec::new();
    let own = table.get("package").and_then(|package| package.get("version"));
    if own.is_some_and(toml::Value::is_str) {
        violations.push(Violation::new(&manifest.path, "package.version: write version.workspace = true"));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let dependencies = table.get(section).and_then(toml::Value::as_table);
        for (name, value) in dependencies.into_iter().flatten() {
            if value.is_str() || value.get("version").is_some() {
                let message = format!("{section}.{name}: versions belong in the root Cargo.toml");
                violations.push(Violation::new(&manifest.path, message));
            }
        }
    }
    Ok(violations)
}

/// Looks for heavy families (`burn`, `burn-*`) in the lines of `cargo tree`.
fn weight(name: &str, tree: &str, heavy: &[&str]) -> Vec<Violation> {
    // The first line is the crate itself.
    let mut packages = tree.lines().skip(1).filter_map(|line| line.split(' ').next());
    let is_heavy = |package: &&str| {
        heavy.iter().any(|family| {
            package.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    };
    let found = packages.find(is_heavy);
    let violation = |package| Violation::new(name, format!("brings {package} along, and should not"));
    found.map(violation).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let content = "[workspace.dependencies]\n# Error enums.\nthiserror = \"2\"\n\nrand = \"0.10\"\n";
        let found = reasons(&manifest("Cargo.toml", content));
        assert_eq!(found, [Violation::new("Cargo.toml:5", "rand has no comment that tells why it is here")]);
    }

    #[test]
    fn a_comment_serves_its_group_and_other_sections_need_none() {
        let content = "[workspace]\nresolver = \"3\"\n\n[workspace.dependencies]\n# Random numbers.\nrand = \"1\"\n\
                       rand_distr = \"1\"\n\n[profile.dev]\nopt-level = 1\n";
        assert_eq!(reasons(&manifest("Cargo.toml", content)), []);
    }

    #[test]
    fn versions_in_a_member_are_found_wherever_they_hide() {
        let content = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\nrand = \"1\"\nserde = { workspace = true }\n\
                       [dev-dependencies]\nproptest = { version = \"1\" }\nhepsys-sim = { path = \"../hepsys-sim\" }\n";
        let found = versions(&manifest("crates/a/Cargo.toml", content)).unwrap();
        let messages: Vec<&str> = found.iter().map(|violation| violation.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "package.version: write version.workspace = true",
                "dependencies.rand: versions belong in the root Cargo.toml",
                "dev-dependencies.proptest: versions belong in the root Cargo.toml",
            ]
        );
        let member = "[package]\nname = \"a\"\nversion.workspace = true\n";
        assert_eq!(versions(&manifest("crates/a/Cargo.toml", member)).unwrap(), []);
    }

    #[test]
    fn a_heavy_dependency_is_found_by_its_family() {
        let tree = "hepsys-stats v0.1.0\nserde v1.0.0\nburn-flex v0.22.1\n";
        let found = weight("hepsys-stats", tree, &["arrow", "burn"]);
        assert_eq!(found, [Violation::new("hepsys-stats", "brings burn-flex along, and should not")]);
        assert_eq!(weight("hepsys-stats", "hepsys-stats v0.1.0\nburnish v1.0.0\n", &["arrow", "burn"]), []);
    }
}
