//! The layout of the HiggsML challenge: momenta and what derives from them, weights, labels.

use std::fs::File;
use std::path::Path;

use hepsys_core::{Sample, Unit};

use crate::categories::{Categories, Texts};
use crate::plan::FileColumn;
use crate::{Format, IoError, ReadOptions};

const EVENT_ID: &str = "EventId";
const WEIGHT: &str = "Weight";
const LABEL: &str = "Label";
const PROCESS: &str = "Process";
const KAGGLE_SET: &str = "KaggleSet";
const KAGGLE_WEIGHT: &str = "KaggleWeight";

/// Events in the layout of the HiggsML challenge.
///
/// The features of [`events`](Self::events) are the columns `DER_…` and `PRI_…` that the file has, in its order,
/// in GeV, rad or 1; −999 stands where a quantity is not defined and is kept.
/// Their weights are the column `Weight`.
///
/// # References
///
/// `higgsml`
#[derive(Debug, Clone, PartialEq)]
pub struct HiggsMl {
    events: Sample,
    event_ids: Vec<u64>,
    is_signal: Vec<bool>,
    processes: Option<Categories>,
    kaggle_sets: Option<Vec<KaggleSet>>,
    kaggle_weights: Option<Vec<f64>>,
}

/// What an event was used for in the challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KaggleSet {
    /// Training, `t`.
    Training,
    /// The public leaderboard, `b`.
    PublicTest,
    /// The private leaderboard, `v`.
    PrivateTest,
    /// Nothing, `u`.
    Unused,
}

/// Reads events in the layout of the HiggsML challenge from a CSV or Parquet file, known by its content.
///
/// Needed are `EventId`, `Weight`, `Label` and at least one column `DER_…` or `PRI_…`;
/// `Process`, `KaggleSet` and `KaggleWeight` are read where they are, so the file of the open data, the `training.csv`
/// of the challenge and files with named processes all do. Other columns are left alone.
///
/// # Errors
///
/// Every [`IoError`] of reading, with file, column and event.
/// A label has to be `s` or `b`, a Kaggle set `t`, `b`, `v` or `u`, and an event number a whole one.
pub fn read_higgsml(path: impl AsRef<Path>) -> Result<HiggsMl, IoError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let format = Format::of_file(path)?;
    let open = || File::open(path).map_err(|source| IoError::read(&file, source));
    let (sample, texts) = match format {
        #[cfg(feature = "csv")]
        Format::Csv => crate::csv::read(&file, open()?, |columns| choose(&file, columns))?,
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let limit = crate::DEFAULT_MEMORY_LIMIT;
            crate::parquet::read(&file, open()?, limit, |columns| choose(&file, columns))?
        }
        other if [Format::Csv, Format::Parquet].contains(&other) => {
            return Err(crate::read::unsupported(&file, other));
        }
        other => {
            let what = format!("HiggsML events come as CSV or Parquet, but this is {other}");
            return Err(IoError::NotSupported { file, what });
        }
    };
    HiggsMl::new(&file, &sample, texts)
}

/// Reads events in the layout of the HiggsML challenge as CSV; errors call the source `<memory>`.
///
/// ```
/// use hepsys_io::read_higgsml_csv_from;
///
/// let text = "EventId,DER_mass_vis,PRI_tau_phi,Weight,Label\n100,97.8,0.4,0.5,s\n101,-999,-2.4,2.5,b\n";
/// let read = read_higgsml_csv_from(text.as_bytes())?;
/// assert_eq!(read.event_ids(), [100, 101]);
/// assert_eq!(read.signal().column("DER_mass_vis")?, [97.8]);
/// assert_eq!(read.background().weights().total(), 2.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`read_higgsml`].
#[cfg(feature = "csv")]
pub fn read_higgsml_csv_from(reader: impl std::io::Read) -> Result<HiggsMl, IoError> {
    let (sample, texts) = crate::csv::read(crate::MEMORY, reader, |columns| choose(crate::MEMORY, columns))?;
    HiggsMl::new(crate::MEMORY, &sample, texts)
}

