//! What tidy looks at: the text files of the repository, and the names of all its files.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::workspace::output;

/// The files that git tracks, or would.
pub(super) struct Repository {
    names: BTreeSet<String>,
    texts: Vec<Text>,
}

/// A text file; its path runs from the root, with forward slashes.
pub(super) struct Text {
    pub(super) path: String,
    pub(super) content: String,
}

/// Endings of files that people read; generated text (lock files, data) is not among them.
const TEXT_ENDINGS: [&str; 14] = [
    ".rs",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".py",
    ".sh",
    ".html",
    ".bib",
    ".cff",
    ".gitignore",
    ".gitattributes",
    ".ci/run",
    ".css",
];

impl Repository {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut list = Command::new("git");
        list.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let mut names: Vec<String> = match output(&mut list) {
            Ok(names) => names.split_terminator('\0').map(str::to_owned).collect(),
            // A copy of the sources without their history.
            Err(_) => {
                let mut names = Vec::new();
                walk(root, "", &mut names)?;
                names
            }
        };
        // git still lists what was deleted a moment ago.
        names.retain(|name| root.join(name).is_file());
        let mut texts = Vec::new();
        for path in names.iter().filter(|name| TEXT_ENDINGS.iter().any(|ending| name.ends_with(ending))) {
            let content = std::fs::read_to_string(root.join(path))
                .map_err(|error| format!("cannot read {path}: {error}"))?;
            texts.push(Text { path: path.clone(), content });
        }
        Ok(Self { names: names.into_iter().collect(), texts })
    }

    /// A repository made up for a test.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let text =
            |&(path, content): &(&str, &str)| Text { path: path.to_owned(), content: content.to_owned() };
        let texts: Vec<Text> = files.iter().map(text).collect();
        Self { names: texts.iter().map(|text| text.path.clone()).collect(), texts }
    }

    pub(super) fn n_files(&self) -> usize {
        self.names.len()
    }

    /// Whether a file or a folder is there; the path runs from the root.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.names.contains(path)
            || self.names.range(folder.clone()..).next().is_some_and(|name| name.starts_with(&folder))
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        self.texts.iter()
    }

    /// The texts whose names end so.
    pub(super) fn ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a Text> {
        self.texts().filter(move |text| text.path.ends_with(ending))
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts().find(|text| text.path == path).map(|text| text.content.as_str())
    }
}

impl Text {
    /// Lines with their numbers, counted from one.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.content.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// A line of this file as the place of a violation.
    pub(super) fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Every file below a folder, without what is built and what is hidden from users.
fn walk(folder: &Path, prefix: &str, names: &mut Vec<String>) -> Result {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if name != "target" && name != ".git" {
                walk(&entry.path(), &format!("{path}/"), names)?;
            }
        } else {
            names.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_when_a_file_in_it_is() {
        let repository = Repository::of(&[("docs/nplm.md", ""), ("docs.toml", "")]);
        assert!(repository.has("docs") && repository.has("docs/nplm.md") && repository.has(""));
        assert!(!repository.has("doc") && !repository.has("docs/nn.md"));
    }

    #[test]
    fn sources_without_a_history_are_walked() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["target", "src"] {
            std::fs::create_dir(folder.path().join(path)).unwrap();
            std::fs::write(folder.path().join(path).join("a.rs"), "").unwrap();
        }
        let mut names = Vec::new();
        walk(folder.path(), "", &mut names).unwrap();
        assert_eq!(names, ["src/a.rs"]);
    }
}
