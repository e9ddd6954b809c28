//! The layers: which crate may see which. `docs/architecture.md` shows the same table to people.

use super::Violation;
use super::repository::Repository;
use crate::workspace::{Dependency, Kind, Metadata, Package};

/// One crate of the workspace and the crates it may see.
struct Row {
    name: &'static str,
    /// In normal and build dependencies, and so in dev-dependencies too.
    sees: &'static [&'static str],
    /// In dev-dependencies besides.
    tests_with: &'static [&'static str],
}

/// A new crate is one more line; whatever is not in the table fails.
#[rustfmt::skip]
const LAYERS: &[Row] = &[
    Row { name: "hepsys-core",        sees: &[], tests_with: &[] },
    Row { name: "hepsys-stats",       sees: &["hepsys-core"], tests_with: &[] },
    Row { name: "hepsys-nn",          sees: &["hepsys-core"], tests_with: &["hepsys-sim"] },
    Row { name: "hepsys-sim",         sees: &["hepsys-core"], tests_with: &[] },
    Row { name: "hepsys-io",          sees: &["hepsys-core", "hepsys-stats"], tests_with: &[] },
    Row { name: "hepsys-report",      sees: &["hepsys-core"], tests_with: &[] },
    Row { name: "hepsys-rl",          sees: &["hepsys-core", "hepsys-nn"], tests_with: &[] },
    Row { name: "hepsys-nplm",        sees: &["hepsys-core", "hepsys-nn", "hepsys-stats"], tests_with: &["hepsys-report", "hepsys-sim"] },
    Row { name: "hepsys-paramclf",    sees: &["hepsys-core", "hepsys-nn", "hepsys-stats"], tests_with: &["hepsys-sim"] },
    Row { name: "hepsys-advocate",    sees: &["hepsys-core", "hepsys-nn", "hepsys-stats", "hepsys-rl", "hepsys-sim"], tests_with: &[] },
    Row { name: "hepsys-decays",      sees: &["hepsys-core", "hepsys-nn", "hepsys-stats", "hepsys-rl", "hepsys-sim"], tests_with: &[] },
    Row { name: "hepsys-adversarial", sees: &["hepsys-core", "hepsys-nn", "hepsys-stats"], tests_with: &["hepsys-sim"] },
    Row { name: "hepsys",             sees: BELOW_THE_FACADE, tests_with: &[] },
    Row { name: "hepsys-experiments", sees: BELOW_THE_FACADE, tests_with: &["hepsys"] },
    Row { name: "hepsys-benches",     sees: BELOW_THE_FACADE, tests_with: &["hepsys"] },
    Row { name: "xtask",              sees: &[], tests_with: &[] },
];

const BELOW_THE_FACADE: &[&str] = &[
    "hepsys-core",
    "hepsys-stats",
    "hepsys-nn",
    "hepsys-sim",
    "hepsys-io",
    "hepsys-report",
    "hepsys-rl",
    "hepsys-nplm",
    "hepsys-paramclf",
    "hepsys-advocate",
    "hepsys-decays",
    "hepsys-adversarial",
];

/// The page that shows the table.
const PAGE: &str = "docs/architecture.md";

pub(super) fn check(metadata: &Metadata, repository: &Repository) -> Vec<Violation> {
    let mut violations: Vec<Violation> = metadata.packages.iter().flat_map(of_crate).collect();
    for row in LAYERS {
        if !metadata.packages.iter().any(|package| package.name == row.name) {
            violations.push(Violation::new(row.name, "in the layer table, but not in the workspace"));
        }
    }
    violations.extend(of_page(repository.text(PAGE).unwrap_or_default()));
    violations
}

/// Compares the dependencies of a crate with its row.
fn of_crate(package: &Package) -> Vec<Violation> {
    let Some(row) = LAYERS.iter().find(|row| row.name == package.name) else {
        return vec![Violation::new(&package.name, "not in the layer table (xtask/src/tidy/layers.rs)")];
    };
    let siblings = package.dependencies.iter().filter(|dependency| is_ours(&dependency.name));
    siblings.filter_map(|sibling| of_dependency(package, row, sibling)).collect()
}

fn of_dependency(package: &Package, row: &Row, sibling: &Dependency) -> Option<Violation> {
    let name = sibling.name.as_str();
    let is_dev = sibling.kind == Some(Kind::Dev);
    let is_listed = row.sees.contains(&name) || (is_dev && row.tests_with.contains(&name));
    let message = if !is_listed {
        let what = if is_dev { "dev-depend" } else { "depend" };
        format!("may not {what} on {name}: the layer table does not list it")
    } else if is_dev && package.is_published() && sibling.req != "*" {
        format!(
            "dev-depends on {name} {}: a version there cannot be packaged, name the path only",
            sibling.req
        )
    } else {
        return None;
    };
    Some(Violation::new(row.name, message))
}

fn is_ours(name: &str) -> bool {
    name == "hepsys" || name.starts_with("hepsys-") || name == "xtask"
}

