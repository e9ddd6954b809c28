//! Files, each written whole or not at all.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::text::unique_slugs;
use crate::{IndexEntry, Page, ReportError, Style, index, json, svg};

/// Writes a page and all that belongs to it into `directory`, which is made where it is missing.
///
/// | file | holds |
/// | --- | --- |
/// | `figures/*.svg` | each figure at the width of a journal's column |
/// | `report.json`, `report.md` | the summary |
/// | `index.html` | the page, which needs none of the other files |
/// | `summary.json` | the record, if the page has one; written last |
///
/// Each file replaces its predecessor in one step, so a reader never sees half of one.
/// Figures that an earlier page left and this one does not have are removed.
///
/// # Errors
///
/// If a file cannot be written. A figure that cannot be drawn is no error: the page says why in its place.
pub fn write_report(directory: impl AsRef<Path>, page: &Page<'_>) -> Result<(), ReportError> {
    let directory = directory.as_ref();
    let summary = page.summary();
    let names = unique_slugs(summary.figures().map(|f| f.name.as_str()));
    let mut figures = Vec::new();
    for (figure, name) in summary.figures().zip(names) {
        if let Ok(drawing) = svg(figure, &Style::default()) {
            let path = directory.join("figures").join(format!("{name}.svg"));
            write_file(&path, &drawing)?;
            figures.push(path);
        }
    }
    remove_other_figures(&directory.join("figures"), &figures)?;
    write_file(directory.join("report.json"), &json(summary)?)?;
    write_file(directory.join("report.md"), &page.markdown())?;
    write_file(directory.join("index.html"), &page.html())?;
    match page.study_record() {
        Some(record) => write_file(directory.join("summary.json"), &record.to_json()?),
        None => Ok(()),
    }
}

fn remove_other_figures(folder: &Path, figures: &[PathBuf]) -> Result<(), ReportError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let is_drawing = path.extension().is_some_and(|extension| extension == "svg");
        if is_drawing && !figures.contains(&path) {
            fs::remove_file(&path).map_err(|source| ReportError::Io { path, source })?;
        }
    }
    Ok(())
}

/// Writes the list of studies as `index.html` into `directory`, which is made where it is missing.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_index(directory: impl AsRef<Path>, entries: &[IndexEntry]) -> Result<(), ReportError> {
    write_file(directory.as_ref().join("index.html"), &index(entries))
}

/// Writes a text file in one step: beside its place first, then renamed onto it.
///
/// # Errors
///
/// If the directory cannot be made or the file not be written.
pub fn write_file(path: impl AsRef<Path>, text: &str) -> Result<(), ReportError> {
    let path = path.as_ref();
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| ReportError::Io { path, source }
    };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&directory).map_err(at(&directory))?;
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let partial = directory.join(format!(".{name}.{}.partial", std::process::id()));
    let written = fs::File::create(&partial)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // What remains of a failed attempt helps nobody; that it may not be there is no second error.
        let _ = fs::remove_file(&partial);
    }
    written.map_err(at(path))
}
