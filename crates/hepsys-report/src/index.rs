use crate::page::{badge, counts_in_words, document};
use crate::text::escape;
use crate::{StudyRecord, Verdict, VerdictCounts};

/// A line of the index page: a study, how it went, and where its page is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexEntry {
    /// The name of the study.
    pub study: String,
    /// What it is about.
    pub title: String,
    /// How much statistics it used.
    pub profile: String,
    /// How many of its quantities have each verdict.
    pub counts: VerdictCounts,
    /// The address of its page, relative to the index.
    pub href: String,
}

impl IndexEntry {
    /// The line of a study whose page stands at `href`.
    #[must_use]
    pub fn new(record: &StudyRecord, title: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            study: record.study.clone(),
            title: title.into(),
            profile: record.profile.clone(),
            counts: record.counts(),
            href: href.into(),
        }
    }
}

/// The page that lists the studies.
///
/// ```
/// use hepsys_report::{IndexEntry, JudgedQuantity, StudyRecord, index};
/// let record = StudyRecord::new("nplm-1d", "quick", 42, "0.1.0")
///     .quantity(JudgedQuantity::judged("mean of t", "1", 105.6, 106.0, 3.0));
/// let html = index(&[IndexEntry::new(&record, "One-dimensional toy", "nplm-1d/index.html")]);
/// assert!(html.contains("<a href=\"nplm-1d/index.html\">nplm-1d</a>"));
/// ```
#[must_use]
pub fn index(entries: &[IndexEntry]) -> String {
    let sum = |of: fn(&VerdictCounts) -> usize| entries.iter().map(|e| of(&e.counts)).sum();
    let total = VerdictCounts { pass: sum(|c| c.pass), fail: sum(|c| c.fail), reported: sum(|c| c.reported) };
    let studies =
        if entries.len() == 1 { "1 study".to_owned() } else { format!("{} studies", entries.len()) };
    let rows: String = entries.iter().map(row).collect();
    let body = format!(
        "<header>\n<h1>Studies</h1>\n<p>{studies}. {}</p>\n</header>\n<main id=\"main\">\n\
         <div class=\"scroll\"><table class=\"verdicts\">\n<thead><tr><th scope=\"col\">verdict</th>\
         <th scope=\"col\">study</th><th scope=\"col\">about</th><th scope=\"col\">profile</th>\
         <th scope=\"col\">passed</th><th scope=\"col\">failed</th><th scope=\"col\">reported</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n</main>\n",
        escape(&counts_in_words(total))
    );
    document("Studies", &body)
}

fn row(entry: &IndexEntry) -> String {
    let IndexEntry { study, title, profile, counts, href } = entry;
    let verdict = match counts {
        VerdictCounts { fail: 0, pass: 0, .. } => Verdict::Reported,
        VerdictCounts { fail: 0, .. } => Verdict::Pass,
        _ => Verdict::Fail,
    };
    format!(
        "<tr class=\"{}\"><td>{}</td><th scope=\"row\"><a href=\"{}\">{}</a></th><td>{}</td><td>{}</td>\
         <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        verdict.word(),
        badge(verdict),
        escape(href),
        escape(study),
        escape(title),
        escape(profile),
        counts.pass,
        counts.fail,
        counts.reported
    )
}
