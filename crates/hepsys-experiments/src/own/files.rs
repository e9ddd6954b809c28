use std::path::{Path, PathBuf};

use hepsys_core::{CoreError, NuisanceParameter, Sample, Variation};
use hepsys_io::{ReadOptions, read_sample};
use hepsys_sim::dibody::{MASS, with_invariant_mass};

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
        let mut options = ReadOptions::new().unweighted();
        for name in names {
            let others = features.also_called.get(name).into_iter().flatten().map(String::as_str);
            options = options.column_any_of(std::iter::once(name).chain(others), name);
        }
        let sample = read_sample(self.path(file), &options)?;
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