impl HiggsMl {
    /// All events, with their weights.
    ///
    /// # Shapes
    ///
    /// `[n_events, n_features]`
    #[must_use]
    pub fn events(&self) -> &Sample {
        &self.events
    }

    /// The number of each event in the file, `EventId`.
    #[must_use]
    pub fn event_ids(&self) -> &[u64] {
        &self.event_ids
    }

    /// Whether each event is labelled as signal.
    #[must_use]
    pub fn is_signal(&self) -> &[bool] {
        &self.is_signal
    }

    /// The different processes, in the order in which they appear; none if the file does not tell.
    #[must_use]
    pub fn processes(&self) -> &[String] {
        self.processes.as_ref().map_or(&[], Categories::names)
    }

    /// The process of each event, if the file tells.
    pub fn process_of_events(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        self.processes.as_ref().map(Categories::iter)
    }

    /// What each event was used for in the challenge, if the file tells.
    #[must_use]
    pub fn kaggle_sets(&self) -> Option<&[KaggleSet]> {
        self.kaggle_sets.as_deref()
    }

    /// The weight of each event within its Kaggle set, if the file tells.
    #[must_use]
    pub fn kaggle_weights(&self) -> Option<&[f64]> {
        self.kaggle_weights.as_deref()
    }

    /// The events labelled as signal.
    #[must_use]
    pub fn signal(&self) -> Sample {
        self.take(self.is_signal.iter().copied())
    }

    /// The events labelled as background.
    #[must_use]
    pub fn background(&self) -> Sample {
        self.take(self.is_signal.iter().map(|is_signal| !is_signal))
    }

    /// The events of a process; `None` if there is none of this name.
    #[must_use]
    pub fn of_process(&self, name: &str) -> Option<Sample> {
        let processes = self.processes.as_ref().filter(|p| p.names().iter().any(|n| n == name))?;
        Some(self.take(processes.iter().map(|process| process == name)))
    }

    fn take(&self, wanted: impl Iterator<Item = bool>) -> Sample {
        let indices: Vec<usize> = wanted.enumerate().filter_map(|(i, wanted)| wanted.then_some(i)).collect();
        self.events.take(&indices).expect("flags are one for each event, so no index is beyond the last")
    }

    fn new(file: &str, sample: &Sample, texts: Texts) -> Result<Self, IoError> {
        let core = |source| IoError::Sample { file: file.to_owned(), source };
        let features: Vec<&str> = sample.schema().names().filter(|&name| is_feature(name)).collect();
        let mut read = Self {
            events: sample.select_features(&features).map_err(core)?,
            event_ids: event_ids(file, sample.column(EVENT_ID).map_err(core)?)?,
            is_signal: Vec::new(),
            processes: None,
            kaggle_sets: None,
            kaggle_weights: sample.column(KAGGLE_WEIGHT).ok().map(<[f64]>::to_vec),
        };
        for (column, texts) in texts {
            match column.as_str() {
                LABEL => read.is_signal = parse(file, LABEL, "s or b", &texts, label)?,
                KAGGLE_SET => {
                    read.kaggle_sets = Some(parse(file, KAGGLE_SET, "t, b, v or u", &texts, kaggle_set)?);
                }
                _ => read.processes = Some(texts),
            }
        }
        Ok(read)
    }
}

