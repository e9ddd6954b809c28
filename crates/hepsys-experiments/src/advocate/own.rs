//! A devil's advocate for a user's own files: what `cargo xtask study my.toml` runs with `kind = "advocate"`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hepsys_advocate::{DEFAULT_SEEDS, Direction, Method, Question, Sample, Simulation, Steps};
use hepsys_core::Region;
use hepsys_io::{ReadOptions, read_sample, sha256_of_file};
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::maps;
use super::own_report;
use super::scan::Weights;
use super::search_spec::{LimitsSpec, SearchSpec};
use crate::spec::PerProfile;
use crate::study::Outcome;
use crate::toys::{StudyToys, fingerprint};
use crate::{Context, ExperimentError};

/// The specification; `docs/studies.md` describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAdvocateSpec {
    /// `advocate`: what tells it from a search for new physics.
    pub kind: String,
    /// The name of the study, and of its folder.
    pub study: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(default)]
    pub about: String,
    /// The seed unless the command line gives one.
    #[serde(default)]
    pub seed: u64,
    /// The channels that are pushed, with their shares.
    targets: Vec<(String, f64)>,
    channels: BTreeMap<String, ChannelSpec>,
    pub(super) limits: LimitsSpec,
    features: FeaturesSpec,
    search: OwnSearchSpec,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelSpec {
    file: PathBuf,
    /// A column of weights; without it, that which the file marks, if any.
    weight: Option<String>,
    /// Cuts of this channel alone.
    #[serde(default)]
    selection: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeaturesSpec {
    inputs: Vec<String>,
    /// Columns that only selections need.
    #[serde(default)]
    further: Vec<String>,
    #[serde(default)]
    selection: Vec<String>,
    /// Other names that a feature may have in a file.
    #[serde(default)]
    also_called: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnSearchSpec {
    weights: (f64, f64),
    smoothness: Option<f64>,
    #[serde(default = "default_methods")]
    methods: Vec<Method>,
    #[serde(default = "default_seeds")]
    seeds: PerProfile<usize>,
    #[serde(default)]
    steps: Steps,
    hidden_layers: Option<Vec<usize>>,
    batch_size: Option<usize>,
    learning_rate: Option<f64>,
    bins: Option<usize>,
}

fn default_methods() -> Vec<Method> {
    vec![Method::Pretrained, Method::Lagrangian, Method::Direct]
}

fn default_seeds() -> PerProfile<usize> {
    PerProfile { quick: 2, standard: DEFAULT_SEEDS, full: 2 * DEFAULT_SEEDS }
}

/// Runs it.
///
/// # Errors
///
/// If a file cannot be read, the specification makes no sense, or a search fails.
pub fn run(
    spec: &OwnAdvocateSpec,
    path: &Path,
    folder: &Path,
    context: &Context,
) -> Result<Outcome, ExperimentError> {
    let bad = |problem: String| ExperimentError::Spec { path: path.to_owned(), problem };
    let targets = spec.targets.iter();
    let question = targets.fold(Question::new(), |question, (name, share)| question.target(name, *share));
    let question = spec.limits.added_to(question).map_err(|e| bad(format!("[limits] {e}")))?;
    question.check().map_err(|e| bad(e.to_string()))?;
    let beside = path.parent().unwrap_or(Path::new("."));
    let mut channels = Vec::new();
    for name in question.channels() {
        let Some(channel) = spec.channels.get(name) else {
            let known = spec.channels.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(bad(format!("there is no [channels] entry for \"{name}\"; there are {known}")));
        };
        let events = spec.features.read(&beside.join(&channel.file), channel);
        channels.push((name.to_owned(), events.map_err(|e| bad(format!("channel \"{name}\": {e}")))?));
    }
    let first = &channels[0].1.schema().clone();
    for (name, sample) in &channels {
        if let Some((here, there)) =
            sample.schema().features().iter().zip(first.features()).find(|(a, b)| a.unit() != b.unit())
        {
            let file = spec.channels[name].file.display();
            return Err(bad(format!(
                "channel \"{name}\": {file} has \"{}\" in {}, that of \"{}\" is in {}",
                here.name(),
                here.unit(),
                channels[0].0,
                there.unit()
            )));
        }
    }
    let simulation = Simulation::new(channels).map_err(|e| bad(e.to_string()))?;
    let params = spec.search_spec().params(question, spec.search.smoothness, context.profile);
    let case = Case {
        label: spec.targets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "),
        key: "all".into(),
        x: 0.0,
        params: params.map_err(|e| bad(format!("[search] {e}")))?,
        bins: spec.search.bins,
        profile: context.profile,
    };

    let asks = (&spec.targets, &spec.channels, &spec.limits, &spec.features, &spec.search);
    let mut fingerprint = fingerprint(&asks, context)?;
    for channel in spec.channels.values() {
        let sum = sha256_of_file(beside.join(&channel.file))?;
        fingerprint = fingerprint.with_input(&channel.file.to_string_lossy(), &sum);
    }
    let toys = StudyToys::new(context, folder, fingerprint, spec.seed)?;
    let Some(answer) = case.ask(&simulation, &toys, &context.run(spec.seed))? else {
        return Err(ExperimentError::ShardDone);
    };
    let mut weights = Weights { files: maps::write(folder, &answer, &simulation)?, ..Weights::default() };
    for direction in Direction::BOTH {
        weights.figures.extend(maps::figures(&answer, direction, &simulation)?);
    }
    own_report::outcome(spec, context, &answer, weights)
}

impl OwnAdvocateSpec {
    fn search_spec(&self) -> SearchSpec {
        let Self { features, search, .. } = self;
        let methods = &search.methods;
        SearchSpec {
            features: features.inputs.clone(),
            weights: search.weights,
            methods: PerProfile { quick: methods.clone(), standard: methods.clone(), full: methods.clone() },
            seeds: search.seeds,
            steps: search.steps.clone(),
            hidden_layers: search.hidden_layers.clone(),
            batch_size: search.batch_size,
            learning_rate: search.learning_rate,
            bins: search.bins,
        }
    }

    /// The files of the channels.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, String)> {
        self.channels.iter().map(|(name, channel)| (name.as_str(), channel.file.display().to_string()))
    }
}

impl FeaturesSpec {
    /// The selected events of a channel, or what is wrong with its file.
    fn read(&self, file: &Path, channel: &ChannelSpec) -> Result<Sample, String> {
        let mut options = ReadOptions::new();
        for name in self.inputs.iter().chain(&self.further) {
            let others = self.also_called.get(name).into_iter().flatten().map(String::as_str);
            options = options.column_any_of(std::iter::once(name.as_str()).chain(others), name);
        }
        if let Some(weight) = &channel.weight {
            options = options.weight(weight);
        }
        let sample = read_sample(file, &options).map_err(|e| e.to_string())?;
        let cuts: Vec<&String> = self.selection.iter().chain(&channel.selection).collect();
        let region = Region::new("selection", &cuts).map_err(|e| format!("selection: {e}"))?;
        let selected = sample.select(&region).map_err(|e| {
            format!("{}: {e}; columns that only selections need stand under `further`", file.display())
        })?;
        selected.select_features(&self.inputs).map_err(|e| e.to_string())
    }
}
