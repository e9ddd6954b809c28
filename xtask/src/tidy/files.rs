//! Files: their length, what a crate has to bring, and what may not stand in a tracked file.

use super::Violation;
use super::repository::{Repository, Text};
use crate::workspace::{Metadata, Package};

/// Where a file without its tests has to be split.
const LONGEST: usize = 400;

/// Written in two parts, so that this file does not break its own rules.
const UNFINISHED: [&str; 2] = [concat!("todo", "!("), concat!("unimplemented", "!(")];
const SILENT_IGNORE: &str = concat!("#[", "ignore]");
const MACHINE_PATHS: [&str; 4] =
    [concat!("/", "home/"), concat!("/", "root/"), concat!("/", "Users/"), concat!("/", "tmp/")];

/// The facade re-exports the errors of the crates it gathers.
const WITHOUT_ERRORS: [&str; 1] = ["hepsys"];

pub(super) fn check(metadata: &Metadata, repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in repository.ending(".rs") {
        violations.extend(length(source));
        violations.extend(unfinished(source));
        violations.extend(ignored_silently(source));
    }
    for text in repository.texts() {
        violations.extend(machine_paths(text));
    }
    for package in &metadata.packages {
        violations.extend(belongings(package, repository));
    }
    violations
}

/// The folder of a crate, from the root.
pub(super) fn folder_of(name: &str) -> String {
    match name {
        "hepsys-benches" => "benches".to_owned(),
        "xtask" => "xtask".to_owned(),
        library => format!("crates/{library}"),
    }
}

/// Sources stay readable in one sitting; tests do not count.
fn length(source: &Text) -> Option<Violation> {
    let n_lines = lines_without_tests(&source.content);
    (source.path.contains("/src/") && n_lines > LONGEST).then(|| {
        let message = format!("{n_lines} lines without tests, more than {LONGEST}: split it by idea");
        Violation::new(&source.path, message)
    })
}

/// How many lines stand before the test module that ends a file.
fn lines_without_tests(content: &str) -> usize {
    let lines: Vec<&str> = content.lines().collect();
    let starts_tests =
        |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    lines.windows(2).position(starts_tests).unwrap_or(lines.len())
}

fn unfinished(source: &Text) -> Vec<Violation> {
    let found = source.lines().filter(|(_, line)| UNFINISHED.iter().any(|mark| line.contains(mark)));
    found.map(|(number, _)| Violation::new(source.place(number), "unfinished code")).collect()
}

fn ignored_silently(source: &Text) -> Vec<Violation> {
    let found = source.lines().filter(|(_, line)| line.contains(SILENT_IGNORE));
    found.map(|(number, _)| Violation::new(source.place(number), "an ignored test has to say why")).collect()
}

/// Paths of one machine mean nothing on another.
fn machine_paths(text: &Text) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in text.lines() {
        for path in MACHINE_PATHS {
            if line.match_indices(path).any(|(at, _)| starts_a_path(&line[..at])) {
                violations.push(Violation::new(text.place(number), format!("a path of one machine: {path}")));
            }
        }
    }
    violations
}

/// Whether a slash after this text is the first of a path, rather than one inside a path or an address.
fn starts_a_path(before: &str) -> bool {
    !before.ends_with(|last: char| last.is_alphanumeric() || "._-~}*)".contains(last))
}

/// What every crate has to bring: a README that is its crate page, formulas that render, an error type.
fn belongings(package: &Package, repository: &Repository) -> Vec<Violation> {
    let folder = folder_of(&package.name);
    let at = |path: &str| format!("{folder}/{path}");
    let mut violations = Vec::new();
    if !repository.has(&at("README.md")) {
        violations.push(Violation::new(&folder, "no README.md"));
    }
    if !package.is_published() {
        return violations;
    }
    let page = repository.text(&at("src/lib.rs")).unwrap_or_default();
    if !page.contains(r#"include_str!("../README.md")"#) {
        violations.push(Violation::new(at("src/lib.rs"), "the crate page has to be README.md"));
    }
    let sources = || repository.ending(".rs").filter(|text| text.path.starts_with(&at("src/")));
    let has_header = repository.has(&at("katex-header.html"));
    let manifest = repository.text(&at("Cargo.toml")).unwrap_or_default();
    let uses_header = manifest.contains("katex-header.html");
    let has_formula = sources().any(|text| text.lines().any(|(_, line)| is_formula(line)))
        || repository.text(&at("README.md")).is_some_and(|readme| readme.lines().any(has_dollars));
    if (uses_header || has_formula) && !(has_header && uses_header) {
        let message = "formulas need katex-header.html in the crate and in [package.metadata.docs.rs]";
        violations.push(Violation::new(&folder, message));
    }
    let has_errors = sources().any(|text| text.lines().any(|(_, line)| is_error_type(line)));
    if !has_errors && !WITHOUT_ERRORS.contains(&package.name.as_str()) {
        violations.push(Violation::new(&folder, "no public error type"));
    }
    violations
}

