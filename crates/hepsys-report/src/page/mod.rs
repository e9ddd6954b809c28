//! One study on one page that needs nothing else: no network, no script, no other file.

mod blocks;
mod data;
mod theme;

use hepsys_core::Summary;
use hepsys_core::summary::{Quantity, Table};

use crate::markdown::{number, with_record};
use crate::number::format_tolerance;
use crate::text::escape;
use crate::{StudyRecord, Verdict, VerdictCounts};

pub(crate) use blocks::opening;
pub(crate) use theme::stylesheet;

/// A page about a study.
///
/// ```
/// use hepsys_report::summary::Summary;
/// use hepsys_report::{JudgedQuantity, Page, StudyRecord};
/// let summary = Summary::new("A search").text("Nothing was found.");
/// let record = StudyRecord::new("search", "quick", 42, "0.1.0")
///     .quantity(JudgedQuantity::judged("mean of t", "1", 105.6, 106.0, 3.0));
/// let html = Page::new(&summary).record(&record).meta("Wall time", "71 s").html();
/// assert!(html.contains("✓ pass"));
/// ```
#[derive(Debug, Clone)]
pub struct Page<'a> {
    summary: &'a Summary,
    record: Option<&'a StudyRecord>,
    meta: Vec<(String, String)>,
    index: Option<String>,
}

impl<'a> Page<'a> {
    /// A page that shows a summary.
    #[must_use]
    pub fn new(summary: &'a Summary) -> Self {
        Self { summary, record: None, meta: Vec::new(), index: None }
    }

    /// Begins the page with the verdicts of a record.
    #[must_use]
    pub fn record(mut self, record: &'a StudyRecord) -> Self {
        self.record = Some(record);
        self
    }

    /// Adds a line below the title, such as the machine or the version.
    #[must_use]
    pub fn meta(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.meta.push((name.into(), value.into()));
        self
    }

    /// Links back to the index page at this relative address.
    #[must_use]
    pub fn index_at(mut self, href: impl Into<String>) -> Self {
        self.index = Some(href.into());
        self
    }

    /// The page as HTML.
    ///
    /// A figure that cannot be drawn is replaced by the reason.
    #[must_use]
    pub fn html(&self) -> String {
        let mut body = String::from("<header>\n");
        if let Some(index) = &self.index {
            body.push_str(&format!("<p class=\"up\"><a href=\"{}\">All studies</a></p>\n", escape(index)));
        }
        body.push_str(&format!("<h1>{}</h1>\n", escape(&self.summary.title)));
        body.push_str(&self.meta_list());
        body.push_str("</header>\n");
        let content = blocks::Content::of(self.summary);
        body.push_str(&content.contents(self.record.map(verdict_heading)));
        body.push_str("<main id=\"main\">\n");
        body.push_str(&content.opening);
        if let Some(record) = self.record {
            body.push_str(&verdict_section(record));
        }
        body.push_str(&content.html);
        body.push_str("</main>\n");
        body.push_str(&data::block("summary-data", self.summary));
        if let Some(record) = self.record {
            body.push_str(&data::block("record-data", record));
        }
        document(&self.summary.title, &body)
    }

    /// The page as Markdown, in the same order.
    #[must_use]
    pub fn markdown(&self) -> String {
        with_record(self.summary, self.record)
    }

    pub(crate) fn summary(&self) -> &'a Summary {
        self.summary
    }

    pub(crate) fn study_record(&self) -> Option<&'a StudyRecord> {
        self.record
    }

    fn meta_list(&self) -> String {
        let mut lines: Vec<(String, String)> = Vec::new();
        if let Some(record) = self.record {
            lines.push(("Study".to_owned(), record.study.clone()));
            lines.push(("Profile".to_owned(), record.profile.clone()));
            lines.push(("Seed".to_owned(), record.seed.to_string()));
            lines.push(("Version".to_owned(), record.version.clone()));
        }
        lines.extend(self.meta.iter().cloned());
        if lines.is_empty() {
            return String::new();
        }
        let items: String = lines
            .iter()
            .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(value)))
            .collect();
        format!("<dl class=\"meta\">\n{items}</dl>\n")
    }
}