/// Compares the page's rows "| `hepsys-nplm` | core, nn, stats | … |" with the table; planned crates say so.
fn of_page(page: &str) -> Vec<Violation> {
    let shown: Vec<(&str, Vec<String>)> = page.lines().filter_map(shown_row).collect();
    let mut violations = Vec::new();
    for row in LAYERS {
        match shown.iter().find(|(name, _)| *name == row.name) {
            None => violations.push(Violation::new(PAGE, format!("the table of crates lacks {}", row.name))),
            Some((_, sees)) if !same(sees, row.sees) => violations.push(Violation::new(
                PAGE,
                format!(
                    "{} may see {:?} by the page, {:?} by xtask/src/tidy/layers.rs",
                    row.name, sees, row.sees
                ),
            )),
            Some(_) => {}
        }
    }
    for (name, _) in shown.iter().filter(|(name, _)| !LAYERS.iter().any(|row| row.name == *name)) {
        violations
            .push(Violation::new(PAGE, format!("{name} is not in the layer table: mark it as planned")));
    }
    violations
}

/// The crate and the crates it may see, from a line of the page's table.
fn shown_row(line: &str) -> Option<(&str, Vec<String>)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    if !is_ours(name) {
        return None;
    }
    let short = |word: &str| word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    let words = cells.next()?.split(", ").filter(|word| !word.is_empty() && short(word));
    Some((name, words.map(|word| format!("hepsys-{word}")).collect()))
}

fn same(shown: &[String], table: &[&str]) -> bool {
    shown.len() == table.len() && shown.iter().all(|name| table.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(
        name: &str,
        publish: Option<Vec<String>>,
        dependencies: &[(&str, &str, Option<Kind>)],
    ) -> Package {
        let dependency = |&(name, req, kind): &(&str, &str, Option<Kind>)| Dependency {
            name: name.to_owned(),
            req: req.to_owned(),
            kind,
        };
        Package {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            publish,
            dependencies: dependencies.iter().map(dependency).collect(),
        }
    }

    #[test]
    fn a_dependency_outside_the_table_is_found_whatever_it_is_for() {
        for kind in [None, Some(Kind::Normal), Some(Kind::Build), Some(Kind::Dev)] {
            let found = of_crate(&package("hepsys-stats", None, &[("hepsys-nn", "^0.1.0", kind)]));
            assert_eq!(found.len(), 1, "{kind:?}");
            assert!(found[0].message.contains("hepsys-nn"), "{found:?}");
        }
    }

    #[test]
    fn statistics_never_test_with_files() {
        let found = of_crate(&package("hepsys-stats", None, &[("hepsys-io", "*", Some(Kind::Dev))]));
        assert!(found[0].message.contains("may not dev-depend on hepsys-io"), "{found:?}");
    }

    #[test]
    fn methods_test_with_generators_but_do_not_depend_on_them() {
        assert!(of_crate(&package("hepsys-nplm", None, &[("hepsys-sim", "*", Some(Kind::Dev))])).is_empty());
        assert_eq!(of_crate(&package("hepsys-nplm", None, &[("hepsys-sim", "^0.1.0", None)])).len(), 1);
    }

    #[test]
    fn a_version_in_a_dev_dependency_is_found_in_published_crates_only() {
        let dependencies = [("hepsys-core", "^0.1.0", Some(Kind::Dev))];
        let found = of_crate(&package("hepsys-nplm", None, &dependencies));
        assert!(found[0].message.contains("name the path only"), "{found:?}");
        assert!(of_crate(&package("hepsys-experiments", Some(Vec::new()), &dependencies)).is_empty());
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let metadata = Metadata { packages: vec![package("hepsys-new", None, &[])] };
        let found = check(&metadata, &Repository::of(&[]));
        assert!(
            found
                .contains(&Violation::new("hepsys-new", "not in the layer table (xtask/src/tidy/layers.rs)"))
        );
        assert!(
            found.contains(&Violation::new("hepsys-core", "in the layer table, but not in the workspace"))
        );
    }

    #[test]
    fn a_page_that_tells_another_table_is_found() {
        let row = |name: &str, sees: &[&str]| {
            let shorts: Vec<&str> = sees.iter().filter_map(|name| name.strip_prefix("hepsys-")).collect();
            format!(
                "| `{name}` | {} | a line |",
                if shorts.is_empty() { "–".to_owned() } else { shorts.join(", ") }
            )
        };
        let true_page: Vec<String> = LAYERS.iter().map(|line| row(line.name, line.sees)).collect();
        assert_eq!(of_page(&true_page.join("\n")), []);
        let mut other = true_page.clone();
        other[1] = row("hepsys-stats", &["hepsys-core", "hepsys-nn"]);
        assert!(of_page(&other.join("\n"))[0].message.starts_with("hepsys-stats may see"));
        other = true_page.clone();
        other.remove(0);
        assert_eq!(of_page(&other.join("\n"))[0].message, "the table of crates lacks hepsys-core");
        other = true_page;
        other.push(row("hepsys-new", &[]));
        assert!(of_page(&other.join("\n"))[0].message.starts_with("hepsys-new is not in the layer table"));
        other.pop();
        other.push("| `hepsys-new` (planned) | core | a line |".to_owned());
        assert_eq!(of_page(&other.join("\n")), []);
    }
}
