//! Docs: a page for each crate, citations that exist, links that lead somewhere.

use std::collections::BTreeSet;

use super::Violation;
use super::repository::{Repository, Text};
use crate::workspace::Metadata;

const BIBLIOGRAPHY: &str = "docs/references.bib";

/// The facade's page is the index of the docs.
const WITHOUT_PAGE: [&str; 1] = ["hepsys"];

pub(super) fn check(metadata: &Metadata, repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    let published = metadata.packages.iter().filter(|package| package.is_published());
    for package in published.filter(|package| !WITHOUT_PAGE.contains(&package.name.as_str())) {
        let page = page_of(&package.name);
        if !repository.has(&page) {
            violations.push(Violation::new(&package.name, format!("no page {page}")));
        }
    }
    let known = keys(repository.text(BIBLIOGRAPHY).unwrap_or_default());
    for text in repository.texts().filter(|text| text.path.ends_with(".md") || text.path.ends_with(".rs")) {
        violations.extend(citations(text, &known));
    }
    for page in repository.ending(".md") {
        violations.extend(links(page, repository));
    }
    violations
}

fn page_of(name: &str) -> String {
    format!("docs/{}.md", name.strip_prefix("hepsys-").unwrap_or(name))
}

/// The keys of a BibTeX file.
fn keys(bibliography: &str) -> BTreeSet<&str> {
    bibliography.lines().filter_map(key).collect()
}

/// The key of an entry's first line, `@article{key, …`.
fn key(line: &str) -> Option<&str> {
    let (_, rest) = line.trim_start().strip_prefix('@')?.split_once('{')?;
    rest.split(',').next().map(str::trim)
}

/// A citation is a key in backticks or brackets, a surname and a year: `dagnolo2019`, \[dagnolo2019\].
fn citations(text: &Text, known: &BTreeSet<&str>) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in text.lines() {
        let is_prose = text.path.ends_with(".md") || line.trim_start().starts_with("//");
        let words = line.split(['`', '[', ']', '@', ',', ';', ' ']).filter(|word| is_prose && is_key(word));
        for key in words.filter(|key| !known.contains(key)) {
            let message = format!("cites {key}, which {BIBLIOGRAPHY} does not have");
            violations.push(Violation::new(text.place(number), message));
        }
    }
    violations
}

/// Whether a word looks like a key: lower-case letters, a year, at most one letter.
fn is_key(word: &str) -> bool {
    let surname = word.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    let year = surname.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let n_letters = word.len() - surname.len();
    n_letters >= 2
        && surname.len() - year.len() <= 1
        && year.len() == 4
        && year.bytes().all(|digit| digit.is_ascii_digit())
        && (year.starts_with("19") || year.starts_with("20"))
}

/// Relative links of a page lead to files; addresses and names of Rust items are others' business.
fn links(page: &Text, repository: &Repository) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut in_code = false;
    for (number, line) in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        // Every second piece between backticks is code.
        let prose: Vec<&str> = line.split('`').step_by(2).collect();
        for target in prose.join("code").split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split(['#', ' ']).next().unwrap_or_default();
            let is_elsewhere = path.is_empty() || path.contains(':');
            if !in_code && !is_elsewhere && !repository.has(&resolve(&page.path, path)) {
                violations
                    .push(Violation::new(page.place(number), format!("the link to {path} leads nowhere")));
            }
        }
    }
    violations
}

/// A path as seen from a page, counted from the root.
fn resolve(page: &str, path: &str) -> String {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // Above the root: no file has such a name, so the link is reported.
            ".." if parts.last().is_none_or(|last| *last == "..") => parts.push(".."),
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Package;

    fn page(path: &str, content: &str) -> Text {
        Text { path: path.to_owned(), content: content.to_owned() }
    }

    #[test]
    fn a_published_crate_without_a_page_is_found() {
        let package = |name: &str, publish| Package {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            publish,
            dependencies: Vec::new(),
        };
        let packages =
            vec![package("hepsys-a", None), package("hepsys", None), package("xtask", Some(Vec::new()))];
        let metadata = Metadata { packages };
        let found = check(&metadata, &Repository::of(&[]));
        assert_eq!(found, [Violation::new("hepsys-a", "no page docs/a.md")]);
        assert_eq!(check(&metadata, &Repository::of(&[("docs/a.md", "")])), []);
    }

    #[test]
    fn a_citation_without_an_entry_is_found_in_pages_and_in_docs_of_items() {
        let known = keys("@article{dagnolo2019, author = {A}}\n@book{wald1943,\n  author = {B}}\n");
        assert_eq!(known.iter().copied().collect::<Vec<_>>(), ["dagnolo2019", "wald1943"]);
        for (path, line) in
            [("a.md", "see [wilks1938]"), ("a.rs", "/// - `wilks1938`"), ("a.md", "[@wilks1938]")]
        {
            let found = citations(&page(path, line), &known);
            let place = format!("{path}:1");
            assert_eq!(
                found,
                [Violation::new(place, "cites wilks1938, which docs/references.bib does not have")]
            );
        }
        assert_eq!(
            citations(&page("a.md", "see `dagnolo2019`, [wald1943]; ubuntu1604 and 2019"), &known),
            []
        );
        assert_eq!(citations(&page("a.rs", "let wilks1938 = 1;"), &known), []);
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        let repository =
            Repository::of(&[("docs/a.md", ""), ("docs/design/0001-b.md", ""), ("README.md", "")]);
        let content = "[a](../a.md#part) [b](0001-b.md) [root](../../README.md) [c](https://a.org) [d](#here)\n\
                       `[e](x.md)`\n```rust\n[f](x.md)\n```\n[g](crate::G) [folder](../design)\n";
        assert_eq!(links(&page("docs/design/0001-b.md", content), &repository), []);
        for target in ["x.md", "../x.md", "../../../README.md"] {
            let found = links(&page("docs/design/0001-b.md", &format!("[x]({target})")), &repository);
            let message = format!("the link to {target} leads nowhere");
            assert_eq!(found, [Violation::new("docs/design/0001-b.md:1", message)]);
        }
    }
}