/// A whole document around a body; it is well-formed XML too.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <meta name=\"generator\" content=\"hepsys-report\"/>\n\
         <title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title),
        stylesheet()
    )
}

/// How many passed, failed and are reported, in a sentence.
pub(crate) fn counts_in_words(counts: VerdictCounts) -> String {
    let judged = counts.pass + counts.fail;
    let quantities = |n: usize| if n == 1 { "1 quantity".to_owned() } else { format!("{n} quantities") };
    let verdict = match (judged, counts.fail) {
        (0, _) => "Nothing was judged".to_owned(),
        (_, 0) => format!("{} judged, all within tolerance", quantities(judged)),
        (_, n) => format!("{} judged, {n} outside tolerance", quantities(judged)),
    };
    if counts.reported > 0 {
        format!("{verdict}; {} reported only.", counts.reported)
    } else {
        format!("{verdict}.")
    }
}

/// Mark and word of a verdict.
pub(crate) fn badge(verdict: Verdict) -> String {
    let word = verdict.word();
    format!("<span class=\"verdict {word}\">{} {word}</span>", verdict.mark())
}

fn verdict_section(record: &StudyRecord) -> String {
    let table = record_table(record);
    let head: String =
        table.columns.iter().map(|c| format!("<th scope=\"col\">{}</th>", escape(c))).collect();
    let rows: String = table
        .rows
        .iter()
        .zip(&record.quantities)
        .map(|(cells, quantity)| {
            let [_, name, rest @ .., source] = cells.as_slice() else { return String::new() };
            let numbers: String = rest.iter().map(|c| format!("<td class=\"number\">{}</td>", escape(c))).collect();
            format!(
                "<tr class=\"{}\"><td>{}</td><th scope=\"row\">{}</th>{numbers}<td class=\"source\">{}</td></tr>\n",
                quantity.verdict.word(),
                badge(quantity.verdict),
                escape(name),
                escape(source)
            )
        })
        .collect();
    format!(
        "<section id=\"verdict\">\n<h2>{}</h2>\n<p>{}</p>\n<div class=\"scroll\"><table class=\"verdicts\">\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n</section>\n",
        verdict_heading(record),
        escape(&counts_in_words(record.counts()))
    )
}

/// Where nothing is judged there is no verdict.
pub(crate) fn verdict_heading(record: &StudyRecord) -> &'static str {
    let counts = record.counts();
    if counts.pass + counts.fail > 0 { "Verdict" } else { "In numbers" }
}

/// The verdicts of a record in words.
pub(crate) fn record_table(record: &StudyRecord) -> Table {
    let rows = record
        .quantities
        .iter()
        .map(|q| {
            let expected = match (q.expected, q.tolerance) {
                (Some(expected), Some(tolerance)) => {
                    format!("{} (within {})", number(expected, None), format_tolerance(tolerance))
                }
                (Some(expected), None) => number(expected, None),
                (None, _) => String::new(),
            };
            vec![
                format!("{} {}", q.verdict.mark(), q.verdict.word()),
                q.name.clone(),
                number(q.measured, q.uncertainty),
                expected,
                unit(&q.unit),
                q.source.clone(),
            ]
        })
        .collect();
    let columns =
        ["verdict", "quantity", "measured", "expected", "unit", "source"].map(str::to_owned).to_vec();
    Table { caption: String::new(), columns, rows }
}

/// Name, value and unit of a number.
pub(crate) fn quantity_cells(quantity: &Quantity) -> [String; 3] {
    [quantity.name.clone(), number(quantity.value, quantity.uncertainty), unit(&quantity.unit)]
}

fn unit(unit: &str) -> String {
    if unit == "1" { String::new() } else { unit.to_owned() }
}
