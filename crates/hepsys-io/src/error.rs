use std::io;

use hepsys_core::CoreError;
use thiserror::Error;

/// What can be wrong with a file of events.
///
/// Every message starts with the file; events are counted from zero.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IoError {
    /// The operating system could not read the file.
    #[error("{file}: cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The operating system could not write the file.
    #[error("{file}: cannot be written: {source}")]
    Write {
        /// The file.
        file: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// Neither content nor extension tell the format.
    #[error("{file}: expected a Parquet, Arrow, CSV, NPY, NPZ or HDF5 file, found {found}")]
    UnknownFormat {
        /// The file.
        file: String,
        /// How it starts, or how its name ends.
        found: String,
    },
    /// The format, or something that it may contain, is not supported.
    #[error("{file}: {what}")]
    NotSupported {
        /// The file.
        file: String,
        /// What is not supported.
        what: String,
    },
    /// There is not a single byte.
    #[error("{file}: the file is empty")]
    Empty {
        /// The file.
        file: String,
    },
    /// The file is truncated, corrupt, or not of the format that it claims.
    #[error("{file}: not a whole {format} file: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// The format expected.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A column asked for is not there.
    #[error("{file}: no column {}; the file has {}", alternatives(names), list(available))]
    MissingColumn {
        /// The file.
        file: String,
        /// The column, or the names that would do.
        names: Vec<String>,
        /// The columns there are.
        available: Vec<String>,
    },
    /// A column appears twice, in the file or among those asked for.
    #[error("{file}: column \"{column}\" appears twice")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// No column holds numbers.
    #[error("{file}: no column holds numbers; the file has {}", list(available))]
    NoNumbers {
        /// The file.
        file: String,
        /// The columns there are.
        available: Vec<String>,
    },
    /// A column asked for does not hold one number for each event.
    #[error("{file}: column \"{column}\" must hold one number an event, but it holds {found}")]
    WrongType {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// What it holds.
        found: String,
    },
    /// A cell of a text file is not a number.
    #[error("{file}: column \"{column}\" must hold numbers, but event {event} has \"{found}\"")]
    NotANumber {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The event, counted from zero.
        event: usize,
        /// What stands there.
        found: String,
    },
    /// A value is none of those that a column may have.
    #[error("{file}: column \"{column}\" must hold {expected}, but event {event} has \"{found}\"")]
    Unexpected {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The event, counted from zero.
        event: usize,
        /// What it may hold.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A value is NaN or infinite.
    #[error("{file}: column \"{column}\" must be finite, but event {event} has {value}")]
    NotFinite {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The event, counted from zero.
        event: usize,
        /// The value.
        value: f64,
    },
    /// A value is finite in the unit of the file, but not in the one asked for.
    #[error("{file}: column \"{column}\" has {value:e} in event {event}, which is infinite in {unit}")]
    Overflow {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The event, counted from zero.
        event: usize,
        /// The value in the file.
        value: f64,
        /// The unit asked for.
        unit: String,
    },
    /// A value is missing.
    #[error("{file}: column \"{column}\" has no value for event {event}")]
    Null {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The event, counted from zero.
        event: usize,
    },
    /// A line of a text file has too many or too few fields.
    #[error("{file}: event {event} (line {line}) has {found} fields, expected {expected}")]
    Ragged {
        /// The file.
        file: String,
        /// The event, counted from zero.
        event: usize,
        /// The line of the file, counted from one.
        line: u64,
        /// How many fields the header names.
        expected: usize,
        /// How many the line has.
        found: usize,
    },
    /// Columns disagree about the number of events.
    #[error("{file}: column \"{column}\" has {found} events, expected {expected}")]
    LengthMismatch {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// How many events the first column has.
        expected: u64,
        /// How many this one has.
        found: u64,
    },
    /// The weights sum to less than zero.
    #[error(
        "{file}: the weights in column \"{column}\" sum to {total}, which is negative (`allow_negative_total` accepts that)"
    )]
    NegativeTotal {
        /// The file.
        file: String,
        /// The column of the weights.
        column: String,
        /// Their sum.
        total: f64,
    },
    /// Reading the file would take more memory than allowed.
    #[error(
        "{file}: {what} would take {needed} bytes, more than the limit of {limit} (`memory_limit` raises it)"
    )]
    TooLarge {
        /// The file.
        file: String,
        /// What is too large.
        what: String,
        /// How many bytes it would take.
        needed: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// An option names a column that is not read.
    #[error("{file}: the options give \"{column}\" a unit, but the columns read are {}", list(columns))]
    UnknownInOptions {
        /// The file.
        file: String,
        /// The column of the option.
        column: String,
        /// The columns that are read.
        columns: Vec<String>,
    },
    /// The unit of a column cannot become the one asked for.
    #[error("{file}: column \"{column}\" is in {from}, which cannot be converted to {to}")]
    UnitMismatch {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The unit in the file.
        from: String,
        /// The unit asked for.
        to: String,
    },
    /// A sample cannot be written in this format.
    #[error("{file}: the sample cannot be written: {reason}")]
    Unwritable {
        /// The file.
        file: String,
        /// What stands against it.
        reason: String,
    },
    /// The content of a file is not what its manifest says.
    #[error("{file}: expected {what} {expected}, found {found}")]
    Changed {
        /// The file.
        file: String,
        /// What differs: "sha256", "bytes".
        what: &'static str,
        /// What the manifest says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// A manifest does not list a file.
    #[error("{file}: lists no file \"{path}\"")]
    NotInManifest {
        /// The manifest.
        file: String,
        /// The file asked for.
        path: String,
    },
    /// A document is no workspace or patch set, or contradicts itself.
    #[cfg(feature = "workspaces")]
    #[error("{file}: {source}")]
    Workspace {
        /// The file.
        file: String,
        /// What is wrong, and where in the document.
        source: hepsys_stats::workspace::WorkspaceError,
    },
    /// A folder of workspaces lacks what was asked for, or has it more than once.
    #[cfg(feature = "workspaces")]
    #[error("{folder}: {problem}")]
    Archive {
        /// The folder.
        folder: String,
        /// What is missing or ambiguous.
        problem: String,
    },
    /// The columns do not make a sample.
    #[error("{file}: {source}")]
    Sample {
        /// The file.
        file: String,
        /// Why not.
        source: CoreError,
    },
}

impl IoError {
    pub(crate) fn read(file: &str, source: io::Error) -> Self {
        Self::Read { file: file.to_owned(), source }
    }

    #[expect(clippy::needless_pass_by_value, reason = "errors and texts are handed over and gone")]
    pub(crate) fn damaged(file: &str, format: &'static str, reason: impl ToString) -> Self {
        Self::Damaged { file: file.to_owned(), format, reason: reason.to_string() }
    }

    /// An error met while bytes of a known format were read: truncation and corruption are the file's fault.
    pub(crate) fn reading(file: &str, format: &'static str, error: io::Error) -> Self {
        use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
        match error.kind() {
            UnexpectedEof => Self::damaged(file, format, "it ends too early"),
            InvalidData | InvalidInput | Other => Self::damaged(file, format, error),
            _ => Self::read(file, error),
        }
    }
}

fn list(names: &[String]) -> String {
    // A wide file has thousands of columns; a message that lists them all is not read.
    const SHOWN: usize = 40;
    match names.len() {
        0 => "none".to_owned(),
        n if n <= SHOWN => names.join(", "),
        n => format!("{}, … ({n} in all)", names[..SHOWN].join(", ")),
    }
}

fn alternatives(names: &[String]) -> String {
    names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(" or ")
}