/// What to read of these columns.
fn choose(file: &str, columns: &[FileColumn]) -> Result<ReadOptions, IoError> {
    let has = |name: &str| columns.iter().any(|c| c.name == name);
    let features = || columns.iter().map(|c| &*c.name).filter(|name| is_feature(name));
    if features().next().is_none() {
        return Err(IoError::MissingColumn {
            file: file.to_owned(),
            names: vec!["PRI_…".to_owned(), "DER_…".to_owned()],
            available: columns.iter().map(|c| c.name.clone()).collect(),
        });
    }
    let mut options = ReadOptions::new().column(EVENT_ID).columns(features()).weight(WEIGHT);
    for name in features() {
        options = options.unit(name, unit(name));
    }
    if has(KAGGLE_WEIGHT) {
        options = options.column(KAGGLE_WEIGHT);
    }
    let optional = [PROCESS, KAGGLE_SET].into_iter().filter(|name| has(name));
    options.texts = [LABEL].into_iter().chain(optional).map(str::to_owned).collect();
    Ok(options)
}

fn is_feature(name: &str) -> bool {
    name.starts_with("PRI_") || name.starts_with("DER_")
}

/// The unit of a feature of the challenge.
fn unit(name: &str) -> Unit {
    let momenta = ["PRI_met", "PRI_met_sumet", "DER_pt_h", "DER_pt_tot", "DER_sum_pt"];
    if name.ends_with("_phi") {
        Unit::Radian
    } else if name.ends_with("_pt") || name.contains("_mass_") || momenta.contains(&name) {
        Unit::GeV
    } else {
        Unit::One
    }
}

fn label(text: &str) -> Option<bool> {
    match text {
        "s" => Some(true),
        "b" => Some(false),
        _ => None,
    }
}

fn kaggle_set(text: &str) -> Option<KaggleSet> {
    match text {
        "t" => Some(KaggleSet::Training),
        "b" => Some(KaggleSet::PublicTest),
        "v" => Some(KaggleSet::PrivateTest),
        "u" => Some(KaggleSet::Unused),
        _ => None,
    }
}

/// What each text of a column means.
fn parse<T>(
    file: &str,
    column: &str,
    expected: &'static str,
    texts: &Categories,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, IoError> {
    let parse = |(event, text)| {
        meaning(text).ok_or_else(|| IoError::Unexpected {
            file: file.to_owned(),
            column: column.to_owned(),
            event,
            expected,
            found: text.to_owned(),
        })
    };
    texts.iter().enumerate().map(parse).collect()
}

fn event_ids(file: &str, values: &[f64]) -> Result<Vec<u64>, IoError> {
    // Beyond 2^53 not every whole number is a double.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    let id = |(event, &value): (usize, &f64)| {
        let is_whole = (0.0..=LARGEST).contains(&value) && value.fract() == 0.0;
        is_whole.then_some(value as u64).ok_or_else(|| IoError::Unexpected {
            file: file.to_owned(),
            column: EVENT_ID.to_owned(),
            event,
            expected: "whole numbers up to 2^53",
            found: value.to_string(),
        })
    };
    values.iter().enumerate().map(id).collect()
}

#[cfg(all(test, feature = "csv"))]
mod tests {
    use super::*;

    const HEADER: &str = "EventId,PRI_tau_pt,PRI_met_phi,Weight,Label,KaggleSet,KaggleWeight";

    fn read(lines: &str) -> Result<HiggsMl, IoError> {
        read_higgsml_csv_from(format!("{HEADER}\n{lines}").as_bytes())
    }

    #[test]
    fn what_the_file_says_of_each_event_is_kept() {
        let read = read("7,32.6,-0.3,0.5,s,t,1\n8,-999.0,0.4,1.5,b,v,2\n9,40,1,2.5,b,u,3\n").unwrap();
        let units = read.events().schema().features().iter().map(|f| f.unit().clone());
        assert_eq!(units.collect::<Vec<_>>(), [Unit::GeV, Unit::Radian]);
        assert_eq!(read.events().column("PRI_tau_pt").unwrap(), [32.6, -999.0, 40.0]);
        assert_eq!(read.event_ids(), [7, 8, 9]);
        assert_eq!(read.is_signal(), [true, false, false]);
        assert_eq!(read.background().weights().total(), 4.0);
        assert_eq!(
            read.kaggle_sets().unwrap(),
            [KaggleSet::Training, KaggleSet::PrivateTest, KaggleSet::Unused]
        );
        assert_eq!(read.kaggle_weights().unwrap(), [1.0, 2.0, 3.0]);
        assert!(read.processes().is_empty());
        assert!(read.process_of_events().is_none());
        assert!(read.of_process("ggH").is_none());
    }

