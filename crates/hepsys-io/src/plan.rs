use hepsys_core::{Feature, Schema, Unit};

use crate::options::{ColumnRequest, Weighting};
use crate::{IoError, ReadOptions};

/// A column as a file describes it.
#[derive(Debug, Clone)]
pub(crate) struct FileColumn {
    pub(crate) name: String,
    /// What it holds where that is not one number an event.
    pub(crate) not_numbers: Option<String>,
    pub(crate) unit: Option<Unit>,
    pub(crate) marked_as_weight: bool,
}

impl FileColumn {
    #[cfg(any(feature = "csv", feature = "numpy"))]
    pub(crate) fn numbers(name: impl Into<String>) -> Self {
        Self { name: name.into(), not_numbers: None, unit: None, marked_as_weight: false }
    }
}

/// What a read has to bring: the columns of a file, resolved from the options.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The features in order, then the weights if there are any.
    pub(crate) wanted: Vec<Wanted>,
    /// The columns of names.
    pub(crate) texts: Vec<Text>,
    pub(crate) is_weighted: bool,
    pub(crate) options: ReadOptions,
}

/// One column to read.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Its place among the columns of the file.
    pub(crate) index: usize,
    /// Its name in the file.
    pub(crate) in_file: String,
    pub(crate) feature: Feature,
    /// What turns a value of the file into one of the sample.
    pub(crate) factor: f64,
}

/// One column of names to read.
#[derive(Debug)]
pub(crate) struct Text {
    /// Its place among the columns of the file.
    pub(crate) index: usize,
    /// Its name in the file.
    pub(crate) in_file: String,
}

impl Plan {
    pub(crate) fn new(file: &str, options: &ReadOptions, columns: &[FileColumn]) -> Result<Self, IoError> {
        let weight = weight_column(file, options, columns)?;
        let requests = if options.columns.is_empty() {
            all_numbers(file, columns, weight)?
        } else {
            options
                .columns
                .iter()
                .map(|request| Ok((find(file, columns, &request.any_of)?, request.clone())))
                .collect::<Result<Vec<_>, IoError>>()?
        };
        let mut wanted = requests
            .into_iter()
            .map(|(index, request)| resolve(file, options, columns, index, &request.name))
            .collect::<Result<Vec<_>, IoError>>()?;
        check_options(file, options, &wanted)?;
        // The schema is checked before anything is read, so a name asked for twice costs nothing.
        Schema::new(wanted.iter().map(|w| w.feature.clone())).map_err(|_| twice(file, &wanted))?;
        if let Some(index) = weight {
            let in_file = numbers(file, columns, index)?;
            let feature = Feature::new(&in_file, Unit::Events);
            wanted.push(Wanted { index, in_file, feature, factor: 1.0 });
        }
        let texts = options.texts.iter().map(|name| {
            let index = find(file, columns, std::slice::from_ref(name))?;
            Ok(Text { index, in_file: name.clone() })
        });
        let texts = texts.collect::<Result<Vec<_>, IoError>>()?;
        Ok(Self { wanted, texts, is_weighted: weight.is_some(), options: options.clone() })
    }

    /// The places of all columns to read among those of the file.
    pub(crate) fn indices(&self) -> impl Iterator<Item = usize> {
        self.wanted.iter().map(|w| w.index).chain(self.texts.iter().map(|t| t.index))
    }

    /// How many of the file's events to read, once it is known that they fit in memory.
    pub(crate) fn check_rows(&self, file: &str, n_rows: u64) -> Result<u64, IoError> {
        let n_rows = n_rows.min(self.options.limit_rows.unwrap_or(u64::MAX));
        let n_columns = self.wanted.len() + self.texts.len();
        let bytes = n_rows.saturating_mul(8).saturating_mul(n_columns.max(1) as u64);
        self.check_bytes(file, bytes, || format!("{n_rows} events of {n_columns} columns"))?;
        Ok(n_rows)
    }

    /// Refuses a buffer that is larger than the limit.
    pub(crate) fn check_bytes(
        &self,
        file: &str,
        needed: u64,
        what: impl FnOnce() -> String,
    ) -> Result<(), IoError> {
        let limit = self.options.memory_limit;
        // No buffer of more than the address space exists, whatever the limit.
        if needed <= limit.min(isize::MAX as u64) {
            return Ok(());
        }
        Err(IoError::TooLarge { file: file.to_owned(), what: what(), needed, limit })
    }
}

