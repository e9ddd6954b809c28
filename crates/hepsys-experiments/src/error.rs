use std::path::PathBuf;

use hepsys_adversarial::AdversarialError;
use hepsys_advocate::AdvocateError;
use hepsys_advocate::angular::AngularError;
use hepsys_core::CoreError;
use hepsys_decays::DecaysError;
use hepsys_io::IoError;
use hepsys_nn::NnError;
use hepsys_nplm::NplmError;
use hepsys_paramclf::ParamclfError;
use hepsys_report::ReportError;
use hepsys_sim::SimError;
use hepsys_stats::{PseudoExperimentError, StatsError, ToyFileError};
use thiserror::Error;

/// What can keep a study from its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// No study has this name.
    #[error("no study \"{name}\"; there are {known}")]
    UnknownStudy {
        /// The name asked for.
        name: String,
        /// The studies there are.
        known: String,
    },
    /// A specification cannot be understood.
    #[error("{path}: {problem}", path = path.display())]
    Spec {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file or folder cannot be used.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A shard is done; the others are not.
    #[error("this shard is done; run without --shard to merge once all are")]
    ShardDone,
    /// Something is wrong with a sample.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A sample file cannot be read.
    #[error(transparent)]
    Io(#[from] IoError),
    /// A device or network cannot be had.
    #[error(transparent)]
    Nn(#[from] NnError),
    /// A test cannot be done.
    #[error(transparent)]
    Nplm(NplmError),
    /// A classifier cannot be trained or measured with.
    #[error(transparent)]
    Paramclf(ParamclfError),
    /// A classifier cannot be decorrelated, or that not be tested.
    #[error(transparent)]
    Adversarial(#[from] AdversarialError),
    /// The devil's advocate found no answer.
    #[error(transparent)]
    Advocate(AdvocateError),
    /// Decays cannot be read or simulated.
    #[error(transparent)]
    Decays(#[from] DecaysError),
    /// Somebody stopped a study whose work is kept.
    #[error("stopped; start it again and it goes on")]
    Stopped,
    /// Agents cannot look for an efficiency.
    #[error(transparent)]
    Angular(#[from] AngularError),
    /// A simulation cannot be done.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// A statistical question cannot be answered.
    #[error(transparent)]
    Stats(StatsError),
    /// Toys did not come to their end.
    #[error("{0}{hint}", hint = hint(.0))]
    Toys(#[from] PseudoExperimentError),
    /// A report cannot be written.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl From<StatsError> for ExperimentError {
    fn from(error: StatsError) -> Self {
        match error {
            StatsError::PseudoExperiments(error) => Self::Toys(error),
            other => Self::Stats(other),
        }
    }
}

impl From<NplmError> for ExperimentError {
    fn from(error: NplmError) -> Self {
        match error {
            NplmError::Toys(error) => Self::Toys(error),
            other => Self::Nplm(other),
        }
    }
}

impl From<ParamclfError> for ExperimentError {
    fn from(error: ParamclfError) -> Self {
        match error {
            ParamclfError::Toys(error) => Self::Toys(error),
            other => Self::Paramclf(other),
        }
    }
}

impl From<AdvocateError> for ExperimentError {
    fn from(error: AdvocateError) -> Self {
        match error {
            AdvocateError::Seeds(error) => Self::Toys(error),
            other => Self::Advocate(other),
        }
    }
}

/// What a user can do about toys that did not come to their end.
fn hint(error: &PseudoExperimentError) -> &'static str {
    match error {
        PseudoExperimentError::Interrupted { .. } => {
            "; they are kept, and the same command goes on with the rest"
        }
        PseudoExperimentError::File(ToyFileError::Foreign { .. }) => {
            "; `--fresh` forgets those toys, and a study of another name leaves them where they are"
        }
        _ => "",
    }
}
