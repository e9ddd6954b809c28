use hepsys_core::Unit;

/// The memory that columns, and each buffer decompressed for them, may take unless told otherwise: 4 GiB.
pub const DEFAULT_MEMORY_LIMIT: u64 = 4 << 30;

/// What to read from a file: which columns, under which names, in which units, and how many events.
///
/// ```
/// use hepsys_io::ReadOptions;
///
/// let options = ReadOptions::new()
///     .column("eta1")
///     .column_any_of(["pt1", "PT1"], "pt1")
///     .file_unit("pt1", "MeV")
///     .unit("pt1", "GeV")
///     .weight("weight")
///     .limit_rows(10_000);
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct ReadOptions {
    pub(crate) columns: Vec<ColumnRequest>,
    /// Columns of names, which no sample has: for readers of one layout that keep them beside it.
    pub(crate) texts: Vec<String>,
    pub(crate) units: Vec<(String, Unit)>,
    pub(crate) file_units: Vec<(String, Unit)>,
    pub(crate) weighting: Weighting,
    pub(crate) allow_negative_total: bool,
    pub(crate) limit_rows: Option<u64>,
    pub(crate) memory_limit: u64,
}

/// A column by any of its names in the file, and its name in the sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnRequest {
    pub(crate) any_of: Vec<String>,
    pub(crate) name: String,
}

/// Where the weights come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Weighting {
    /// The column that the file marks as weights, if it does.
    Marked,
    /// The first of these columns that the file has.
    Column(Vec<String>),
    /// Nowhere: every event counts once.
    Unit,
}

impl ReadOptions {
    /// All columns that hold numbers, in the order and units of the file, and the weights that the file marks as such.
    pub fn new() -> Self {
        Self {
            columns: Vec::new(),
            texts: Vec::new(),
            units: Vec::new(),
            file_units: Vec::new(),
            weighting: Weighting::Marked,
            allow_negative_total: false,
            limit_rows: None,
            memory_limit: DEFAULT_MEMORY_LIMIT,
        }
    }

    /// Reads the column `name`; features come in the order in which they are asked for.
    ///
    /// Defaults to every column that holds numbers if no column is asked for.
    pub fn column(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.column_as(name.clone(), name)
    }

    /// Reads each of these columns, as [`column`](Self::column).
    pub fn columns<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        names.into_iter().fold(self, Self::column)
    }

    /// Reads the column that the file calls `in_file` as the feature `name`.
    pub fn column_as(self, in_file: impl Into<String>, name: impl Into<String>) -> Self {
        self.column_any_of([in_file], name)
    }

    /// Reads the first of these columns that the file has as the feature `name`.
    pub fn column_any_of<S: Into<String>>(
        mut self,
        in_file: impl IntoIterator<Item = S>,
        name: impl Into<String>,
    ) -> Self {
        let any_of = in_file.into_iter().map(Into::into).collect();
        self.columns.push(ColumnRequest { any_of, name: name.into() });
        self
    }

    /// The unit that the feature `name` shall have in the sample.
    ///
    /// Values are converted from the unit of the file; where the file names none, they are taken to be in `unit` already.
    /// Defaults to the unit of the file.
    pub fn unit(mut self, name: impl Into<String>, unit: impl Into<Unit>) -> Self {
        self.units.push((name.into(), unit.into()));
        self
    }

    /// The unit in which the file holds the feature `name`, whatever the file itself says.
    ///
    /// Defaults to what the file says: Parquet, Arrow and HDF5 files may name units, the others cannot.
    pub fn file_unit(mut self, name: impl Into<String>, unit: impl Into<Unit>) -> Self {
        self.file_units.push((name.into(), unit.into()));
        self
    }

    /// Takes the weights from this column of the file; it is then no feature unless asked for by name.
    ///
    /// Defaults to the column that the file marks as weights; without one, every event counts once.
    pub fn weight(self, in_file: impl Into<String>) -> Self {
        self.weight_any_of([in_file])
    }

    /// Takes the weights from the first of these columns that the file has.
    pub fn weight_any_of<S: Into<String>>(mut self, in_file: impl IntoIterator<Item = S>) -> Self {
        self.weighting = Weighting::Column(in_file.into_iter().map(Into::into).collect());
        self
    }

    /// Lets every event count once, even where the file marks a column as weights.
    pub fn unweighted(mut self) -> Self {
        self.weighting = Weighting::Unit;
        self
    }

    /// Whether the weights may sum to less than zero.
    ///
    /// Defaults to `false`: negative weights are common, a negative number of expected events is a mistake.
    pub fn allow_negative_total(mut self, allow: bool) -> Self {
        self.allow_negative_total = allow;
        self
    }

    /// Stops after this many events.
    ///
    /// Defaults to no limit.
    pub fn limit_rows(mut self, n_events: u64) -> Self {
        self.limit_rows = Some(n_events);
        self
    }

    /// How many bytes the columns asked for may take (8 a value),
    /// and likewise each page, chunk or buffer that is decompressed for them.
    ///
    /// A file that claims more is refused before the memory is taken, so a small file cannot fill the machine.
    /// Defaults to [`DEFAULT_MEMORY_LIMIT`].
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.memory_limit = bytes;
        self
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self::new()
    }
}
