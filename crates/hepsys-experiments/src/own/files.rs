use std::path::{Path, PathBuf};

use hepsys_core::{
    CoreError, Feature, NuisanceParameter, Region, Sample, Schema, Seed, Unit, Variation, Weights,
};
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

    /// The features of the search in a file, in the units of `like`, where that has any.
    pub(super) fn read(&self, file: &Path, like: Option<&Schema>) -> Result<Sample, ExperimentError> {
        let features = &self.spec.features;
        self.refuse_weights(file)?;
        let mut options = ReadOptions::new();
        for name in self.names() {
            let others = features.also_called.get(name).into_iter().flatten().map(String::as_str);
            options = options.column_any_of(std::iter::once(name).chain(others), name);
        }
        let sample = read_sample(self.path(file), &options)?;
        if sample.n_events() == 0 {
            return Err(self.bad(file, "has no events".into()));
        }
        self.check_weights(file, "its weights", sample.weights().iter())?;
        let n_events = sample.n_events();
        let sample = self.converted(file, sample.with_weights(Weights::unit(n_events))?, like)?;
        if features.dibody_mass { Ok(with_invariant_mass(&sample)?) } else { Ok(sample) }
    }

    /// The sample with the unit of the shown variable as specified, and every other unit as in `like`.
    fn converted(
        &self,
        file: &Path,
        mut sample: Sample,
        like: Option<&Schema>,
    ) -> Result<Sample, ExperimentError> {
        let features = &self.spec.features;
        for feature in sample.schema().features().to_vec() {
            let is_shown = feature.name() == features.show && !features.unit.is_empty();
            let wanted = if is_shown {
                Some(Unit::from(features.unit.as_str()))
            } else {
                like.and_then(|schema| schema.features().iter().find(|f| f.name() == feature.name()))
                    .map(|f| f.unit().clone())
            };
            let Some(wanted) = wanted.filter(|wanted| wanted != feature.unit()) else { continue };
            // A file without units is taken to have the right ones; hepsys' own for energies is GeV.
            let is_silent =
                *feature.unit() == Unit::One || wanted == Unit::One && *feature.unit() == Unit::GeV;
            if is_silent {
                continue;
            }
            let Some(factor) = feature.unit().factor_to(&wanted) else {
                let (name, unit) = (feature.name(), feature.unit());
                let other =
                    if wanted == Unit::One { "an unknown unit".to_owned() } else { format!("{wanted}") };
                return Err(self.bad(file, format!("has \"{name}\" in {unit}, elsewhere it is in {other}")));
            };
            let values: Vec<f64> = sample.column(feature.name())?.iter().map(|x| x * factor).collect();
            sample = sample.with_column(Feature::new(feature.name(), wanted), values)?;
        }
        Ok(sample)
    }

    /// The columns that a file has to have.
    fn names(&self) -> Vec<&str> {
        let features = &self.spec.features;
        let mut names: Vec<&str> =
            features.inputs.iter().chain(&features.further).map(String::as_str).collect();
        let is_derived = features.dibody_mass && features.show == MASS;
        if !is_derived && !names.contains(&features.show.as_str()) {
            names.push(&features.show);
        }
        names
    }

    /// A column of weights that no mark in the file calls by its name would otherwise be left out without a word.
    fn refuse_weights(&self, file: &Path) -> Result<(), ExperimentError> {
        const NAMES: [&str; 4] = ["weight", "weights", "Weight", "event_weight"];
        let ignored = &self.spec.features.ignored;
        let is_of_interest = |name: &&str| !self.names().contains(name) && ignored.iter().all(|i| i != name);
        for name in NAMES.into_iter().filter(is_of_interest) {
            let options = ReadOptions::new().column(name).unweighted().allow_negative_total(true);
            if let Ok(sample) = read_sample(self.path(file), &options) {
                let values = sample.column(name)?.iter().copied();
                self.check_weights(file, &format!("column \"{name}\""), values)?;
            }
        }
        Ok(())
    }

    fn check_weights(
        &self,
        file: &Path,
        what: &str,
        mut weights: impl Iterator<Item = f64>,
    ) -> Result<(), ExperimentError> {
        let Some(first) = weights.next() else { return Ok(()) };
        match weights.zip(1..).find(|(weight, _)| *weight != first) {
            None => Ok(()),
            Some((weight, event)) => Err(self.bad(
                file,
                format!(
                    "{what} differ: {first} for event 0 and {weight} for event {event}. A search draws toys from the \
                     reference, so its events have to count alike: unweight the file, or put the column into `ignored` if \
                     it is no weight"
                ),
            )),
        }
    }

    /// The events of a file that pass the selection.
    pub(super) fn select(
        &self,
        file: &Path,
        sample: &Sample,
        selection: &Region,
    ) -> Result<Sample, ExperimentError> {
        let selected = sample.select(selection).map_err(|e| {
            self.bad(file, format!("{e}; columns that only the selection needs stand under `further`"))
        })?;
        if selected.n_events() == 0 {
            let cuts = self.spec.features.selection.join(", ");
            return Err(self.bad(file, format!("none of {} events passes {cuts}", sample.n_events())));
        }
        Ok(selected)
    }

    fn bad(&self, file: &Path, problem: String) -> ExperimentError {
        ExperimentError::Spec { path: self.path(file), problem }
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