fn is_formula(line: &str) -> bool {
    let line = line.trim_start();
    (line.starts_with("///") || line.starts_with("//!")) && has_dollars(line)
}

/// Whether text holds a formula; code spans do not count.
fn has_dollars(line: &str) -> bool {
    line.split('`').step_by(2).map(|prose| prose.matches('$').count()).sum::<usize>() >= 2
}

fn is_error_type(line: &str) -> bool {
    let name = line.strip_prefix("pub enum ").or_else(|| line.strip_prefix("pub struct "));
    name.and_then(|rest| rest.split([' ', '{', '<', '(', ';']).next())
        .is_some_and(|name| name.ends_with("Error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn a_long_source_is_found_and_tests_do_not_count() {
        let code = "let x = 1;\n".repeat(LONGEST);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // a line\n".repeat(LONGEST));
        assert_eq!(length(&text("crates/a/src/b.rs", &format!("{code}{tests}"))), None);
        let found = length(&text("crates/a/src/b.rs", &format!("{code}\n{tests}"))).unwrap();
        assert!(found.message.starts_with("401 lines"), "{found:?}");
        assert_eq!(length(&text("crates/a/tests/b.rs", &format!("{code}\n"))), None);
    }

    #[test]
    fn unfinished_code_is_found_with_its_line() {
        for mark in UNFINISHED {
            let found = unfinished(&text("a.rs", &format!("fn a() {{\n    {mark})\n}}\n")));
            assert_eq!(found, [Violation::new("a.rs:2", "unfinished code")]);
        }
    }

    #[test]
    fn an_ignored_test_without_a_reason_is_found() {
        assert_eq!(ignored_silently(&text("a.rs", &format!("#[test]\n{SILENT_IGNORE}\n"))).len(), 1);
        assert!(ignored_silently(&text("a.rs", "#[test]\n#[ignore = \"needs a GPU\"]\n")).is_empty());
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_a_relative_one_is_not() {
        for path in MACHINE_PATHS {
            for line in [format!("see {path}a"), format!("`{path}a`"), format!("{path}a")] {
                assert_eq!(machine_paths(&text("a.md", &line)).len(), 1, "{line}");
            }
            let inside = format!("see target{path}a and ${{X}}{path}a and https://a.org{path}a");
            assert_eq!(machine_paths(&text("a.md", &inside)), []);
        }
    }

    #[test]
    fn a_crate_that_brings_nothing_is_told_what_it_lacks() {
        let package = Package {
            name: "hepsys-a".to_owned(),
            version: "0.1.0".to_owned(),
            publish: None,
            dependencies: Vec::new(),
        };
        let bare = Repository::of(&[("crates/hepsys-a/src/lib.rs", "//! The mean is $x + y$.\n")]);
        let messages: Vec<String> =
            belongings(&package, &bare).into_iter().map(|found| found.message).collect();
        assert_eq!(
            messages,
            [
                "no README.md",
                "the crate page has to be README.md",
                "formulas need katex-header.html in the crate and in [package.metadata.docs.rs]",
                "no public error type",
            ]
        );
        let whole = Repository::of(&[
            ("crates/hepsys-a/README.md", "# a\n"),
            ("crates/hepsys-a/Cargo.toml", "rustdoc-args = [\"--html-in-header\", \"katex-header.html\"]\n"),
            ("crates/hepsys-a/katex-header.html", ""),
            ("crates/hepsys-a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n//! $x + y$\n"),
            ("crates/hepsys-a/src/error.rs", "#[derive(Error)]\npub enum AError {\n}\n"),
        ]);
        assert_eq!(belongings(&package, &whole), []);
    }

    #[test]
    fn dollars_in_code_are_no_formula() {
        assert!(has_dollars("the mean is $x$"));
        assert!(!has_dollars("set `$A` and `$B`") && !has_dollars("costs 3 $"));
    }
}
