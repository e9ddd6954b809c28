use std::path::{Path, PathBuf};

use hepsys_core::{CoreError, NuisanceParameter, Sample, Seed, Variation, Weights};
use hepsys_io::{ReadOptions, read_sample};
use hepsys_sim::dibody::{MASS, with_invariant_mass};
use rand::seq::SliceRandom;

use super::spec::{OwnNuisance, OwnSpec};
use crate::ExperimentError;

/// A variation that was simulated at some values and is known nowhere else.
pub(super) struct SimulatedVariation {
    pub(super) nuisance: NuisanceParameter,
    pub(super) samples: Vec<(f64, Sample)>,
}

impl Variation for SimulatedVariation {
    fn nuisance(&self) -> &NuisanceParameter {
        &self.nuisance
    }

    fn vary(&self, sample: &Sample, value: f64) -> Result<Sample, CoreError> {
        let close = |v: f64| (v - value).abs() <= 1e-9 * value.abs();
        if value == 0.0 {
            return Ok(sample.clone());
        }
        self.samples.iter().find(|(v, _)| close(*v)).map(|(_, sample)| sample.clone()).ok_or_else(|| {
            CoreError::BadParameter {
                name: format!("the value of \"{}\"", self.nuisance.name()),
                expected: "one that was simulated".into(),
                value,
            }
        })
    }
}

/// Reads the files of a search, as they are named in its specification.
pub(super) struct Files<'a> {
    pub(super) folder: &'a Path,
    pub(super) spec: &'a OwnSpec,
}

impl Files<'_> {
    pub(super) fn path(&self, file: &Path) -> PathBuf {
        self.folder.join(file)
    }

    pub(super) fn read(&self, file: &Path) -> Result<Sample, ExperimentError> {
        let features = &self.spec.features;
        let mut names: Vec<&str> =
            features.inputs.iter().chain(&features.further).map(String::as_str).collect();
        let is_derived = features.dibody_mass && features.show == MASS;
        if !is_derived && !names.contains(&features.show.as_str()) {
            names.push(&features.show);
        }
        let mut options = ReadOptions::new();
        for name in names {
            let others = features.also_called.get(name).into_iter().flatten().map(String::as_str);
            options = options.column_any_of(std::iter::once(name).chain(others), name);
        }
        let sample = read_sample(self.path(file), &options)?;
        let first = sample.weights().iter().next().unwrap_or(1.0);
        if let Some(event) = sample.weights().iter().position(|weight| weight != first) {
            return Err(ExperimentError::Spec {
                path: self.path(file),
                problem: format!(
                    "events have weights, {first} for event 0 and {} for event {event}; a search draws toys from \
                     the reference and needs samples whose events count alike",
                    sample.weights().get(event)
                ),
            });
        }
        let n_events = sample.n_events();
        let sample = sample.with_weights(Weights::unit(n_events))?;
        if features.dibody_mass { Ok(with_invariant_mass(&sample)?) } else { Ok(sample) }
    }

    /// Every file that the search reads, in the order of the specification.
    pub(super) fn all(&self) -> Vec<&Path> {
        let mut files = vec![self.spec.data.file.as_path(), self.spec.reference.file.as_path()];
        for nuisance in &self.spec.nuisances {
            if let OwnNuisance::Files { variations, .. } = nuisance {
                files.extend(variations.iter().map(|v| v.file.as_path()));
            }
        }
        files
    }
}

/// Which events of a file are learnt from and which are left for toys: chance decides, since a file may be sorted.
///
/// Files with as many events are divided alike, so that events simulated in pairs stay together.
pub(super) struct Split {
    pub(super) seed: Seed,
    /// The part that is learnt from.
    pub(super) fraction: f64,
}

impl Split {
    /// The events to learn from.
    pub(super) fn training(&self, sample: &Sample) -> Result<Sample, CoreError> {
        let (order, n_training) = self.order(sample);
        sample.take(&order[..n_training])
    }

    /// The others.
    pub(super) fn rest(&self, sample: &Sample) -> Result<Sample, CoreError> {
        let (order, n_training) = self.order(sample);
        sample.take(&order[n_training..])
    }

    fn order(&self, sample: &Sample) -> (Vec<usize>, usize) {
        let mut order: Vec<usize> = (0..sample.n_events()).collect();
        order.shuffle(&mut self.seed.stream());
        let n_training = (sample.n_events() as f64 * self.fraction) as usize;
        (order, n_training)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hepsys_core::Feature;

    #[test]
    fn a_sorted_file_is_divided_by_chance_and_no_event_is_lost() {
        let sorted: Vec<f64> = (0..1000).map(f64::from).collect();
        let sample = Sample::from_columns([(Feature::new("x", "1"), sorted.clone())]).unwrap();
        let split = Split { seed: Seed::new(1), fraction: 0.2 };
        let (training, rest) = (split.training(&sample).unwrap(), split.rest(&sample).unwrap());
        let mean = training.column("x").unwrap().iter().sum::<f64>() / 200.0;
        // The standard deviation of the mean is 1000/√12/√200 = 20.
        assert!((mean - 499.5).abs() < 80.0, "{mean}");
        let mut all = [training.column("x").unwrap(), rest.column("x").unwrap()].concat();
        all.sort_by(f64::total_cmp);
        assert_eq!(all, sorted);
    }
}
