//! The blocks of a summary as HTML, in sections under their headings.

use hepsys_core::Summary;
use hepsys_core::summary::{Block, Figure, Quantity, Table};

use super::{data, quantity_cells};
use crate::Style;
use crate::plot::drawing;
use crate::text::{escape, unique_slugs};

/// More figures than this are folded away in the table of contents.
const MANY_FIGURES: usize = 12;

/// The sections of a page and what its table of contents lists.
pub(super) struct Content {
    /// The paragraphs that the summary begins with: what the page is about.
    pub(super) opening: String,
    pub(super) html: String,
    headings: Vec<(String, String)>,
    figures: Vec<(String, String)>,
}

/// The paragraphs before everything else.
pub(crate) fn opening(summary: &Summary) -> Vec<&str> {
    summary
        .blocks
        .iter()
        .map_while(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

impl Content {
    pub(super) fn of(summary: &Summary) -> Self {
        let names = summary.blocks.iter().filter_map(|block| match block {
            Block::Heading(heading) => Some(format!("section {heading}")),
            Block::Figure(figure) => Some(format!("figure {}", figure.name)),
            _ => None,
        });
        let names: Vec<String> = names.collect();
        let mut ids = unique_slugs(names.iter().map(String::as_str)).into_iter();
        let opening = opening(summary);
        let mut content = Self {
            opening: opening.iter().map(|text| format!("<p>{}</p>\n", escape(text))).collect(),
            html: String::from("<section>\n"),
            headings: Vec::new(),
            figures: Vec::new(),
        };
        let mut quantities: Vec<&Quantity> = Vec::new();
        for block in &summary.blocks[opening.len()..] {
            if let Block::Quantity(quantity) = block {
                quantities.push(quantity);
                continue;
            }
            content.push_quantities(&mut quantities);
            match block {
                Block::Heading(heading) => {
                    let id = ids.next().unwrap_or_default();
                    content.html.push_str(&format!(
                        "</section>\n<section id=\"{id}\">\n<h2>{}</h2>\n",
                        escape(heading)
                    ));
                    content.headings.push((id, heading.clone()));
                }
                Block::Text(text) => content.html.push_str(&format!("<p>{}</p>\n", escape(text))),
                Block::Table(described) => content.html.push_str(&table(described)),
                Block::Figure(figure) => content.push_figure(figure, ids.next().unwrap_or_default()),
                _ => {}
            }
        }
        content.push_quantities(&mut quantities);
        content.html.push_str("</section>\n");
        content.html = content.html.replace("<section>\n</section>\n", "");
        content
    }

    /// The table of contents, where there is enough to list.
    pub(super) fn contents(&self, verdict: Option<&str>) -> String {
        if self.headings.len() + self.figures.len() < 4 {
            return String::new();
        }
        let link =
            |id: &str, text: &str| format!("<li><a href=\"#{}\">{}</a></li>\n", escape(id), escape(text));
        let mut sections = verdict.map_or_else(String::new, |heading| link("verdict", heading));
        sections.extend(self.headings.iter().map(|(id, heading)| link(id, heading)));
        let figures: String = self
            .figures
            .iter()
            .enumerate()
            .map(|(i, (id, name))| link(id, &format!("Figure {}: {name}", i + 1)))
            .collect();
        let figures = format!("<ul>\n{figures}</ul>");
        // A long list would stand in the way of what it leads to.
        let figures = if self.figures.len() > MANY_FIGURES {
            format!("<details><summary>{} figures</summary>\n{figures}\n</details>", self.figures.len())
        } else {
            figures
        };
        format!(
            "<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<div>\n<ul>\n{sections}</ul>\n{figures}\n</div>\n</nav>\n"
        )
    }

    fn push_quantities(&mut self, quantities: &mut Vec<&Quantity>) {
        if quantities.is_empty() {
            return;
        }
        // A column of units stands only where there is a unit.
        let has_units = quantities.iter().any(|q| !quantity_cells(q)[2].is_empty());
        let unit_cell =
            |unit: &str| if has_units { format!("<td>{}</td>", escape(unit)) } else { String::new() };
        let rows: String = quantities
            .drain(..)
            .map(|quantity| {
                let [name, value, unit] = quantity_cells(quantity);
                format!(
                    "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td>{}</tr>\n",
                    escape(&name),
                    escape(&value),
                    unit_cell(&unit)
                )
            })
            .collect();
        let unit_head = if has_units { "<th scope=\"col\">unit</th>" } else { "" };
        self.html.push_str(&format!(
            "<div class=\"scroll\"><table class=\"quantities\">\n<thead><tr><th scope=\"col\">quantity</th>\
             <th scope=\"col\">value</th>{unit_head}</tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table></div>\n"
        ));
    }

    fn push_figure(&mut self, figure: &Figure, id: String) {
        let number = self.figures.len() + 1;
        let drawn = drawing(figure, &Style::page(), &id).unwrap_or_else(|error| {
            format!(
                "<p class=\"missing\">This figure could not be drawn: {}.</p>\n",
                escape(&error.to_string())
            )
        });
        self.html.push_str(&format!(
            "<figure id=\"{id}\">\n{drawn}<figcaption><a href=\"#{id}\"><b>Figure {number}.</b></a> {}</figcaption>\n{}</figure>\n",
            escape(&figure.caption),
            data::tables(figure)
        ));
        self.figures.push((id, figure.name.clone()));
    }
}

/// A table with its caption.
pub(super) fn table(table: &Table) -> String {
    let caption = if table.caption.is_empty() {
        String::new()
    } else {
        format!("<caption>{}</caption>\n", escape(&table.caption))
    };
    let head: String =
        table.columns.iter().map(|c| format!("<th scope=\"col\">{}</th>", escape(c))).collect();
    let rows: String = table
        .rows
        .iter()
        .map(|cells| {
            let cells: String =
                cells.iter().map(|c| format!("<td{}>{}</td>", alignment(c), escape(c))).collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table>\n{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// Numbers stand under each other.
fn alignment(cell: &str) -> &'static str {
    let begins_a_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '−' | '+' | '(' | '.');
    if cell.chars().next().is_some_and(begins_a_number) { " class=\"number\"" } else { "" }
}
