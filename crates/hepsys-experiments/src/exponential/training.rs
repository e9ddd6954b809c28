//! How t approaches its target in the training of the papers.

use hepsys_nplm::{Auxiliary, Nuisances, Paper, TrainingPercentiles, TrainingPoint};
use serde::{Deserialize, Serialize};

use super::{Case, ExponentialSpec};
use crate::spec::{NetworkSpec, PerProfile};
use crate::toys::StudyToys;
use crate::{Context, ExperimentError};

/// Toys of the reference whose networks are trained as in the papers, without nuisance parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingSpec {
    epochs: usize,
    /// The clip of the papers: their training ends before it has found what a search to convergence finds.
    weight_clip: f64,
    reference_events: usize,
    toys: PerProfile<usize>,
}

/// The training of one toy.
#[derive(Serialize, Deserialize)]
struct Trained {
    training: Vec<TrainingPoint>,
    delta: f64,
}

impl TrainingSpec {
    /// `None` if the profile has no toys for it.
    pub(super) fn run(
        &self,
        spec: &ExponentialSpec,
        toys: &StudyToys<'_>,
        context: &Context,
    ) -> Result<Option<TrainingPercentiles>, ExperimentError> {
        let n_toys = self.toys.of(context.profile);
        if n_toys == 0 {
            return Ok(None);
        }
        let run = context.run(spec.seed);
        let case = Case::reference(self.toys);
        let network = NetworkSpec {
            weight_clip: Some(self.weight_clip),
            converged: None,
            paper: Some(Paper { epochs: self.epochs, ..Paper::default() }),
            ..spec.network.clone()
        };
        let test = spec.test(&network, Nuisances::none())?;
        let toys_done = toys.run("training", n_toys, |toy| {
            let events = case.draw(spec, self.reference_events, toy.seed())?;
            let run = run.clone().seeded(toy.seed());
            let fit = test.fit(&events.reference, &events.data, &Auxiliary::nominal(), &run)?;
            Ok(Trained { training: fit.training().to_vec(), delta: fit.delta() })
        })?;
        if toys.is_partial() {
            return Ok(None);
        }
        let dof = test.shape(1)?.n_parameters();
        let trained = toys_done.iter().map(|toy| (toy.training.as_slice(), toy.delta));
        Ok(Some(TrainingPercentiles::new(dof, trained)?))
    }
}