fn weight_column(
    file: &str,
    options: &ReadOptions,
    columns: &[FileColumn],
) -> Result<Option<usize>, IoError> {
    match &options.weighting {
        Weighting::Unit => Ok(None),
        Weighting::Column(any_of) => find(file, columns, any_of).map(Some),
        Weighting::Marked => {
            let mut marked = (0..columns.len()).filter(|&i| columns[i].marked_as_weight);
            match (marked.next(), marked.next()) {
                (_, Some(second)) => Err(duplicate(file, &columns[second].name)),
                (first, None) => Ok(first),
            }
        }
    }
}

/// The place of the first of these names that the file has.
fn find(file: &str, columns: &[FileColumn], any_of: &[String]) -> Result<usize, IoError> {
    for name in any_of {
        let mut places = (0..columns.len()).filter(|&i| columns[i].name == *name);
        match (places.next(), places.next()) {
            (Some(_), Some(_)) => return Err(duplicate(file, name)),
            (Some(place), None) => return Ok(place),
            (None, _) => {}
        }
    }
    Err(IoError::MissingColumn { file: file.to_owned(), names: any_of.to_vec(), available: names(columns) })
}

fn all_numbers(
    file: &str,
    columns: &[FileColumn],
    weight: Option<usize>,
) -> Result<Vec<(usize, ColumnRequest)>, IoError> {
    let all: Vec<_> = columns
        .iter()
        .enumerate()
        .filter(|(i, c)| c.not_numbers.is_none() && !c.marked_as_weight && Some(*i) != weight)
        .map(|(i, c)| (i, ColumnRequest { any_of: vec![c.name.clone()], name: c.name.clone() }))
        .collect();
    if all.is_empty() {
        return Err(IoError::NoNumbers { file: file.to_owned(), available: names(columns) });
    }
    Ok(all)
}

fn resolve(
    file: &str,
    options: &ReadOptions,
    columns: &[FileColumn],
    index: usize,
    name: &str,
) -> Result<Wanted, IoError> {
    let in_file = numbers(file, columns, index)?;
    let last = |units: &[(String, Unit)]| units.iter().rfind(|(n, _)| n == name).map(|(_, u)| u.clone());
    let from = last(&options.file_units).or_else(|| columns[index].unit.clone());
    let to = last(&options.units).or_else(|| from.clone()).unwrap_or_default();
    let from = from.unwrap_or_else(|| to.clone());
    let factor = from.factor_to(&to).ok_or_else(|| IoError::UnitMismatch {
        file: file.to_owned(),
        column: in_file.clone(),
        from: from.to_string(),
        to: to.to_string(),
    })?;
    Ok(Wanted { index, in_file, feature: Feature::new(name, to), factor })
}

/// The name of a column, if it holds numbers.
fn numbers(file: &str, columns: &[FileColumn], index: usize) -> Result<String, IoError> {
    let column = &columns[index];
    match &column.not_numbers {
        None => Ok(column.name.clone()),
        Some(found) => Err(IoError::WrongType {
            file: file.to_owned(),
            column: column.name.clone(),
            found: found.clone(),
        }),
    }
}

fn check_options(file: &str, options: &ReadOptions, wanted: &[Wanted]) -> Result<(), IoError> {
    let unknown = options
        .units
        .iter()
        .chain(&options.file_units)
        .find(|(name, _)| wanted.iter().all(|w| w.feature.name() != name));
    match unknown {
        None => Ok(()),
        Some((column, _)) => Err(IoError::UnknownInOptions {
            file: file.to_owned(),
            column: column.clone(),
            columns: wanted.iter().map(|w| w.feature.name().to_owned()).collect(),
        }),
    }
}

fn names(columns: &[FileColumn]) -> Vec<String> {
    columns.iter().map(|c| c.name.clone()).collect()
}

fn duplicate(file: &str, column: &str) -> IoError {
    IoError::DuplicateColumn { file: file.to_owned(), column: column.to_owned() }
}

fn twice(file: &str, wanted: &[Wanted]) -> IoError {
    let name = |i: usize| wanted[i].feature.name();
    let second = (0..wanted.len()).find(|&i| (0..i).any(|j| name(j) == name(i)));
    duplicate(file, second.map_or("", name))
}