    #[test]
    fn the_training_file_of_the_challenge_has_no_sets() {
        let text = "EventId,PRI_tau_pt,Weight,Label\n7,32.6,0.5,s\n";
        let read = read_higgsml_csv_from(text.as_bytes()).unwrap();
        assert_eq!(read.signal().n_events(), 1);
        assert!(read.kaggle_sets().is_none());
        assert!(read.kaggle_weights().is_none());
    }

    #[test]
    fn processes_come_in_the_order_of_their_first_event() {
        let text = "EventId,PRI_tau_pt,Weight,Label,Process\n1,30,1,b,ttbar\n2,31,2,s,ggH\n3,32,3,b,ttbar\n";
        let read = read_higgsml_csv_from(text.as_bytes()).unwrap();
        assert_eq!(read.processes(), ["ttbar", "ggH"]);
        assert_eq!(read.process_of_events().unwrap().collect::<Vec<_>>(), ["ttbar", "ggH", "ttbar"]);
        assert_eq!(read.of_process("ttbar").unwrap().column("PRI_tau_pt").unwrap(), [30.0, 32.0]);
        assert!(read.of_process("diboson").is_none());
    }

    #[test]
    fn what_is_wrong_is_named_with_column_and_event() {
        let good = "7,32.6,-0.3,0.5,s,t,1";
        for (line, expected) in [
            ("8,33,0,1,x,t,1", "column \"Label\" must hold s or b, but event 1 has \"x\""),
            ("8,33,0,1,s,q,1", "column \"KaggleSet\" must hold t, b, v or u, but event 1 has \"q\""),
            ("8,33,0,1,,t,1", "column \"Label\" has no value for event 1"),
            ("8,NaN,0,1,s,t,1", "column \"PRI_tau_pt\" must be finite, but event 1 has NaN"),
            ("8,tau,0,1,s,t,1", "column \"PRI_tau_pt\" must hold numbers, but event 1 has \"tau\""),
            ("8,33,0,inf,s,t,1", "column \"Weight\" must be finite, but event 1 has inf"),
            (
                "8.5,33,0,1,s,t,1",
                "column \"EventId\" must hold whole numbers up to 2^53, but event 1 has \"8.5\"",
            ),
            ("8,33,0,1,s,t", "event 1 (line 3) has 6 fields, expected 7"),
        ] {
            let error = read(&format!("{good}\n{line}\n")).unwrap_err().to_string();
            assert_eq!(error, format!("<memory>: {expected}"));
        }
    }

    #[test]
    fn a_feature_that_starts_with_text_is_not_left_out() {
        let error = read("7,tau,-0.3,0.5,s,t,1\n").unwrap_err().to_string();
        assert_eq!(error, "<memory>: column \"PRI_tau_pt\" must hold one number an event, but it holds text");
    }

    #[test]
    fn a_column_that_is_missing_is_named() {
        for missing in ["EventId", "Weight", "Label"] {
            let header: Vec<&str> =
                ["EventId", "PRI_tau_pt", "Weight", "Label"].into_iter().filter(|&c| c != missing).collect();
            let error = read_higgsml_csv_from(header.join(",").as_bytes()).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("<memory>: no column \"{missing}\"; the file has {}", header.join(", "))
            );
        }
        let error = read_higgsml_csv_from(&b"EventId,Weight,Label\n"[..]).unwrap_err().to_string();
        assert!(error.starts_with("<memory>: no column \"PRI_…\" or \"DER_…\""), "{error}");
    }
}
