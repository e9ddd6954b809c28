//! Where the events of a scan come from.

use std::path::PathBuf;

use hepsys_advocate::{Feature, Sample, Simulation};
use hepsys_core::summary::Axis;
use hepsys_core::{Region, Seed};
use hepsys_io::sha256_of_file;
use hepsys_sim::BranchingRatioChannel;
use hepsys_sim::dibody::MASS;
use serde::{Deserialize, Serialize};

use super::figures::ScanAxis;
use crate::spec::PerProfile;
use crate::{Context, ExperimentError, dibody};

/// Where the events of a scan come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum SourceSpec {
    /// $B^+ \to K^+ V(\to \mu\mu)$, simulated; what is scanned is the mass of V.
    BranchingRatio {
        /// Simulated events a channel.
        events: PerProfile<usize>,
        /// What the control channels are called, how marks call their V, and its mass in GeV.
        controls: Vec<(String, String, f64)>,
    },
    /// Windows of the mass in a file of di-muon events; what is scanned is the middle of the window.
    Dibody {
        file: PathBuf,
        selection: Vec<String>,
        /// What the control channels are called, with their windows in GeV.
        controls: Vec<(String, (f64, f64))>,
        /// The windows of the signal, in GeV.
        signals: Vec<(f64, f64)>,
    },
}

/// The events of the controls, and those of any signal.
pub(super) struct Source<'a> {
    spec: &'a SourceSpec,
    features: &'a [String],
    seed: Seed,
    context: &'a Context,
    controls: Vec<(String, Sample)>,
    /// Those of the file, with their mass.
    events: Option<Sample>,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        spec: &'a SourceSpec,
        features: &'a [String],
        seed: Seed,
        context: &'a Context,
    ) -> Result<Self, ExperimentError> {
        let mut source = Self { spec, features, seed, context, controls: Vec::new(), events: None };
        match spec {
            SourceSpec::BranchingRatio { controls, .. } => {
                for (name, _, mass) in controls {
                    let events = source.decays(*mass, seed.named(name))?;
                    source.controls.push((name.clone(), events));
                }
            }
            SourceSpec::Dibody { file, selection, controls, .. } => {
                let events =
                    dibody::read_events(file, context)?.select(&Region::new("selection", selection)?)?;
                source.events = Some(with_logarithms(events)?);
                for (name, window) in controls {
                    let events = source.window(*window)?;
                    source.controls.push((name.clone(), events));
                }
            }
        }
        Ok(source)
    }

    /// The channels with the signal at `x`.
    pub(super) fn simulation(&self, signal: &str, x: f64) -> Result<Simulation, ExperimentError> {
        let events = match self.spec {
            SourceSpec::BranchingRatio { .. } => {
                self.decays(x, self.seed.named(signal).index((1e4 * x).round() as usize))?
            }
            SourceSpec::Dibody { .. } => self.window(self.window_around(x)?)?,
        };
        Ok(Simulation::new([(signal.to_owned(), events)].into_iter().chain(self.controls.clone()))?)
    }

    /// What is scanned.
    pub(super) fn what(&self) -> &'static str {
        match self.spec {
            SourceSpec::BranchingRatio { .. } => "m_V",
            SourceSpec::Dibody { .. } => "m₁₂ of the signal",
        }
    }

    pub(super) fn label(&self, x: f64) -> Result<String, ExperimentError> {
        Ok(match self.spec {
            SourceSpec::BranchingRatio { .. } => format!("{x} GeV"),
            SourceSpec::Dibody { .. } => {
                let (low, high) = self.window_around(x)?;
                format!("{low} to {high} GeV")
            }
        })
    }

    pub(super) fn axis(&self) -> ScanAxis {
        let axis = Axis::new(self.what(), "GeV");
        // A little beyond what is scanned and marked.
        match self.spec {
            SourceSpec::BranchingRatio { controls, .. } => ScanAxis {
                axis: axis.range(0.3, 4.7),
                marks: controls.iter().map(|(_, mark, mass)| (mark.clone(), *mass)).collect(),
            },
            SourceSpec::Dibody { controls, .. } => {
                let middle = |(name, (low, high)): &(String, (f64, f64))| (name.clone(), 0.5 * (low + high));
                ScanAxis { axis: axis.log().range(90.0, 440.0), marks: controls.iter().map(middle).collect() }
            }
        }
    }

    /// The files that were read, with their sums.
    pub(super) fn files(&self) -> Result<Vec<(String, String)>, ExperimentError> {
        let SourceSpec::Dibody { file, .. } = self.spec else { return Ok(Vec::new()) };
        Ok(vec![(file.to_string_lossy().into_owned(), sha256_of_file(self.context.datasets.join(file))?)])
    }

    fn decays(&self, mass: f64, seed: Seed) -> Result<Sample, ExperimentError> {
        let SourceSpec::BranchingRatio { events, .. } = self.spec else { return self.nothing(mass) };
        let sample = BranchingRatioChannel::new(mass)?.sample(events.of(self.context.profile), seed)?;
        Ok(sample.select_features(self.features)?)
    }

    fn window(&self, (low, high): (f64, f64)) -> Result<Sample, ExperimentError> {
        let Some(events) = &self.events else { return self.nothing(low) };
        let cuts = [format!("{MASS} >= {low}"), format!("{MASS} < {high}")];
        Ok(events.select(&Region::new("window", &cuts)?)?.select_features(self.features)?)
    }

    fn window_around(&self, x: f64) -> Result<(f64, f64), ExperimentError> {
        let SourceSpec::Dibody { signals, .. } = self.spec else { return self.nothing(x) };
        let found = signals.iter().find(|(low, high)| (0.5 * (low + high) - x).abs() < 1e-6);
        found.copied().map_or_else(|| self.nothing(x), Ok)
    }

    fn nothing<T>(&self, x: f64) -> Result<T, ExperimentError> {
        let problem = format!("there is no signal at {x} GeV");
        Err(ExperimentError::Spec { path: "specs".into(), problem })
    }
}

/// The events with the logarithms of the transverse momenta, as `log_pt1` and `log_pt2`.
fn with_logarithms(mut events: Sample) -> Result<Sample, ExperimentError> {
    for (name, from) in [("log_pt1", "pt1"), ("log_pt2", "pt2")] {
        let values: Vec<f64> = events.column(from)?.iter().map(|pt| pt.ln()).collect();
        events = events.with_column(Feature::new(name, "1"), values)?;
    }
    Ok(events)
}
