use hepsys_core::Summary;
use hepsys_core::summary::{Block, Table};

use crate::StudyRecord;
use crate::number::{format_value, format_with_uncertainty};
use crate::page::{opening, quantity_cells, record_table};
use crate::text::{markdown as escape, unique_slugs};

/// A summary as Markdown; figures are links to `figures/<name>.svg`, where [`write_report`](crate::write_report)
/// puts them.
///
/// # Examples
///
/// ```
/// use hepsys_report::summary::{Quantity, Summary};
/// let summary = Summary::new("Test").quantity(Quantity::new("t", 105.61, "1").with_uncertainty(1.4));
/// let text = hepsys_report::markdown(&summary);
/// assert!(text.starts_with("# Test\n"));
/// assert!(text.contains("| t | 105.6 ± 1.4 |  |"));
/// ```
#[must_use]
pub fn markdown(summary: &Summary) -> String {
    with_record(summary, None)
}

pub(crate) fn with_record(summary: &Summary, record: Option<&StudyRecord>) -> String {
    let mut out = format!("# {}\n\n", escape(&summary.title));
    let opening = opening(summary);
    for text in &opening {
        out.push_str(&format!("{}\n\n", escape(text)));
    }
    if let Some(record) = record {
        let counts = record.counts();
        out.push_str(&format!(
            "{}, profile {}, seed {}, version {}: {} passed, {} failed, {} reported.\n\n",
            escape(&record.study),
            escape(&record.profile),
            record.seed,
            escape(&record.version),
            counts.pass,
            counts.fail,
            counts.reported
        ));
        push_table(&mut out, &record_table(record));
    }
    let names = unique_slugs(summary.figures().map(|f| f.name.as_str()));
    let mut names = names.iter().enumerate();
    let mut quantities = Vec::new();
    for block in &summary.blocks[opening.len()..] {
        if let Block::Quantity(quantity) = block {
            quantities.push(quantity_cells(quantity).to_vec());
            continue;
        }
        push_quantities(&mut out, &mut quantities);
        match block {
            Block::Heading(heading) => out.push_str(&format!("## {}\n\n", escape(heading))),
            Block::Text(text) => out.push_str(&format!("{}\n\n", escape(text))),
            Block::Table(table) => push_table(&mut out, table),
            Block::Figure(figure) => {
                if let Some((i, name)) = names.next() {
                    let caption = escape(&figure.caption);
                    out.push_str(&format!("![{caption}](figures/{name}.svg)\n\n"));
                    out.push_str(&format!("**Figure {}.** {caption}\n\n", i + 1));
                }
            }
            _ => {}
        }
    }
    push_quantities(&mut out, &mut quantities);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn push_quantities(out: &mut String, quantities: &mut Vec<Vec<String>>) {
    if !quantities.is_empty() {
        let columns = ["quantity", "value", "unit"].map(str::to_owned).to_vec();
        push_table(out, &Table { caption: String::new(), columns, rows: std::mem::take(quantities) });
    }
}

fn push_table(out: &mut String, table: &Table) {
    if !table.caption.is_empty() {
        out.push_str(&format!("{}\n\n", escape(&table.caption)));
    }
    let row = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" | "))
    };
    out.push_str(&row(&table.columns));
    out.push_str(&format!("|{}\n", " --- |".repeat(table.columns.len().max(1))));
    for cells in &table.rows {
        out.push_str(&row(cells));
    }
    out.push('\n');
}

/// A number with its uncertainty, if it has one.
pub(crate) fn number(value: f64, uncertainty: Option<f64>) -> String {
    uncertainty.map_or_else(|| format_value(value), |u| format_with_uncertainty(value, u))
}
