use hepsys_core::{Binning, Sample, Template, Weights};
use hepsys_nn::dense::{Columns, Dense};

use crate::events;
use crate::{NplmError, NplmFit};

/// What was learnt, seen in one variable: the expected yields of the nominal reference, of the reference with its best
/// nuisance parameters, and of the alternative.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reconstruction {
    /// $n(x | R_0)$
    pub nominal: Template,
    /// $n(x | R_{\hat\nu})$, the Δ reconstruction.
    pub reference: Template,
    /// $n(x | H_{\hat w, \hat\nu})$, the τ reconstruction.
    pub alternative: Template,
}

impl Reconstruction {
    /// $n(x | H_{\hat w,\hat\nu}) / n(x | R_{\hat\nu})$ in each bin; `None` where nothing is expected.
    #[must_use]
    pub fn ratio(&self) -> Vec<Option<f64>> {
        let pairs = self.alternative.yields().iter().zip(self.reference.yields());
        pairs.map(|(h, r)| (*r > 0.0).then(|| h / r)).collect()
    }
}

impl NplmFit {
    /// $f(x; \hat w)$ of each event: the logarithm of what the network sees in the data over the reference.
    ///
    /// # Errors
    ///
    /// If the sample lacks an input of the network.
    pub fn log_ratio(&self, sample: &Sample) -> Result<Vec<f64>, NplmError> {
        let inputs = events::inputs(sample, &self.names, self.standardizer.as_ref())?;
        let columns = Columns::<f64>::new(inputs.iter().map(Vec::as_slice))?;
        let mut outputs = Dense::new(self.shape.clone()).outputs(&self.network, &columns)?;
        Ok(outputs.swap_remove(0))
    }

    /// The reference reweighted to what was learnt, $w_x e^{f(x; \hat w)} \hat r(x; \hat\nu)$.
    ///
    /// # Errors
    ///
    /// As [`log_ratio`](Self::log_ratio).
    pub fn reweighted_to_alternative(&self, reference: &Sample) -> Result<Sample, NplmError> {
        let f = self.log_ratio(reference)?;
        self.reweighted(reference, &self.theta_alternative, |event| f[event])
    }

    /// The reference reweighted to its best nuisance parameters, $w_x \hat r(x; \hat\nu)$.
    ///
    /// # Errors
    ///
    /// If the sample lacks a feature that the Taylor coefficients depend on.
    pub fn reweighted_to_reference(&self, reference: &Sample) -> Result<Sample, NplmError> {
        self.reweighted(reference, &self.theta_reference, |_| 0.0)
    }

    /// What was learnt in one variable, which need not be an input of the network.
    ///
    /// # Errors
    ///
    /// As [`log_ratio`](Self::log_ratio), and if the sample lacks the variable.
    pub fn reconstruct(
        &self,
        reference: &Sample,
        variable: &str,
        binning: &Binning,
    ) -> Result<Reconstruction, NplmError> {
        let fill =
            |name: &str, sample: &Sample| binning.fill(name, sample.column(variable)?, sample.weights());
        Ok(Reconstruction {
            nominal: fill("nominal reference", reference)?,
            reference: fill("reference", &self.reweighted_to_reference(reference)?)?,
            alternative: fill("alternative", &self.reweighted_to_alternative(reference)?)?,
        })
    }

    fn reweighted(
        &self,
        reference: &Sample,
        theta: &[f64],
        f: impl Fn(usize) -> f64,
    ) -> Result<Sample, NplmError> {
        let nuisances = &self.params.nuisances;
        let coefficients = events::coefficients(reference, nuisances)?;
        let normalisation = nuisances.normalisation_parameter().map(|p| theta[0] * p.sigma().unwrap_or(1.0));
        let shapes = &theta[usize::from(normalisation.is_some())..];
        let weights: Vec<f64> = reference
            .weights()
            .iter()
            .enumerate()
            .map(|(event, weight)| {
                let mut log_r = f(event) + normalisation.unwrap_or(0.0);
                for (delta, theta) in coefficients.iter().zip(shapes) {
                    log_r += delta.iter().rev().fold(0.0, |sum, d| (sum + d[event]) * theta);
                }
                weight * log_r.exp()
            })
            .collect();
        Ok(reference.clone().with_weights(Weights::new(weights)?)?)
    }
}
