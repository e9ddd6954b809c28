//! What a result says of itself, as plain data: numbers, tables and figures that a report can render.
//!
//! A method makes a [`Summary`]; it neither draws nor prints.

mod figure;
mod layer;

use serde::{Deserialize, Serialize};

pub use figure::{Axis, Figure, Panel, Role};
pub use layer::Layer;

/// A result in words, numbers, tables and figures, in reading order.
///
/// ```
/// use hepsys_core::summary::{Quantity, Summary};
/// let summary = Summary::new("Counting experiment")
///     .text("Events above threshold, compared with the expectation.")
///     .quantity(Quantity::new("observed", 7.0, "events"))
///     .quantity(Quantity::new("expected", 5.2, "events").with_uncertainty(0.4));
/// assert_eq!(summary.quantities().count(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// The title.
    pub title: String,
    /// What follows, in order.
    pub blocks: Vec<Block>,
}

/// One part of a summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "a summary has a few dozen blocks, and a box would show in the API"
)]
pub enum Block {
    /// The heading of what follows.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// One number.
    Quantity(Quantity),
    /// Rows and columns.
    Table(Table),
    /// A plot.
    Figure(Figure),
}

impl Summary {
    /// A summary that says nothing yet.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), blocks: Vec::new() }
    }

    /// Adds a heading.
    #[must_use]
    pub fn heading(self, heading: impl Into<String>) -> Self {
        self.block(Block::Heading(heading.into()))
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.block(Block::Text(text.into()))
    }

    /// Adds a number.
    #[must_use]
    pub fn quantity(self, quantity: Quantity) -> Self {
        self.block(Block::Quantity(quantity))
    }

    /// Adds a table.
    #[must_use]
    pub fn table(self, table: Table) -> Self {
        self.block(Block::Table(table))
    }

    /// Adds a figure.
    #[must_use]
    pub fn figure(self, figure: Figure) -> Self {
        self.block(Block::Figure(figure))
    }

    /// The same with `prefix` and a hyphen before the name of each figure, for figures of one page need names of their own.
    #[must_use]
    pub fn prefix_figures(mut self, prefix: &str) -> Self {
        for block in &mut self.blocks {
            if let Block::Figure(figure) = block {
                figure.name = format!("{prefix}-{}", figure.name);
            }
        }
        self
    }

    /// Adds everything another summary says, under its title.
    #[must_use]
    pub fn section(mut self, other: Self) -> Self {
        self.blocks.push(Block::Heading(other.title));
        self.blocks.extend(other.blocks);
        self
    }

    /// Adds everything another summary says, without its title.
    #[must_use]
    pub fn append(mut self, other: Self) -> Self {
        self.blocks.extend(other.blocks);
        self
    }

    /// The numbers, in order.
    pub fn quantities(&self) -> impl Iterator<Item = &Quantity> {
        self.blocks.iter().filter_map(|b| match b {
            Block::Quantity(q) => Some(q),
            _ => None,
        })
    }

    /// The figures, in order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.blocks.iter().filter_map(|b| match b {
            Block::Figure(f) => Some(f),
            _ => None,
        })
    }

    fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

/// A number with its unit and, where it has one, its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// One standard deviation, or `None` for an exact number.
    pub uncertainty: Option<f64>,
    /// Its unit; `1` for a number without dimension.
    pub unit: String,
}

impl Quantity {
    /// A number without uncertainty.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: impl Into<String>) -> Self {
        Self { name: name.into(), value, uncertainty: None, unit: unit.into() }
    }

    /// The same number with one standard deviation.
    #[must_use]
    pub fn with_uncertainty(mut self, uncertainty: f64) -> Self {
        self.uncertainty = Some(uncertainty);
        self
    }
}

/// Rows and columns of text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The head of each column.
    pub columns: Vec<String>,
    /// The rows, each with one cell a column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new<S: Into<String>>(caption: impl Into<String>, columns: impl IntoIterator<Item = S>) -> Self {
        Self {
            caption: caption.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// Unless it has one cell for each column.
    #[must_use]
    pub fn row<S: Into<String>>(mut self, cells: impl IntoIterator<Item = S>) -> Self {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert_eq!(cells.len(), self.columns.len(), "one cell for each column of \"{}\"", self.caption);
        self.rows.push(cells);
        self
    }
}
