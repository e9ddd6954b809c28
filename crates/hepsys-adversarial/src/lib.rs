#![doc = include_str!("../README.md")]

mod classifier;
mod closure;
mod control_region;
mod control_report;
mod correction;
mod decorrelator;
mod efficiency_map;
mod error;
mod event;
mod event_features;
mod fraction;
mod inputs;
mod jet_features;
mod jet_trees;
mod limit;
mod params;
mod penalty;
mod preservation;
mod score_scale;
mod train;
mod training_set;
pub mod trees;

pub use classifier::{Scores, TrainedJetClassifier};
pub use closure::{Auc, Closure, ClosureParams, CutEfficiency, ScoreClosure, auc};
pub use control_region::ControlRegion;
pub use control_report::{
    ControlRegionReport, ControlReportParams, ControlReportValidParams, CoverageParams, ExpectedYields,
    InputClosure, ScoreCoverage, ScoreRange, ScoreSlice, compare_inputs, score_slices,
};
pub use correction::{BlockCorrection, BlockOf, BlockShift, Blocks};
pub use decorrelator::{Adversary, Decorrelator, Penalty, Reversal};
pub use efficiency_map::{Efficiency, EfficiencyMap, ExpectedYield, MapAxis};
pub use error::AdversarialError;
pub use event::{EventClassifier, EventClassifierParams, EventClassifierValidParams, TrainedEventClassifier};
pub use event_features::{EVENT_COLUMNS, ScoredEvents};
pub use inputs::{FlatFeature, Inputs, ObjectFeature, ObjectSequence};
pub use jet_features::{
    CLUSTER_SUMMARIES, JET_KINEMATICS, JetFeatures, SEGMENT_SUMMARIES, TIME_SUMMARIES, TRACK_SUMMARIES,
};
pub use jet_trees::{JetTrees, JetTreesParams, JetTreesValidParams, TrainedJetTrees};
pub use limit::{
    ClosureCorrelation, ClosureRatio, ExpectedLimit, LimitModel, LimitValidModel, closure_ratios,
    score_template,
};
pub use params::{JetClassifier, JetClassifierParams, JetClassifierValidParams};
pub use penalty::{Origins, area_between, distance_correlation};
pub use score_scale::{ScoreScale, cross_entropy, softmax};
pub use train::Events;
pub use training_set::{Class, Source, TrainingSet};

pub use hepsys_core::{
    Binning, CoreError, Feature, Interrupt, Observer, Sample, Seed, Summary, Template, Weights,
};
pub use hepsys_nn::onnx::{Bundle, Model as OnnxModel, Reference};
pub use hepsys_nn::{Checkpoint, Device, History, NnError, Run};
pub use hepsys_stats::StatsError;
pub use hepsys_stats::hypothesis::LimitError;
pub use hepsys_stats::workspace::{Workspace, WorkspaceError};
