//! Is t calibrated at the true nuisance parameters that the auxiliary measurements allow?

use hepsys_nplm::{Truth, Validation};
use hepsys_stats::NullDistribution;
use serde::{Deserialize, Serialize};

use super::{Case, ExponentialSpec};
use crate::search::ToyResult;
use crate::spec::PerProfile;
use crate::toys::StudyToys;
use crate::{Context, ExperimentError};

/// Toys with nominal nuisance parameters, with each of them at ±σ, and with both.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidationSpec {
    /// σ of the normalisation and of the scale.
    sigma: f64,
    /// At each point.
    toys: PerProfile<usize>,
}

impl ValidationSpec {
    /// `None` if the profile has no toys for it.
    pub(super) fn run(
        &self,
        spec: &ExponentialSpec,
        toys: &StudyToys<'_>,
        context: &Context,
    ) -> Result<Option<Validation>, ExperimentError> {
        let n_toys = self.toys.of(context.profile);
        if n_toys == 0 {
            return Ok(None);
        }
        let run = context.run(spec.seed);
        let n_reference = spec.calibration_reference_events;
        let nominal = Case { sigma: self.sigma, ..Case::reference(self.toys) };
        let search = nominal.search(spec)?;
        let mut points = Vec::new();
        for (index, truth) in Truth::validation_points(search.nplm.nuisances()).into_iter().enumerate() {
            let case = Case {
                true_normalisation: truth.value("normalisation"),
                true_scale: truth.value("scale"),
                ..nominal.clone()
            };
            let results = toys.run(&format!("validation-{index}"), n_toys, |toy| {
                search.toy(&case.draw(spec, n_reference, toy.seed())?, toy.seed(), &run)
            })?;
            points.push((truth, results.iter().map(ToyResult::outcome).collect()));
        }
        if toys.is_partial() {
            return Ok(None);
        }
        let dof = search.nplm.shape(1)?.n_parameters();
        Ok(Some(Validation::new(NullDistribution::chi_squared(dof as f64)?, points)?))
    }
}
